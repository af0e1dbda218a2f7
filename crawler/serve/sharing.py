"""Show the shared crawl whose folders are gathered into the served output: its workers, and how far they are."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib
from collections.abc import Iterator
from types import TracebackType
from typing import Any, Self

from crawler.clock import Clock
from crawler.errors import CrawlerError
from crawler.export.extras import needed
from crawler.frontier.redis.address import read_address
from crawler.sighting import Sighting

__all__ = ["Sharing", "shared_figures", "shared_values"]

_HOLDS_SECONDS = 2.0
_SILENCE_SECONDS = 120.0


class Sharing:
    """What looks at a shared crawl for all who ask. Use it as an async context manager.

    Args:
        url: of the frontier; None: there is no shared crawl.
        clock: tells how old a look is.

    Raises:
        UsageError: the URL is none, or what reads it is not installed.
    """

    def __init__(self, url: str | None, clock: Clock) -> None:
        self._address = None if url is None else read_address(url)
        if url is not None:
            needed("redis", "redis")
        self._clock = clock
        self._turn = asyncio.Lock()
        self._scripts: Any = None
        self._seen: Sighting | str | None = None
        self._seen_at = float("-inf")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._scripts is not None:
            await self._scripts.line.client.aclose()

    async def look(self) -> Sighting | str | None:
        """How the crawl stands, not older than two seconds; a line: why that is not known; None: there is none."""
        if self._address is None:
            return None
        async with self._turn:
            if self._clock.monotonic() - self._seen_at >= _HOLDS_SECONDS:
                try:
                    self._seen = await self._sight()
                except CrawlerError as error:
                    self._seen = str(error)
                self._seen_at = self._clock.monotonic()
        return self._seen

    async def _sight(self) -> Sighting:
        if self._scripts is None:
            server = importlib.import_module("crawler.frontier.redis.server")
            self._scripts = await server.connect(self._address, 0.0)
        redis = (importlib.import_module(f"crawler.frontier.redis.{name}") for name in ("fleet", "frontier"))
        fleet, frontier = redis
        workers = fleet.RedisFleet(self._scripts, _SILENCE_SECONDS)
        counts = await frontier.RedisFrontier(self._scripts).counts()
        return Sighting(at=await workers.now(), muster=await workers.muster(), counts=counts)


def shared_values(seen: Sighting | str | None) -> dict[str, Any] | None:
    """The same for the event stream."""
    if seen is None or isinstance(seen, str):
        return None if seen is None else {"error": seen}
    muster = seen.muster
    state = (
        f"ended: {muster.outcome}" if muster.outcome else "held back" if muster.is_held_back else "going on"
    )
    return {
        "state": state,
        "counts": dataclasses.asdict(seen.counts),
        "expired_leases": muster.expired_leases,
        "hosts_held": muster.held_hosts,
        "hosts_ready": muster.ready_hosts,
        "lag_seconds": round(muster.lag_seconds, 3),
        "workers": [
            {**dataclasses.asdict(each), "silent_seconds": round(max(seen.at - each.seen_at, 0.0), 3)}
            for each in muster.workers
        ],
    }


def shared_figures(seen: Sighting | str | None) -> Iterator[tuple[str, str, str, list[tuple[str, float]]]]:
    """The same for Prometheus: name, type, text, and each figure behind its labels."""
    if seen is None:
        return
    yield (
        "shared_up",
        "gauge",
        "Whether the frontier of the shared crawl answers.",
        [("", not isinstance(seen, str))],
    )
    if isinstance(seen, str):
        return
    muster, counts = seen.muster, seen.counts
    alive = [each for each in muster.workers if each.is_alive]
    states = ("queued", "claimed", "done", "failed", "excluded")
    yield (
        *("shared_urls", "gauge", "URLs of the shared crawl by state."),
        [(f'{{state="{state}"}}', getattr(counts, state)) for state in states],
    )
    yield (
        *(
            "shared_workers",
            "gauge",
            "Workers that are heard of, and that fell silent without saying that they went.",
        ),
        [('{state="alive"}', len(alive)), ('{state="silent"}', len(muster.workers) - len(alive))],
    )
    for name, kind, value, text in (
        ("shared_leases", "gauge", counts.claimed, "URLs that workers hold."),
        ("shared_leases_expired_total", "counter", muster.expired_leases, "Leases of this run that ran out."),
        ("shared_hosts_held", "gauge", muster.held_hosts, "Hosts of which a worker holds a URL."),
        (
            "shared_hosts_ready",
            "gauge",
            muster.ready_hosts,
            "Hosts that were found ready and have not had their turn yet.",
        ),
        (
            "shared_lag_seconds",
            "gauge",
            muster.lag_seconds,
            "For how long the host that is ready longest has waited to be found so.",
        ),
        ("shared_pages", "gauge", counts.pages, "HTML pages stored in the run."),
        ("shared_held_back", "gauge", muster.is_held_back, "Whether nothing is given for now."),
    ):
        yield name, kind, text, [("", value)]
