"""Judge by the rules that the last run went by, as it wrote them down."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from crawler.options import ScopeOptions
from crawler.standing import Run
from crawler.traps import Traps

__all__ = ["scope_options_of", "traps_of"]


def scope_options_of(run: Run) -> ScopeOptions:
    """Which links it followed."""
    stored: dict[str, Any] = json.loads(run.options)
    names = ScopeOptions.__dataclass_fields__
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()
    }
    return ScopeOptions(**{key: value for key, value in values.items() if key in names})


def traps_of(run: Run) -> Traps:
    """What kept it out of sites without end; what it has seen is forgotten."""
    return Traps(datetime.fromtimestamp(run.started_at, UTC).year, scope_options_of(run).traps_off)
