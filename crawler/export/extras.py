"""Load what is installed only on demand, or say in one line what to install."""

from __future__ import annotations

import importlib
from typing import Any

from crawler.errors import UsageError

__all__ = ["needed"]


def needed(module: str, extra: str) -> Any:
    """The module of a library that an extra brings.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError:
        name = module.partition(".")[0]
        raise UsageError(f"{name} is not installed; pip install 'crawler[{extra}]'") from None
