"""Hold what is asked of a crawl whose frontier is on a server, for workers on many machines."""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.bounds import at_least, at_most

__all__ = ["SharedOptions"]

_LEAST_LEASE_SECONDS = 2.0
_MOST_LEASE_SECONDS = 86_400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SharedOptions:
    """Where a crawl is shared, and how.

    Args:
        frontier: URL of the server, with its password; None: the frontier is the output's own.
        lease: seconds for which a claimed URL belongs to a worker that is not heard of.
        patience: seconds for which a server that is away is waited for.
    """

    frontier: str | None = field(default=None, repr=False)
    lease: float = 120.0
    patience: float = 120.0

    def __post_init__(self) -> None:
        at_least(_LEAST_LEASE_SECONDS, lease=self.lease)
        at_least(0, patience=self.patience)
        at_most(_MOST_LEASE_SECONDS, "1d", lease=self.lease, patience=self.patience)
