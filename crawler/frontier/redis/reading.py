"""Read and write single rows of a server, some hundred a round trip."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence
from functools import partial
from typing import Any

from crawler.frontier.redis.scripts import Scripts
from crawler.frontier.redis.wire import Row, capture_of, hash_of, number, text
from crawler.model import Capture, State
from crawler.standing import Counts, RobotsCopy

__all__ = ["Rows", "named"]

_SLICE = 500
_WORK = ("pages", "requests", "wire_bytes", "unchanged", "retries")
_BUCKET = 4
"""So many digits of a key's hash name the bucket it lies in, as in rows.lua."""


class Rows:
    """The rows of one crawl.

    Args:
        scripts: of the crawl.
    """

    def __init__(self, scripts: Scripts) -> None:
        self._line = scripts.line
        self._prefix = scripts.prefix

    async def ask(self, *commands: tuple[Any, ...]) -> list[Any]:
        """Send commands in one round trip; gives their answers. The second word of each is a key of the crawl."""

        async def send() -> list[Any]:
            pipeline = self._line.client.pipeline(transaction=False)
            for name, key, *more in commands:
                pipeline.execute_command(name, f"{self._prefix}{key}", *more)
            return list(await pipeline.execute())

        return await self._line.ask("reading", send)

    async def ask_plain(self, *commands: tuple[Any, ...]) -> list[Any]:
        """The same for commands that name no key."""
        return [
            await self._line.ask("reading", partial(self._line.client.execute_command, *each))
            for each in commands
        ]

    async def last(self) -> int:
        """The number of the URL that was accepted last."""
        (last,) = await self.ask(("HGET", "meta", "last"))
        return int(last or 0)

    async def rows(self, numbers: Sequence[int]) -> dict[int, Row]:
        """Rows of URLs by number; those that are no more are left out."""
        found = await self.ask(*(("HGETALL", f"u:{n}") for n in numbers))
        return {n: named(row) for n, row in zip(numbers, found, strict=True) if row}

    async def host_names(self, rows: Iterable[Row]) -> dict[bytes, str]:
        """The hosts of these URLs by number."""
        numbers = list({row["h"] for row in rows})
        names = await self.ask(*(("HGET", f"h:{h.decode()}", "name") for h in numbers))
        return {h: name.decode() for h, name in zip(numbers, names, strict=True)}

    async def host_slices(self) -> AsyncIterator[dict[str, Row]]:
        """Every host's row by name, some hundred at a time, in the order they were met."""
        (last,) = await self.ask(("HLEN", "hosts"))
        for first in range(1, last + 1, _SLICE):
            numbers = range(first, min(first + _SLICE, last + 1))
            rows = map(named, await self.ask(*(("HGETALL", f"h:{h}") for h in numbers)))
            yield {
                text(row, "name"): row | {"h": str(h).encode()} for h, row in zip(numbers, rows, strict=True)
            }

    async def host_rows(self, names: Sequence[str]) -> dict[str, Row]:
        """The rows of these hosts; empty: there is none."""
        numbers = await self.ask(*(("HGET", "hosts", name) for name in names))
        known = [(name, h) for name, h in zip(names, numbers, strict=True) if h is not None]
        rows = await self.ask(*(("HGETALL", f"h:{h.decode()}") for _, h in known))
        return {name: named(row) | {"h": h} for (name, h), row in zip(known, rows, strict=True)}

    async def plan(self) -> tuple[int, bytes]:
        """The version of the run's plan, and the plan as JSON."""
        version, plan = await self.ask(("HGET", "meta", "plan"), ("GET", "plan"))
        return int(version or 0), plan or b""

    async def opening(self) -> str:
        """What the opening of a run that was not brought to its end does with URLs; "": there is none."""
        (told,) = await self.ask(("HGET", "meta", "opening"))
        return (told or b"").decode()

    async def last_run_text(self) -> bytes:
        """The last run as JSON; empty: there is none."""
        (stored,) = await self.ask(("LINDEX", "runs", -1))
        return stored or b""

    async def keep_robots(self, copy: RobotsCopy) -> None:
        """Remember a robots.txt."""
        facts = (repr(copy.fetched_at), copy.status, copy.address, copy.body)
        names = ("fetched_at", "status", "address", "body")
        told = [each for pair in zip(names, facts, strict=True) for each in pair]
        await self.ask(("HSET", f"robots:{copy.origin}", *told))

    async def forget_moved(self) -> None:
        """Forget which addresses moved."""
        await self.ask(("DEL", "moved"))

    async def counts(self) -> Counts:
        """Count URLs by state, and this (or the last) run's work."""
        states, work, hosts = await self.ask(("HGETALL", "states"), ("HGETALL", "work"), ("HLEN", "hosts"))
        by_state, done = named(states), named(work)
        figures = {state.value: int(number(by_state, state.value)) for state in State}
        return Counts(hosts=hosts, **figures, **{name: int(number(done, name)) for name in _WORK})

    async def captures_of(self, n: int) -> list[Capture]:
        """The captures of a URL that lie in the archive, by time."""
        kept, (good, record) = await self.ask(("HVALS", f"c:{n}"), ("HMGET", f"u:{n}", "g", "gr"))
        made = [capture for each in [*kept, good if record else b""] if (capture := capture_of(each))]
        return sorted(made, key=lambda capture: capture.captured_at)

    async def find(self, key: str) -> Row | None:
        """The row of a key; None: it was never accepted."""
        return (await self.find_all([key]))[key]

    async def find_all(self, keys: Sequence[str]) -> dict[str, Row | None]:
        """The rows of these keys."""
        hashes = [hash_of(key) for key in keys]
        numbers = await self.ask(*(("HGET", f"k:{each[:_BUCKET]}", each[_BUCKET:]) for each in hashes))
        rows = await self.rows([int(n) for n in numbers if n is not None])
        pairs = zip(keys, numbers, strict=True)
        return {key: None if n is None else rows.get(int(n)) for key, n in pairs}

    async def each(self) -> AsyncIterator[tuple[Row, str]]:
        """Every URL's row and host, oldest first."""
        last = await self.last()
        for first in range(1, last + 1, _SLICE):
            rows = await self.rows(range(first, min(first + _SLICE, last + 1)))
            hosts = await self.host_names(rows.values())
            for row in rows.values():
                yield row, hosts[row["h"]]

    async def seeds(self, after: int = 0) -> AsyncIterator[tuple[int, Row, str]]:
        """Number, row and host of the seeds of the last run beyond this number."""
        while True:
            (numbers,) = await self.ask(("LRANGE", "seeds", after, after + _SLICE - 1))
            if not numbers:
                return
            rows = await self.rows([int(n) for n in numbers])
            hosts = await self.host_names(rows.values())
            for n in numbers:
                after += 1
                row = rows[int(n)]
                yield after, row, hosts[row["h"]]


def named(found: Any) -> Row:
    """A hash as the client gives it, with its fields as text."""
    if isinstance(found, dict):
        return {name.decode(): value for name, value in found.items()}
    return {found[i].decode(): found[i + 1] for i in range(0, len(found), 2)}
