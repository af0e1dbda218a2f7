"""Read what a frontier in memory knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace

from crawler.frontier.fingerprints import fingerprint, told_live, unpack
from crawler.frontier.memory_rows import HostRow, UrlRow
from crawler.frontier.memory_state import Memory
from crawler.frontier.states import FINAL
from crawler.model import Capture, State
from crawler.standing import (
    Counts,
    Entry,
    HostState,
    Outcome,
    Refusal,
    RobotsCopy,
    Run,
    SeedGroup,
    SeedState,
)
from crawler.tempo import delay_seconds
from crawler.urls import identity

__all__ = ["MemoryLedger"]

_MAX_REDIRECTS = 10


class MemoryLedger:
    """A `Ledger` over a frontier's memory."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory

    async def counts(self) -> Counts:
        """Count URLs by state, and this (or the last) run's work."""
        by_state = {state.value: self._memory.states[state] for state in State}
        return replace(self._memory.work, hosts=len(self._memory.hosts), **by_state)

    async def entry(self, key: str) -> Entry | None:
        """Everything known of the URL with this identity."""
        row = self._memory.urls.get(key)
        return row.entry() if row else None

    async def addresses(self, keys: Collection[str]) -> dict[str, str | None]:
        """Where each known key's good copy lies in the mirror; where it leads astray, its own old copy."""
        return {key: self._address(key) for key in keys if key in self._memory.urls}

    async def good_copy(self, key: str) -> tuple[str, Capture | None]:
        """The key at the end of its redirects, and its last good capture."""
        row = self._memory.urls.get(key)
        for _ in range(_MAX_REDIRECTS):
            if row is None or row.redirect_to is None:
                break
            key = identity(row.redirect_to)
            row = self._memory.urls.get(key)
        return key, None if row is None else row.good

    async def doubted(self, key: str, face: str, most: int) -> tuple[Capture | None, int]:
        """The last answer of a URL, if it was doubted; and how many others last showed this face."""
        row = self._memory.urls.get(key)
        last = row.newest if row is not None and row.newest is not None and row.newest.doubt else None
        others = (each.newest for name, each in self._memory.urls.items() if name != key)
        alike = sum(bool(face) and each is not None and each.face == face for each in others)
        return last, min(alike, most)

    async def entries(self, state: State | None = None) -> AsyncIterator[Entry]:
        """Every entry, oldest first; of one state if given."""
        for row in list(self._memory.urls.values()):
            if state is None or row.state is state:
                yield row.entry()

    async def surprises(self) -> AsyncIterator[tuple[str, str | None]]:
        """Keys whose address is not the predicted one, with that address."""
        for key in [key for key, row in self._memory.urls.items() if row.is_surprise]:
            yield key, self._address(key)

    async def segments(self) -> dict[str, int]:
        """How many bytes of each archive segment are believed in."""
        return dict(self._memory.segments)

    async def captures(self) -> AsyncIterator[Capture]:
        """Every capture that lies in the archive, by URL as they were met, then by time."""
        places = {key: place for place, key in enumerate(self._memory.urls)}
        for _, capture in sorted(self._memory.captures, key=lambda kept: places[kept[0]]):
            yield capture

    async def pages_to_repair(self) -> AsyncIterator[Entry]:
        """Every entry one of whose link targets, or its redirect's, moved."""
        moved = self._moved()
        for row in list(self._memory.urls.values()):
            if not moved.isdisjoint(unpack(row.targets)):
                yield row.entry()

    async def hosts(self) -> Sequence[HostState]:
        """Every host, most URLs first."""
        ranked = sorted(self._memory.hosts.items(), key=lambda item: (-item[1].states.total(), item[0]))
        return [self._host_state(name, host) for name, host in ranked]

    async def host(self, name: str) -> HostState | None:
        """One host."""
        host = self._memory.hosts.get(name)
        return None if host is None else self._host_state(name, host)

    async def runs(self) -> Sequence[Run]:
        """Every run, oldest first."""
        return list(self._memory.runs)

    async def refusals(self) -> Sequence[Refusal]:
        """What the last run's rules refused without storing it, most first."""
        ranked = self._memory.refused.most_common()
        return [Refusal(rule=rule, host=host, links=links) for (rule, host), links in ranked]

    async def parents(self, key: str, most: int) -> Sequence[str]:
        """Pages and stylesheets of the mirror that lead to a URL, oldest first."""
        wanted = {fingerprint(key), fingerprint(told_live(key))}
        rows = [row for row in self._memory.urls.values() if not wanted.isdisjoint(unpack(row.targets))]
        return [row.candidate.url for row in rows[:most]]

    async def hosts_refused_by(self, rule: str) -> Sequence[str]:
        """Hosts at which a rule refused links without storing them, of pages unchanged since too."""
        memory = self._memory
        found = {host for name, host in memory.refused if name == rule}
        unchanged = memory.work.unchanged
        for run, refused in zip(reversed(memory.runs[:-1]), reversed(memory.refused_before), strict=False):
            if not unchanged or run.options != memory.runs[-1].options:
                break
            found |= {host for name, host in refused if name == rule}
            unchanged = run.counts.unchanged
        return list(found)

    async def seeds(
        self, states: Collection[State] = (), *, is_redirected: bool = False
    ) -> AsyncIterator[SeedState]:
        """The seeds of the last run in the order given, redirect targets included."""
        for row in [self._memory.urls[key] for key in self._memory.seeds]:
            if (not states or row.state in states) and (row.candidate.via or not is_redirected):
                yield _seed_state(row)

    async def seed_groups(self) -> Sequence[SeedGroup]:
        """How many of the named seeds stand where, by host."""
        groups: dict[tuple[str, State], list[str]] = {}
        for row in self._named():
            if row.state is not State.DONE or _leads_to(row) is None:
                groups.setdefault((row.candidate.host, row.state), []).append(row.candidate.url)
        return [
            SeedGroup(host=host, state=state, seeds=len(urls), first=urls[0])
            for (host, state), urls in groups.items()
        ]

    async def joined(self, after: int) -> Sequence[tuple[int, str]]:
        """Number and URL of the seeds beyond this number that other seeds led to."""
        seeds = enumerate((self._memory.urls[key].candidate for key in self._memory.seeds), 1)
        return [(number, seed.url) for number, seed in seeds if number > after and seed.via is not None]

    async def outcomes(self) -> Sequence[Outcome]:
        """What the last run decided so far, by state and first word of the reason."""
        counted = Counter(
            (row.state, row.reason.partition(":")[0])
            for row in self._memory.urls.values()
            if row.state in FINAL and row.finished_in == len(self._memory.runs)
        )
        return [Outcome(state=state, word=word, urls=urls) for (state, word), urls in sorted(counted.items())]

    async def seed_ways(self) -> AsyncIterator[tuple[SeedState, ...]]:
        """The named seeds that led elsewhere when they were last asked."""
        for row in self._named():
            if _leads_to(row) is not None:
                yield self._way(row)

    async def robots(self, origin: str) -> RobotsCopy | None:
        """The last robots.txt of an origin."""
        return self._memory.robots.get(origin)

    async def original(self, digest: str) -> bytes | None:
        """The zlib-compressed body with this digest, where a disposition brought one."""
        return self._memory.originals.get(digest)

    def _named(self) -> list[UrlRow]:
        rows = [self._memory.urls[key] for key in self._memory.seeds]
        return [row for row in rows if row.candidate.via is None]

    def _way(self, row: UrlRow) -> tuple[SeedState, ...]:
        way = {row.candidate.key: _seed_state(row)}
        while (target := _leads_to(row)) is not None and len(way) <= _MAX_REDIRECTS:
            step = self._memory.urls.get(identity(target))
            if step is None or step.candidate.key in way:
                break
            row = step
            way[row.candidate.key] = _seed_state(row)
        return tuple(way.values())

    def _host_state(self, name: str, host: HostRow) -> HostState:
        queued = [
            row
            for row in self._memory.urls.values()
            if row.candidate.host == name and row.state is State.QUEUED
        ]
        waiting = sorted((row for row in queued if row.ready_at > 0), key=lambda row: row.ready_at)
        is_all_waiting = bool(waiting) and len(waiting) == len(queued)
        due_at = max(host.ready_at, waiting[0].ready_at) if is_all_waiting else host.ready_at
        by_state = {state.value: host.states[state] for state in State}
        return HostState(
            host=name,
            pages=host.pages,
            ready_at=host.ready_at,
            pace=host.pace,
            delay_seconds=delay_seconds(host.pace, host.tempo),
            latency_seconds=host.tempo.latency_seconds,
            down=host.tempo.down,
            due_at=due_at if queued else None,
            trouble=waiting[0].reason if waiting else "",
            **by_state,
        )

    def _address(self, key: str) -> str | None:
        address = None
        for _ in range(_MAX_REDIRECTS + 1):
            row = self._memory.urls.get(key)
            if row is None:
                break
            address = row.good.mirror_path if row.good else None
            if row.redirect_to is None:
                break
            key = identity(row.redirect_to)
        return address

    def _moved(self) -> set[int]:
        moved = set(self._memory.moved)
        leads_to = {
            fingerprint(key): fingerprint(identity(row.redirect_to))
            for key, row in self._memory.urls.items()
            if row.redirect_to
        }
        for _ in range(_MAX_REDIRECTS):
            moved |= {source for source, target in leads_to.items() if target in moved}
        return moved


def _seed_state(row: UrlRow) -> SeedState:
    return SeedState(
        url=row.candidate.url, state=row.state, via=row.candidate.via, reason=row.reason, status=row.status
    )


def _leads_to(row: UrlRow) -> str | None:
    """Where it led when it was last asked: to http, or by a redirect."""
    if row.reason.startswith("no https ("):
        return "http:" + row.candidate.url.removeprefix("https:")
    return row.redirect_to
