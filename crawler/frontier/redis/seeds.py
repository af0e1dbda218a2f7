"""Read from a server what became of the seeds."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence

from crawler.frontier.redis.reading import Rows
from crawler.frontier.redis.wire import Row, key_of, number, text
from crawler.model import State
from crawler.standing import SeedGroup, SeedState
from crawler.urls import identity

__all__ = ["RedisSeeds"]

_MAX_REDIRECTS = 10


class RedisSeeds:
    """What a `Ledger` tells of seeds.

    Args:
        rows: of the crawl.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    async def seeds(
        self, states: Collection[State] = (), *, is_redirected: bool = False
    ) -> AsyncIterator[SeedState]:
        """The seeds of the last run in the order given, redirect targets included."""
        async for _, row, _ in self._rows.seeds():
            if (not states or text(row, "s") in states) and ("v" in row or not is_redirected):
                yield _seed_state(row)

    async def seed_groups(self) -> Sequence[SeedGroup]:
        """How many of the named seeds stand where, by host."""
        first: dict[tuple[str, State], str] = {}
        seeds: Counter[tuple[str, State]] = Counter()
        async for _, row, host in self._rows.seeds():
            state = State(text(row, "s"))
            if "v" not in row and (state is not State.DONE or _leads_to(row) is None):
                first.setdefault((host, state), text(row, "u"))
                seeds[host, state] += 1
        return [
            SeedGroup(host=host, state=state, seeds=seeds[host, state], first=url)
            for (host, state), url in first.items()
        ]

    async def joined(self, after: int) -> Sequence[tuple[int, str]]:
        """Number and URL of the seeds beyond this number that other seeds led to."""
        return [(place, text(row, "u")) async for place, row, _ in self._rows.seeds(after) if "v" in row]

    async def seed_ways(self) -> AsyncIterator[tuple[SeedState, ...]]:
        """The named seeds that led elsewhere when they were last asked."""
        async for _, row, _ in self._rows.seeds():
            if "v" not in row and _leads_to(row) is not None:
                yield await self._way(row)

    async def _way(self, row: Row) -> tuple[SeedState, ...]:
        way = {key_of(row): _seed_state(row)}
        while (target := _leads_to(row)) is not None and len(way) <= _MAX_REDIRECTS:
            step = await self._rows.find(identity(target))
            if step is None or key_of(step) in way:
                break
            row = step
            way[key_of(row)] = _seed_state(row)
        return tuple(way.values())


def _seed_state(row: Row) -> SeedState:
    return SeedState(
        url=text(row, "u"),
        state=State(text(row, "s")),
        via=text(row, "v") or None,
        reason=text(row, "r"),
        status=int(number(row, "st")) if "st" in row else None,
    )


def _leads_to(row: Row) -> str | None:
    """Where it led when it was last asked: to http, or by a redirect."""
    if text(row, "r").startswith("no https ("):
        return "http:" + text(row, "u").removeprefix("https:")
    return text(row, "rt") or None
