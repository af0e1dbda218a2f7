"""Hold how a shared crawl stands, for whoever watches it. Nothing here does anything."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.muster import Muster
from crawler.standing import Counts

__all__ = ["Sighting"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """A shared crawl at an instant.

    Args:
        at: by the server's clock.
        muster: its workers.
        counts: URLs by state, and what the run has done.
    """

    at: float
    muster: Muster = field(default_factory=Muster)
    counts: Counts = field(default_factory=Counts)
