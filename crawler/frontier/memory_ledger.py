"""Read what a frontier in memory knows."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import replace
from operator import itemgetter

from crawler.frontier.fingerprints import fingerprint, unpack
from crawler.frontier.memory_rows import HostRow
from crawler.frontier.memory_state import Memory
from crawler.frontier.states import FINAL
from crawler.model import Capture, State
from crawler.standing import Counts, Entry, HostState, Outcome, Refusal, RobotsCopy, Run, SeedState
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
        """Every capture that lies in the archive, by URL, then by time."""
        for _, capture in sorted(self._memory.captures, key=itemgetter(0)):
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
        return [_host_state(name, host) for name, host in ranked]

    async def runs(self) -> Sequence[Run]:
        """Every run, oldest first."""
        return list(self._memory.runs)

    async def refusals(self) -> Sequence[Refusal]:
        """What the last run's rules refused without storing it, most first."""
        ranked = self._memory.refused.most_common()
        return [Refusal(rule=rule, host=host, links=links) for (rule, host), links in ranked]

    async def seeds(self) -> Sequence[SeedState]:
        """The seeds of the last run in the order given, redirect targets included."""
        rows = [self._memory.urls[key] for key in self._memory.seeds]
        return [
            SeedState(
                url=row.candidate.url,
                state=row.state,
                via=row.candidate.via,
                reason=row.reason,
                status=row.status,
            )
            for row in rows
        ]

    async def joined(self, after: int) -> Sequence[tuple[int, str]]:
        """Number and URL of the seeds beyond this number that other seeds led to, in order."""
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

    async def robots(self, origin: str) -> RobotsCopy | None:
        """The last robots.txt of an origin."""
        return self._memory.robots.get(origin)

    async def original(self, digest: str) -> bytes | None:
        """The zlib-compressed body with this digest, where a disposition brought one."""
        return self._memory.originals.get(digest)

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


def _host_state(name: str, host: HostRow) -> HostState:
    by_state = {state.value: host.states[state] for state in State}
    return HostState(
        host=name,
        pages=host.pages,
        ready_at=host.ready_at,
        pace=host.pace,
        delay_seconds=delay_seconds(host.pace, host.tempo),
        latency_seconds=host.tempo.latency_seconds,
        down=host.tempo.down,
        **by_state,
    )
