"""Say what became of the seeds and of what they stand for: complete, cut, waiting or dead.

A seed is complete when it is in and everything that was found of its ground is decided; its ground is its host,
with scope `domain` its registrable domain, with `any` the whole crawl, with `page` nothing but itself. The
ledger tells all of it, so the answer holds for a continued run too. Seeds are counted by host: what is held
grows with the hosts alone.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from math import inf

from crawler.clock import iso_utc
from crawler.frontier.protocol import Ledger
from crawler.manners import Overrides
from crawler.model import State
from crawler.pool import DONE, WAITING
from crawler.standing import HostState, Run, SeedState
from crawler.urls import host_key, hostname, registrable_domain

__all__ = ["UNFINISHED", "Fate", "SeedFates", "SeedTrouble", "read_fates"]

UNFINISHED = "unfinished"
"""What a run that has not ended cuts its seeds by: it goes on, or it was killed."""

_STOPPED = "stopped"

_MAX_LISTED = 1000
_DEAD = frozenset({State.FAILED, State.EXCLUDED})


class Fate(StrEnum):
    """What became of a seed."""

    COMPLETE = "complete"
    CUT = "cut"
    WAITING = "waiting"
    DEAD = "dead"


_ORDER = {Fate.DEAD: 0, Fate.WAITING: 1, Fate.CUT: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedTrouble:
    """A seed that is not complete, or all of a host's that are so for the same reason.

    Args:
        fate: any but complete.
        url: the first of the seeds.
        host: where its way ended.
        reason: the limit that cut it, the failure or rule it is dead by, what it waits for.
        seeds: how many they are.
        status: of the last answer of a dead one.
        due_at: when the next URL of a waiting one may be asked for.
        queued: URLs of its ground that are left in the queue.
    """

    fate: Fate
    url: str
    host: str
    reason: str
    seeds: int = 1
    status: int | None = None
    due_at: float | None = None
    queued: int = 0

    @property
    def words(self) -> str:
        """The fate as a person reads it."""
        left = f"; {self.queued} queued" if self.queued else ""
        reason = f": {self.reason}" if self.reason else ""
        match self.fate:
            case Fate.DEAD:
                return f"dead{reason}"
            case Fate.WAITING:
                until = "" if self.due_at is None else f" until {iso_utc(self.due_at)}"
                return f"waiting{until}{reason}{left}"
        if self.reason == UNFINISHED:
            return f"cut, the run goes on or was killed{left}"
        if self.reason == _STOPPED:
            return f"cut, the run was stopped{left}"
        return f"cut by {self.reason}{left}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedFates:
    """How many seeds met which fate, and which are not complete: dead ones first, at most a thousand lines."""

    complete: int = 0
    cut: int = 0
    waiting: int = 0
    dead: int = 0
    troubles: tuple[SeedTrouble, ...] = ()

    @property
    def seeds(self) -> int:
        """All of them."""
        return self.complete + self.cut + self.waiting + self.dead

    @property
    def words(self) -> str:
        """The counts as a person reads them; "" without seeds."""
        counts = [(fate, getattr(self, fate)) for fate in Fate]
        return ", ".join(f"{count} {fate}" for fate, count in counts if count)


@dataclass(slots=True)
class _Ground:
    """What the hosts of one ground add up to."""

    queued: int = 0
    is_capped: bool = True
    due_at: float = inf
    trouble: str = ""
    down: str = ""
    was_too_deep: bool = False

    def take(self, host: HostState, most: int | None) -> None:
        """Add a host, of which `most` pages are stored in a run."""
        left = host.queued + host.claimed
        self.queued += left
        self.down = self.down or host.down
        if not left:
            return
        self.is_capped &= most is not None and host.pages >= most
        if host.due_at is not None and host.due_at < self.due_at:
            self.due_at, self.trouble = host.due_at, host.trouble

    def verdict(self, run: Run) -> tuple[Fate, str]:
        """The fate of a seed that is in, and by what."""
        if not self.queued:
            if self.down:
                return Fate.DEAD, f"host_down: {self.down}"
            return (Fate.CUT, "max-depth") if self.was_too_deep else (Fate.COMPLETE, "")
        if run.ended_at is None:
            return Fate.CUT, UNFINISHED
        if self.is_capped:
            return Fate.CUT, "max-pages-per-host"
        if run.max_pages is not None and run.counts.pages >= run.max_pages:
            return Fate.CUT, "max-pages"
        if run.outcome in {DONE, WAITING}:
            return Fate.WAITING, self.trouble
        return Fate.CUT, run.outcome


async def read_fates(ledger: Ledger, run: Run) -> SeedFates:
    """What became of every seed of the last run.

    Args:
        ledger: of the output.
        run: the last one.
    """
    count = _Count(run, await _grounds(ledger, run))
    has_dead = False
    for group in await ledger.seed_groups():
        count.add(group.host, group.state, group.first, group.seeds)
        has_dead |= group.state in _DEAD
    dead: list[SeedTrouble] = []
    async for way in ledger.seed_ways():
        # One that was not asked in this run has a state of its own, and was counted above.
        if way[0].state is State.DONE and count.follow(way) and len(dead) < _MAX_LISTED:
            dead.append(_dead(way[0].url, way[-1]))
    if has_dead:
        async for each in ledger.seeds(_DEAD):
            if len(dead) == _MAX_LISTED:
                break
            if each.via is None:
                dead.append(_dead(each.url, each))
    fates = {fate.value: count.fates[fate] for fate in Fate}
    return SeedFates(**fates, troubles=(*dead, *count.troubles())[:_MAX_LISTED])


async def _grounds(ledger: Ledger, run: Run) -> _Grounds:
    grounds = _Grounds(json.loads(run.options).get("scope", "host"))
    overrides = Overrides(run.overrides)
    for host in await ledger.hosts():
        if host.queued or host.claimed or host.down:
            most = overrides.max_pages_of(host.host, run.max_pages_per_host)
            grounds.at(host.host).take(host, most)
    for name in await ledger.hosts_refused_by("depth"):
        grounds.at(name).was_too_deep = True
    return grounds


class _Grounds:
    """The grounds that are not simply complete, by scope."""

    def __init__(self, scope: str) -> None:
        names: dict[str, Callable[[str], str]] = {"domain": _domain, "any": lambda _: ""}
        self._name = names.get(scope, str)
        self._is_by_page = scope == "page"
        self._known: dict[str, _Ground] = {}
        self._nothing = _Ground()

    def at(self, host: str) -> _Ground:
        """The ground of a host, which may be new."""
        return self._known.setdefault(self._name(host), _Ground())

    def of(self, host: str, state: State) -> _Ground:
        """What a seed in that state stands for."""
        if self._is_by_page and state is State.DONE:
            return self._nothing
        return self._known.get(self._name(host), self._nothing)


def _domain(host: str) -> str:
    return registrable_domain(hostname(f"http://{host}/"))


@dataclass(slots=True)
class _Group:
    """Seeds that ended in one state at one host, which is why they are not complete."""

    first: str
    seeds: int = 0


@dataclass(slots=True)
class _Count:
    """The seeds as they are counted."""

    run: Run
    grounds: _Grounds
    fates: Counter[Fate] = field(default_factory=Counter)
    groups: dict[tuple[str, State], _Group] = field(default_factory=dict)

    def add(self, host: str, state: State, first: str, seeds: int = 1) -> None:
        """Count seeds that ended at a host in some state."""
        if state in _DEAD:
            self.fates[Fate.DEAD] += seeds
            return
        fate, _ = self.grounds.of(host, state).verdict(self.run)
        self.fates[fate] += seeds
        if fate is not Fate.COMPLETE:
            self.groups.setdefault((host, state), _Group(first)).seeds += seeds

    def follow(self, way: tuple[SeedState, ...]) -> bool:
        """Count a seed that led elsewhere by where its way ends; gives whether it is dead there."""
        end = way[-1]
        is_lost = len(way) == 1
        if is_lost or end.state in _DEAD:
            self.fates[Fate.DEAD] += 1
            return True
        self.add(host_key(end.url), end.state, way[0].url)
        return False

    def troubles(self) -> list[SeedTrouble]:
        """The groups, most seeds first; what waits before what was cut."""
        found = []
        for (host, state), group in self.groups.items():
            ground = self.grounds.of(host, state)
            fate, reason = ground.verdict(self.run)
            found.append(
                SeedTrouble(
                    fate=fate,
                    url=group.first,
                    host=host,
                    reason=reason,
                    seeds=group.seeds,
                    due_at=ground.due_at if fate is Fate.WAITING else None,
                    queued=ground.queued,
                )
            )
        return sorted(found, key=lambda each: (_ORDER[each.fate], -each.seeds, each.host))


def _dead(url: str, end: SeedState) -> SeedTrouble:
    return SeedTrouble(fate=Fate.DEAD, url=url, host=host_key(end.url), reason=end.reason, status=end.status)
