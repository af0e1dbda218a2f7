"""Any history of a frontier keeps every promise: a state machine beside a model that knows promises, no rows.

No URL has two holders. Nothing is lost. States move by the table. Counts agree with a recount. No host is asked too
early, or by too many. Exactly as many pages are stored as the budget allows. The least depth is known. A
frontier that is durable has two holders, as two processes would; what fails shrinks to its shortest history.
"""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar, cast

import pytest
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
from crawler.frontier.states import allows
from crawler.model import Candidate, Disposition, Finish, Lease, State
from crawler.standing import Pace
from crawler.urls import identity
from tests.frontier.contract import FrontierFactory, all_of, capture, link, requisite, seed

__all__ = ["TestHistories"]

LEASE_SECONDS = 600.0
HOSTS = ("a.example", "b.example", "c.example")
HOST = st.sampled_from(HOSTS)
PATH = st.sampled_from([f"{n}" for n in range(8)])
DEPTH = st.integers(1, 4)
OFFER = st.one_of(
    st.builds(link, PATH, HOST, DEPTH),
    st.builds(link, PATH, HOST, DEPTH),
    st.builds(requisite, PATH, HOST, DEPTH),
    st.builds(seed, PATH, HOST),
)
OFFERS = st.lists(OFFER, max_size=4)
PACE = st.one_of(
    st.builds(Pace, delay_seconds=st.just(0.0), parallel=st.integers(1, 5)),
    st.builds(Pace, delay_seconds=st.sampled_from([0.5, 3.0]), parallel=st.just(1)),
)
PLAN = st.builds(
    RunPlan,
    name=st.just("run"),
    max_pages=st.sampled_from([None, 0, 3, 8]),
    max_pages_per_host=st.sampled_from([None, None, 1, 3]),
    max_depth=st.sampled_from([None, 5]),
)
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class End:
    """How a lease ends; `which` of the leases that are held, or of the old ones, which come too late."""

    which: int
    is_late: bool
    state: State
    is_page: bool
    is_answered: bool
    found: list[Candidate]
    refused: int
    trouble_seconds: float
    retry_seconds: float


END = st.builds(
    End,
    which=st.integers(0, 9),
    is_late=st.sampled_from([False, False, False, True]),
    state=st.sampled_from([State.DONE, State.DONE, State.QUEUED, State.FAILED, State.EXCLUDED]),
    is_page=st.booleans(),
    is_answered=st.booleans(),
    found=OFFERS,
    refused=st.integers(0, 2),
    trouble_seconds=st.sampled_from([0.0, 0.0, 4.0]),
    retry_seconds=st.sampled_from([0.0, 3.0]),
)


