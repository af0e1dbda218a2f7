"""Walk a frontier at random beside a model of it that knows only promises, no rows.

No URL has two holders. Nothing is lost. Counts agree with a recount. No host is asked too early, or
by too many. Exactly as many pages are stored as the budget allows.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crawler.clock import ManualClock
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.frontier.states import FINAL, allows
from crawler.model import Candidate, Counts, Disposition, Finish, Lease, Pace, State
from tests.frontier.contract import FrontierFactory, capture, link, requisite, seed

__all__ = ["TestWalk"]

T = TypeVar("T")
LEASE_SECONDS = 600.0
HOSTS = ("a.example", "b.example", "c.example")
PATHS = [f"{n}" for n in range(8)]
LIMITS = st.none() | st.integers(0, 6)


def offers() -> st.SearchStrategy[list[Candidate]]:
    def offer(kind: Callable[..., Candidate], path: str, host: str, depth: int) -> Candidate:
        return kind(path, host) if kind is seed else kind(path, host, depth=depth)

    kinds = st.sampled_from([seed, link, link, requisite])
    one = st.builds(offer, kinds, st.sampled_from(PATHS), st.sampled_from(HOSTS), st.integers(1, 4))
    return st.lists(one, max_size=6)


class FrontierWalk(RuleBasedStateMachine):
    """One frontier, several workers that also die, and a clock."""

    factory: FrontierFactory

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = Path(tempfile.mkdtemp(dir=self.factory.folder))
        self.clock = ManualClock()
        self.stack = AsyncExitStack()
        self.plan = RunPlan(name="run")
        self.frontier: Frontier = self.wait(self.enter())
        self.held: dict[str, Lease] = {}
        self.old: list[Lease] = []
        self.offered: set[str] = set()
        self.states: dict[str, State] = {}
        self.pages: Counter[str] = Counter()
        self.answers = 0
        self.paces: defaultdict[str, Pace] = defaultdict(lambda: Pace(delay_seconds=0, parallel=1))
        self.not_before: defaultdict[str, float] = defaultdict(float)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    async def enter(self) -> Frontier:
        opened = self.factory.open_at(self.folder, self.clock)
        return await self.stack.enter_async_context(opened)

    @initialize(pages=LIMITS, host_pages=LIMITS, depth=LIMITS)
    def begin(self, pages: int | None, host_pages: int | None, depth: int | None) -> None:
        self.plan = RunPlan(name="run", max_pages=pages, max_pages_per_host=host_pages, max_depth=depth)
        self.wait(self.frontier.open_run(self.plan))

    @rule(candidates=offers())
    def add(self, candidates: list[Candidate]) -> None:
        new = {candidate.key for candidate in candidates} - self.offered
        assert self.wait(self.frontier.add(candidates)) == len(new)
        self.offered |= new

    @rule(limit=st.integers(1, 8))
    def claim(self, limit: int) -> None:
        now = self.clock.now()
        for key, lease in list(self.held.items()):
            if lease.expires_at <= now:
                self.old.append(self.held.pop(key))
        claim = self.wait(self.frontier.claim(limit))
        assert len(claim.leases) <= limit
        for lease in claim.leases:
            self.check_lease(lease, now)
        if not claim.leases and claim.ready_at is not None:
            assert claim.ready_at > now

    def check_lease(self, lease: Lease, now: float) -> None:
        host, key = lease.candidate.host, lease.candidate.key
        assert key in self.offered
        assert key not in self.held, "two holders"
        assert lease.expires_at == now + LEASE_SECONDS
        assert now >= self.not_before[host], "asked too early"
        if self.paces[host].delay_seconds:
            self.not_before[host] = now + self.paces[host].delay_seconds
        self.held[key] = lease
        at_once = sum(each.candidate.host == host for each in self.held.values())
        assert at_once <= self.paces[host].parallel, "asked by too many"

    def take(self, data: st.DataObject) -> Lease:
        key = data.draw(st.sampled_from(sorted(self.held)))
        return self.held.pop(key)

    @precondition(lambda self: self.held)
    @rule(
        data=st.data(),
        state=st.sampled_from([*FINAL, State.DONE, State.DONE, State.QUEUED]),
        is_page=st.booleans(),
        found=offers(),
        delays=st.tuples(st.integers(0, 9), st.integers(0, 9)),
        answered=st.booleans(),
    )
    def finish(
        self,
        data: st.DataObject,
        state: State,
        is_page: bool,
        found: list[Candidate],
        delays: tuple[int, int],
        answered: bool,
    ) -> None:
        lease, now = self.take(data), self.clock.now()
        host = lease.candidate.host
        is_page = is_page and state is State.DONE
        path = lease.candidate.url.rsplit("/", 1)[1]
        end = Disposition(
            state=state,
            is_page=is_page,
            capture=capture(path, host) if is_page and not lease.is_stored else None,
            found=tuple(found),
            retry_at=now + delays[0],
            host_ready_at=now + delays[1],
            ended_at=now,
            answered=answered,
        )
        self.wait(self.frontier.finish([Finish(lease=lease, disposition=end)]))
        self.offered |= {candidate.key for candidate in found}
        self.answers += answered
        is_limited = self.plan.max_pages is not None or self.plan.max_pages_per_host is not None
        if is_page and not lease.is_stored and (lease.holds_page_slot or not is_limited):
            self.pages[host] += 1
        delay = self.paces[host].delay_seconds if answered else 0
        self.not_before[host] = max(self.not_before[host], now + delays[1], now + delay)
        self.old.append(lease)

    @precondition(lambda self: self.old)
    @rule(data=st.data(), state=st.sampled_from(list(set(State) - {State.CLAIMED})), found=offers())
    def finish_too_late(self, data: st.DataObject, state: State, found: list[Candidate]) -> None:
        lease = data.draw(st.sampled_from(self.old))
        end = Disposition(state=state, is_page=True, found=tuple(found), answered=True, wire_bytes=1)
        before = self.wait(self.frontier.entry(lease.candidate.key))
        if before is not None and before.state is State.CLAIMED and lease.candidate.key not in self.held:
            return  # its lease ran out, but nobody took it back yet
        self.wait(self.frontier.finish([Finish(lease=lease, disposition=end)]))
        self.offered |= {candidate.key for candidate in found}

    @rule(host=st.sampled_from(HOSTS), delay=st.sampled_from([0, 0, 0.5, 3]), parallel=st.integers(1, 4))
    def pace(self, host: str, delay: float, parallel: int) -> None:
        self.paces[host] = Pace(delay_seconds=delay, parallel=parallel)
        self.wait(self.frontier.pace(host, self.paces[host]))

    @rule(seconds=st.sampled_from([0.25, 1, 5, 20, 599, 600]))
    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @precondition(lambda self: self.held)
    @rule(data=st.data())
    def renew(self, data: st.DataObject) -> None:
        lease = self.take(data)
        self.wait(self.frontier.renew([lease]))
        renewed = replace(lease, expires_at=self.clock.now() + LEASE_SECONDS)
        self.held[lease.candidate.key] = renewed

    @rule(outcome=st.sampled_from([None, "stopped", "finished"]))
    def die_and_go_on(self, outcome: str | None) -> None:
        if outcome is not None:
            self.wait(self.frontier.close_run(outcome))
        if self.factory.is_durable:
            self.wait(self.stack.aclose())
            self.frontier = self.wait(self.enter())
        run = self.wait(self.frontier.open_run(self.plan))
        assert run.is_continued == (outcome != "finished")
        self.old += self.held.values()
        self.held.clear()
        if outcome == "finished":
            self.pages.clear()
            self.answers = 0
            self.states = dict.fromkeys(self.states, State.QUEUED)

    @invariant()
    def nothing_is_lost(self) -> None:
        states = {entry.candidate.key: entry.state for entry in self.wait(self.entries())}
        assert set(states) == self.offered
        claimed = {key for key, state in states.items() if state is State.CLAIMED}
        assert claimed == set(self.held)

    @invariant()
    def counts_are_true(self) -> None:
        entries, counts = self.wait(self.entries()), self.wait(self.frontier.counts())
        recounted = Counter(entry.state for entry in entries)
        assert {state: getattr(counts, state) for state in State} == {s: recounted[s] for s in State}
        assert counts.requests == self.answers
        assert counts.wire_bytes == 0
        by_host = {host.host: host for host in self.wait(self.hosts())}
        assert len(by_host) == counts.hosts
        of_hosts = Counter((entry.candidate.host, entry.state) for entry in entries)
        for name, host in by_host.items():
            assert all(getattr(host, state) == of_hosts[name, state] for state in State)

    @invariant()
    def the_budget_is_exact(self) -> None:
        assert self.wait(self.frontier.counts()).pages == self.pages.total()
        for host in self.wait(self.hosts()):
            assert host.pages == self.pages[host.host]
        slots = Counter(lease.candidate.host for lease in self.held.values() if lease.holds_page_slot)
        if self.plan.max_pages is not None:
            assert self.pages.total() + slots.total() <= self.plan.max_pages
        if self.plan.max_pages_per_host is not None:
            assert all(self.pages[h] + slots[h] <= self.plan.max_pages_per_host for h in HOSTS)

    async def entries(self) -> list[Any]:
        return [entry async for entry in self.frontier.entries()]

    async def hosts(self) -> list[Any]:
        return list(await self.frontier.hosts())

    def teardown(self) -> None:
        try:
            self.wait(self.drain())
        finally:
            self.wait(self.stack.aclose())
            self.runner.close()
            shutil.rmtree(self.folder, ignore_errors=True)

    async def drain(self) -> None:
        """Whatever happened: without limits the crawl comes to its end."""
        await self.frontier.open_run(RunPlan(name="drain"))
        for host in HOSTS:
            await self.frontier.pace(host, Pace(delay_seconds=1, parallel=2))
        for _ in range(20 * len(self.offered) + 20):
            claim = await self.frontier.claim(3)
            ends = [Finish(lease=lease, disposition=Disposition(state=State.DONE)) for lease in claim.leases]
            await self.frontier.finish(ends)
            if claim.ready_at is not None:
                self.clock.advance(claim.ready_at - self.clock.now())
            elif not claim.leases:
                break
        counts = await self.frontier.counts()
        assert (counts.queued, counts.claimed, counts.known) == (0, 0, len(self.offered))


class TestWalk:
    def test_any_walk_keeps_every_promise(self, frontier_factory: FrontierFactory) -> None:
        class Walk(FrontierWalk):
            factory = frontier_factory

        run_state_machine_as_test(
            Walk,
            settings=settings(
                max_examples=60 if not frontier_factory.is_durable else 25,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )

    async def test_every_move_of_a_url_is_in_the_table(self, frontier: Frontier) -> None:
        """By every operation, from every state."""
        seen = set()

        async def step(work: Coroutine[Any, Any, object]) -> None:
            before = {entry.candidate.key: entry.state async for entry in frontier.entries()}
            await work
            async for entry in frontier.entries():
                was, now = before.get(entry.candidate.key), entry.state
                if was is not None and was is not now:
                    seen.add((was, now))

        ends = [State.QUEUED, State.DONE, State.FAILED, State.EXCLUDED]
        await step(frontier.add([link(f"{n}", f"{n}.example") for n in range(len(ends))]))
        for _ in range(2):
            leases: list[Lease] = []

            async def claim(leases: list[Lease] = leases) -> None:
                leases += (await frontier.claim(10)).leases

            await step(claim())
            assert len(leases) == len(ends)
            for lease, state in zip(leases, ends, strict=True):
                await step(frontier.finish([Finish(lease=lease, disposition=Disposition(state=state))]))
            await step(frontier.close_run("finished"))
            await step(frontier.open_run(RunPlan(name="next")))
        assert all(allows(was, now) for was, now in seen)
        assert seen == {(was, now) for was in State for now in State if allows(was, now)}
        assert await frontier.counts() == Counts(queued=len(ends), hosts=len(ends))
