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
        hosts_held: of which a worker holds a lease; of the first 5,000 leases.
        hosts_ready: that might be asked now and are not.
        lag_seconds: for how long the one that waits longest of them could have been asked.
    """

    at: float
    muster: Muster = field(default_factory=Muster)
    counts: Counts = field(default_factory=Counts)
    hosts_held: int = 0
    hosts_ready: int = 0
    lag_seconds: float = 0.0
