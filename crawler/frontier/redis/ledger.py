"""Read what a frontier on a server knows, some hundred rows a round trip."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace

from crawler.frontier.fingerprints import fingerprint, told_live, unpack
from crawler.frontier.redis.reading import Rows, named
from crawler.frontier.redis.seeds import RedisSeeds
from crawler.frontier.redis.wire import (
    Row,
    capture_of,
    entry_of,
    key_of,
    number,
    pace_of,
    run_of,
    tempo_of,
    text,
)
from crawler.model import Capture, State
from crawler.standing import (
    Entry,
    HostState,
    Outcome,
    Refusal,
    RobotsCopy,
    Run,
)
from crawler.tempo import delay_seconds
from crawler.urls import identity

__all__ = ["RedisLedger"]

_MAX_REDIRECTS = 10


class RedisLedger:
    """A `Ledger` over a server, and what its frontier reads besides.

    Args:
        rows: of the crawl.
    """

    def __init__(self, rows: Rows) -> None:
        self._rows = rows
        self.counts = rows.counts
        seeds = RedisSeeds(rows)
        self.seeds = seeds.seeds
        self.seed_groups = seeds.seed_groups
        self.joined = seeds.joined
        self.seed_ways = seeds.seed_ways

    async def entry(self, key: str) -> Entry | None:
        """Everything known of the URL with this identity."""
        row = await self._rows.find(key)
        return None if row is None else entry_of(row, (await self._rows.host_names([row]))[row["h"]])

    async def addresses(self, keys: Collection[str]) -> dict[str, str | None]:
        """Where each known key's good copy lies in the mirror, redirects followed."""
        rows = await self._rows.find_all(list(keys))
        return {key: await self._address(row) for key, row in rows.items() if row is not None}

    async def good_copy(self, key: str) -> tuple[str, Capture | None]:
        """The key at the end of its redirects, and its last good capture."""
        row = await self._rows.find(key)
        for _ in range(_MAX_REDIRECTS):
            if row is None or "rt" not in row:
                break
            key = identity(text(row, "rt"))
            row = await self._rows.find(key)
        return key, None if row is None else capture_of(row.get("g"))

    async def doubted(self, key: str, face: str, most: int) -> tuple[Capture | None, int]:
        """The last answer of a URL, if it was doubted; and how many others last showed this face."""
        row = await self._rows.find(key)
        (alike,) = await self._rows.ask(("SCARD", f"face:{face}"))
        is_among = row is not None and bool(face) and text(row, "fc") == face
        return (None if row is None else capture_of(row.get("db"))), min(alike - is_among, most)

    async def entries(self, state: State | None = None) -> AsyncIterator[Entry]:
        """Every entry, oldest first; of one state if given."""
        async for row, host in self._rows.each():
            if state is None or text(row, "s") == state.value:
                yield entry_of(row, host)

    async def surprises(self) -> AsyncIterator[tuple[str, str | None]]:
        """Keys whose address is not the predicted one, with that address."""
        async for row, _ in self._rows.each():
            if "su" in row:
                yield key_of(row), await self._address(row)

    async def segments(self) -> dict[str, int]:
        """How many bytes of each archive segment are believed in."""
        (found,) = await self._rows.ask(("HGETALL", "segments"))
        return {name: int(length) for name, length in named(found).items()}

    async def captures(self) -> AsyncIterator[Capture]:
        """Every capture that lies in the archive, by URL as they were met, then by time."""
        for n in range(1, await self._rows.last() + 1):
            for capture in await self._rows.captures_of(n):
                yield capture

    async def pages_to_repair(self) -> AsyncIterator[Entry]:
        """Every entry one of whose link targets, or its redirect's, moved."""
        moved = await self._moved()
        async for row, host in self._rows.each():
            if "tg" in row and not moved.isdisjoint(unpack(row["tg"])):
                yield entry_of(row, host)

    async def hosts(self) -> Sequence[HostState]:
        """Every host, most URLs first."""
        states = [await self._state(row) async for rows in self._rows.host_slices() for row in rows.values()]
        return sorted(states, key=lambda each: (-_urls(each), each.host))

    async def host(self, name: str) -> HostState | None:
        """One host."""
        rows = await self._rows.host_rows([name])
        return await self._state(rows[name]) if name in rows else None

    async def runs(self) -> Sequence[Run]:
        """Every run, oldest first."""
        (stored,) = await self._rows.ask(("LRANGE", "runs", 0, -1))
        runs = [run_of(each) for each in stored]
        if runs and runs[-1].ended_at is None:
            runs[-1] = replace(runs[-1], counts=await self.counts())
        return runs

    async def refusals(self) -> Sequence[Refusal]:
        """What the last run's rules refused without storing it, most first."""
        (found,) = await self._rows.ask(("HGETALL", "refused"))
        made = []
        for name, links in named(found).items():
            rule, _, host = name.partition("\0")
            made.append(Refusal(rule=rule, host=host, links=int(links)))
        return sorted(made, key=lambda each: -each.links)

    async def parents(self, key: str, most: int) -> Sequence[str]:
        """Pages and stylesheets of the mirror that lead to a URL, oldest first."""
        wanted, found = {fingerprint(key), fingerprint(told_live(key))}, []
        async for row, _ in self._rows.each():
            if "tg" in row and not wanted.isdisjoint(unpack(row["tg"])):
                found.append(text(row, "u"))
                if len(found) >= most:
                    break
        return found[:most]

    async def hosts_refused_by(self, rule: str) -> Sequence[str]:
        """Hosts at which a rule refused links without storing them, of pages unchanged since too."""
        found = {each.host for each in await self.refusals() if each.rule == rule}
        unchanged, runs = (await self.counts()).unchanged, await self.runs()
        for run in reversed(runs[:-1]):
            if not unchanged or run.options != runs[-1].options:
                break
            (names,) = await self._rows.ask(("HKEYS", f"refused:{run.number}"))
            pairs = [name.decode().partition("\0") for name in names]
            found |= {host for name, _, host in pairs if name == rule}
            unchanged = run.counts.unchanged
        return list(found)

    async def outcomes(self) -> Sequence[Outcome]:
        """What the last run decided so far, by state and first word of the reason."""
        (found,) = await self._rows.ask(("HGETALL", "outcomes"))
        outcomes = []
        for name, urls in sorted(named(found).items()):
            state, _, word = name.partition(" ")
            if int(urls):
                outcomes.append(Outcome(state=State(state), word=word, urls=int(urls)))
        return outcomes

    async def robots(self, origin: str) -> RobotsCopy | None:
        """The last robots.txt of an origin."""
        (found,) = await self._rows.ask(("HGETALL", f"robots:{origin}"))
        row = named(found)
        if not row:
            return None
        return RobotsCopy(
            origin=origin,
            fetched_at=number(row, "fetched_at"),
            status=int(number(row, "status")),
            body=row["body"],
            address=text(row, "address"),
        )

    async def original(self, digest: str) -> bytes | None:
        """The zlib-compressed body with this digest, where a disposition brought one."""
        (found,) = await self._rows.ask(("GET", f"o:{digest}"))
        return None if found is None else bytes(found)

    async def _address(self, row: Row | None) -> str | None:
        address = None
        for _ in range(_MAX_REDIRECTS + 1):
            if row is None:
                break
            good = capture_of(row.get("g"))
            address = good.mirror_path if good else None
            if "rt" not in row:
                break
            row = await self._rows.find(identity(text(row, "rt")))
        return address

    async def _moved(self) -> set[int]:
        (found,) = await self._rows.ask(("SMEMBERS", "moved"))
        moved = {int(each) for each in found}
        newest = moved
        for _ in range(_MAX_REDIRECTS):
            sources = await self._rows.ask(*(("SMEMBERS", f"led:{each}") for each in newest))
            newest = {int(source) for some in sources for source in some} - moved
            if not newest:
                break
            moved |= newest
        return moved

    async def _state(self, row: Row) -> HostState:
        h = text(row, "h")
        first, told = await self._rows.ask(
            ("ZRANGE", f"q:{h}:told", 0, 0, "WITHSCORES"), ("ZCARD", f"q:{h}:told")
        )
        ready_at, queued = number(row, "ready"), int(number(row, "queued"))
        due_at, trouble = ready_at, ""
        if first:
            member, score = first[0] if isinstance(first[0], list | tuple) else first
            (reason,) = await self._rows.ask(("HGET", f"u:{int(member)}", "r"))
            trouble = (reason or b"").decode()
            due_at = max(ready_at, float(score)) if told == queued else ready_at
        pace, tempo = pace_of(row), tempo_of(row)
        return HostState(
            host=text(row, "name"),
            pages=int(number(row, "pages")),
            ready_at=ready_at,
            pace=pace,
            delay_seconds=delay_seconds(pace, tempo),
            latency_seconds=tempo.latency_seconds,
            down=tempo.down,
            due_at=due_at if queued else None,
            trouble=trouble,
            **{state.value: int(number(row, state.value)) for state in State},
        )


def _urls(host: HostState) -> int:
    return host.queued + host.claimed + host.done + host.failed + host.excluded
