"""Hold who is at work in a shared crawl. Nothing here does anything."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Muster", "WorkerState"]


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerState:
    """One worker of a shared crawl, as the server knows it.

    Args:
        number: which its segments bear.
        place: machine and folder.
        seen_at: when it was last heard of.
        is_alive: that was not longer ago than a lease holds.
        held: leases that it had then.
        finished: URLs that it had finished then.
        away_seconds: for how long it could not reach the server, all in all.
    """

    number: int
    place: str
    seen_at: float
    is_alive: bool
    held: int = 0
    finished: int = 0
    away_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Muster:
    """All workers of a shared crawl, and how it stands.

    Args:
        workers: that joined and did not say that they went, by number.
        expired_leases: of this run.
        outcome: how the run ends; "": it goes on.
        is_held_back: it is being opened, or paused.
        held_hosts: of which something is leased.
        ready_hosts: that were found ready, and have not had their turn yet.
        lag_seconds: for how long the host that is ready longest has waited to be found so.
    """

    workers: tuple[WorkerState, ...] = ()
    expired_leases: int = 0
    outcome: str = ""
    is_held_back: bool = False
    held_hosts: int = 0
    ready_hosts: int = 0
    lag_seconds: float = 0.0
