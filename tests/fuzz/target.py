"""Describe what is fuzzed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

__all__ = ["PAGE", "Target"]

PAGE = "http://site.test/dir/page.html"
"""Where everything that is read came from."""


@dataclass(frozen=True, slots=True)
class Target:
    """One reader.

    Args:
        inputs: what it is given.
        check: raises where something does not hold.
    """

    inputs: st.SearchStrategy[Any]
    check: Callable[[Any], None]