class History(RuleBasedStateMachine):
    """One frontier, holders that also die, and a clock.

    `held` are the leases that nobody else may have now, `old` those that are over.
    """

    def __init__(self, factory: FrontierFactory) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = TemporaryDirectory(dir=factory.folder)
        self.stack = AsyncExitStack()
        self.clock = ManualClock()
        count = 2 if factory.is_durable else 1
        places = [factory.open_at(Path(self.folder.name), self.clock) for _ in range(count)]
        self.frontiers = [self.run(self.stack.enter_async_context(place)) for place in places]
        self.turn = 0
        self.held: dict[str, Lease] = {}
        self.old: list[Lease] = []
        self.depths: dict[str, int] = {}
        self.captured: set[str] = set()
        self.seeds: list[str] = []
        self.states: dict[str, State] = {}
        self.pages: Counter[str] = Counter()
        self.answers = self.refused = 0
        self.paces: defaultdict[str, Pace] = defaultdict(lambda: Pace(delay_seconds=0, parallel=1))
        self.not_before: defaultdict[str, float] = defaultdict(float)

    @property
    def frontier(self) -> Frontier:
        """One after the other."""
        self.turn += 1
        return self.frontiers[self.turn % len(self.frontiers)]

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    def teardown(self) -> None:
        self.run(self.stack.aclose())
        self.runner.close()
        self.folder.cleanup()

    @initialize(plan=PLAN)
    def begin(self, plan: RunPlan) -> None:
        self.plan = plan
        self.run(self.frontier.open_run(plan))

    @rule(offered=OFFERS)
    def add(self, offered: list[Candidate]) -> None:
        known = len(self.depths)
        self.meet(offered)
        assert self.run(self.frontier.add(offered)) == len(self.depths) - known

    def meet(self, offered: list[Candidate]) -> None:
        for each in offered:
            self.depths[each.key] = min(each.depth, self.depths.get(each.key, each.depth))
            if each.is_seed and each.key not in self.seeds:
                self.seeds.append(each.key)

    @rule(limit=st.integers(0, 6))
    def claim(self, limit: int) -> None:
        now = self.clock.now()
        for lease in [each for each in self.held.values() if each.expires_at <= now]:
            self.lose(lease)
        claim = self.run(self.frontier.claim(limit))
        assert len(claim.leases) <= limit
        for lease in claim.leases:
            self.take(lease)
        assert (claim.held, claim.seeds) == (len(self.held), len(self.seeds))
        assert claim.ready_at is None or limit == 0 or (len(claim.leases) < limit and claim.ready_at > now)

    def take(self, lease: Lease) -> None:
        host, key, now = lease.candidate.host, lease.candidate.key, self.clock.now()
        assert key in self.depths, "invented"
        assert key not in self.held, "two holders"
        assert all(lease.token != each.token for each in [*self.old, *self.held.values()])
        assert lease.expires_at == now + LEASE_SECONDS
        assert now >= self.not_before[host], "asked too early"
        self.held[key] = lease
        at_once = sum(each.candidate.host == host for each in self.held.values())
        assert at_once <= self.paces[host].parallel, "asked by too many"

    def lose(self, lease: Lease) -> None:
        """It may have been used to ask just now."""
        self.old.append(self.held.pop(lease.candidate.key))
        self.rest(lease.candidate.host, self.clock.now())

    def rest(self, host: str, since: float) -> None:
        self.not_before[host] = max(self.not_before[host], since + self.paces[host].delay_seconds)

    @rule(ends=st.lists(END, min_size=1, max_size=3))
    def finish(self, ends: list[End]) -> None:
        group = []
        for end in ends:
            leases = self.old if end.is_late else list(self.held.values())
            if leases:
                lease = leases[end.which % len(leases)]
                group.append(Finish(lease=lease, disposition=self.disposition(end, lease)))
                self.meet(end.found)
                self.close(end, lease)
        self.run(self.frontier.finish(group))

    def disposition(self, end: End, lease: Lease) -> Disposition:
        now, path = self.clock.now(), lease.candidate.url.rsplit("/", 1)[1]
        keeps = end.is_page and end.state is State.DONE and not lease.is_stored
        return Disposition(
            state=end.state,
            is_page=end.is_page,
            capture=capture(path, lease.candidate.host) if keeps else None,
            found=tuple(end.found),
            refused={("scope", "z.example"): end.refused} if end.refused else {},
            retry_at=now + end.retry_seconds,
            host_ready_at=now + end.trouble_seconds,
            ended_at=now,
            answered=end.is_answered,
        )

    def close(self, end: End, lease: Lease) -> None:
        host, now = lease.candidate.host, self.clock.now()
        if end.is_answered and lease.candidate.key in self.depths:
            self.rest(host, now)
        if end.is_late:
            return
        del self.held[lease.candidate.key]
        self.old.append(lease)
        self.answers += end.is_answered
        self.refused += end.refused
        is_stored_page = end.is_page and end.state is State.DONE and not lease.is_stored
        is_limited = self.plan.max_pages is not None or self.plan.max_pages_per_host is not None
        self.pages[host] += is_stored_page and (lease.holds_page_slot or not is_limited)
        self.not_before[host] = max(self.not_before[host], now + end.trouble_seconds)
        if is_stored_page:
            self.captured.add(lease.candidate.key)

    @rule(host=HOST, pace=PACE)
    def pace(self, host: str, pace: Pace) -> None:
        self.paces[host] = pace
        self.run(self.frontier.pace(host, pace))

    @rule(seconds=st.sampled_from([0.25, 1, 1, 5, 5, 20, 599, 600]))
    def pass_time(self, seconds: float) -> None:
        self.clock.advance(seconds)

    @precondition(lambda self: self.held)
    @rule(which=st.integers(0, 9))
    def renew(self, which: int) -> None:
        lease = list(self.held.values())[which % len(self.held)]
        self.run(self.frontier.renew([lease, *self.old]))
        self.held[lease.candidate.key] = replace(lease, expires_at=self.clock.now() + LEASE_SECONDS)

    @rule(holder=st.sampled_from([0, 0, 1]))
    def release(self, holder: int) -> None:
        """A process died; all that is held here is held as 0."""
        lost = list(self.held.values()) if holder == 0 else []
        assert self.run(self.frontier.release(holder)) == len(lost)
        for lease in lost:
            self.lose(lease)

    @rule(
        outcome=st.sampled_from([None, None, "stopped", "finished"]),
        plan=st.one_of(st.none(), PLAN),
        options=st.sampled_from([None, None, '{"x": 1}', '{"x": 2}']),
        fresh=st.sampled_from([False, False, False, True]),
    )
    def die_and_go_on(
        self, outcome: str | None, plan: RunPlan | None, options: str | None, *, fresh: bool
    ) -> None:
        before = self.plan
        self.plan = replace(plan or before, options=options or before.options, fresh=fresh)
        if outcome is not None:
            self.run(self.frontier.close_run(outcome))
        run = self.run(self.frontier.open_run(self.plan))
        for lease in list(self.held.values()):
            self.lose(lease)
        assert run.is_continued == (outcome != "finished" and not fresh)
        for host, pace in self.paces.items():
            self.paces[host] = replace(pace, parallel=1)
        if not run.is_continued or self.plan.options != before.options:
            self.seeds.clear()
            self.refused = 0
        if not run.is_continued:
            self.pages.clear()
            self.answers = 0
        if fresh:
            self.depths = {key: depth for key, depth in self.depths.items() if key in self.captured}
            self.states.clear()

    @rule(max_pages=st.sampled_from([None, None, 4]))
    def crawl_to_the_end(self, max_pages: int | None) -> None:
        """Whatever happened: a new run comes to its end, with everything finished or the budget spent."""
        plan = replace(self.plan, max_pages=max_pages, max_pages_per_host=None)
        self.die_and_go_on("finished", plan, None, fresh=False)
        for host in HOSTS:
            self.pace(host, Pace(delay_seconds=1, parallel=1))
        end = End(
            which=0,
            is_late=False,
            state=State.DONE,
            is_page=True,
            is_answered=True,
            found=[],
            refused=0,
            trouble_seconds=0.0,
            retry_seconds=0.0,
        )
        for _ in range(20 * len(self.depths) + 20):
            self.claim(3)
            if self.held:
                self.finish([end] * len(self.held))
            elif (ready_at := self.run(self.frontier.claim(0)).ready_at) is not None:
                self.clock.advance(ready_at - self.clock.now())
            else:
                break
        self.states.clear()
        counts = self.run(self.frontier.counts())
        assert (counts.claimed, counts.known) == (0, len(self.depths))
        assert counts.queued == 0 or counts.pages == max_pages, "no end in sight"

    @invariant()
    def every_promise_is_kept(self) -> None:
        self.nothing_is_lost_and_states_move_by_the_table()
        self.counts_and_budgets_agree()

    def nothing_is_lost_and_states_move_by_the_table(self) -> None:
        entries = {each.candidate.key: each for each in self.run(all_of(self.frontier.entries()))}
        assert {key: entry.candidate.depth for key, entry in entries.items()} == self.depths
        states = {key: entry.state for key, entry in entries.items()}
        moves = {(before, states[key]) for key, before in self.states.items() if before is not states[key]}
        assert all(allows(before, after) for before, after in moves), moves
        self.states = states
        assert {key for key, state in states.items() if state is State.CLAIMED} == set(self.held)
        of_hosts = Counter((entry.candidate.host, entry.state) for entry in entries.values())
        for host in self.run(self.frontier.hosts()):
            assert all(getattr(host, state) == of_hosts[host.host, state] for state in State)
            assert host.pages == self.pages[host.host]

    def counts_and_budgets_agree(self) -> None:
        counts = self.run(self.frontier.counts())
        recount = Counter(self.states.values())
        assert all(getattr(counts, state) == recount[state] for state in State)
        assert (counts.requests, counts.pages) == (self.answers, self.pages.total())
        assert [identity(each.url) for each in self.run(all_of(self.frontier.seeds()))] == self.seeds
        assert sum(each.links for each in self.run(self.frontier.refusals())) == self.refused
        slots = Counter(lease.candidate.host for lease in self.held.values() if lease.holds_page_slot)
        limit, host_limit = self.plan.max_pages, self.plan.max_pages_per_host
        assert not slots or limit is None or self.pages.total() + slots.total() <= limit
        assert host_limit is None or all(
            not slots[name] or self.pages[name] + slots[name] <= host_limit for name in HOSTS
        )


class TestHistories:
    @pytest.mark.long
    def test_any_history_keeps_every_promise(self, frontier_factory: FrontierFactory) -> None:
        run_state_machine_as_test(
            cast("type[History]", partial(History, frontier_factory)),
            settings=settings(
                max_examples=40,
                stateful_step_count=30,
                derandomize=True,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
