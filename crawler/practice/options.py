"""Say how the practice site behaves."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["DEFAULT_OPTIONS", "PracticeOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeOptions:
    """What a test or a demonstration may change about the practice site.

    Args:
        failing_asks: how many asks `/wrecks/doctor` answers 503 before it heals; None: always.
        retry_after_seconds: what its `Retry-After` says.
        reset_asks: how many asks `/wrecks/cable` answers with a connection reset; None: always.
        truncated_asks: how many asks `/wrecks/half` cuts off in the middle; None: always.
        slow_seconds: how long `/wrecks/slow` waits before its first byte.
        drip_seconds: how long the body of `/wrecks/drip` takes.
        crawl_delay_seconds: of robots.txt; None: no such line.
        offsite_url: where `/moved/mainland` leads; by default a loopback port that nobody listens on.
        traps: serve `/trap/`, which has no end, and link it (nofollow) from `/wrecks/`.
        mazes: serve `/maze/`, five rooms without end (`crawler.practice.maze`), and link it from `/wrecks/`.
        requests_kept: length of the request log.
    """

    failing_asks: int | None = 1
    retry_after_seconds: int = 1
    reset_asks: int | None = 1
    truncated_asks: int | None = 1
    slow_seconds: float = 0.3
    drip_seconds: float = 0.5
    crawl_delay_seconds: float | None = None
    offsite_url: str = "http://127.0.0.1:9/"
    traps: bool = False
    mazes: bool = False
    requests_kept: int = 10_000


DEFAULT_OPTIONS = PracticeOptions()
