"""Walk a frontier at random beside a model of it that knows only promises, no rows.

No URL has two holders. Nothing is lost. Counts agree with a recount. No host is asked too early, or
by too many. Exactly as many pages are stored as the budget allows. Seeds are fixed: a walk that fails
fails again, and its steps stand below the error.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import AsyncExitStack
from dataclasses import replace
from random import Random

import pytest

from crawler.clock import ManualClock
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.frontier.states import allows
from crawler.model import Candidate, Disposition, Finish, Lease, State
from crawler.standing import Counts, Pace
from tests.frontier.contract import FrontierFactory, all_of, capture, link, requisite, seed

__all__ = ["TestWalk"]

LEASE_SECONDS = 600.0
HOSTS = ("a.example", "b.example", "c.example")
PATHS = [f"{n}" for n in range(10)]
ENDS = [State.DONE, State.DONE, State.DONE, State.QUEUED, State.FAILED, State.EXCLUDED]
STEPS = 120


class Walk:
    """One frontier, several workers that also die, and a clock.

    `held` are the leases that nobody else may have now, `old` those that are over.
    """

    def __init__(self, factory: FrontierFactory, number: int) -> None:
        self.factory = factory
        self.dice = Random(number)
        self.clock = ManualClock()
        self.stack = AsyncExitStack()
        self.steps: list[str] = []
        self.plan = RunPlan(
            name="run",
            max_pages=self.dice.choice([None, 0, 3, 8]),
            max_pages_per_host=self.dice.choice([None, None, 1, 3]),
            max_depth=self.dice.choice([None, 5]),
        )
        self.held: dict[str, Lease] = {}
        self.old: list[Lease] = []
        self.offered: set[str] = set()
        self.pages: Counter[str] = Counter()
        self.answers = 0
        self.paces: defaultdict[str, Pace] = defaultdict(lambda: Pace(delay_seconds=0, parallel=1))
        self.not_before: defaultdict[str, float] = defaultdict(float)

    async def walk(self) -> None:
        moves = {
            self.add: 2,
            self.claim: 6,
            self.finish: 8,
            self.finish_too_late: 1,
            self.pace: 1,
            self.pass_time: 3,
            self.renew: 1,
            self.die_and_go_on: 0.5,
        }
        async with self.stack:
            await self.enter()
            await self.frontier.open_run(self.plan)
            for move in self.dice.choices(list(moves), list(moves.values()), k=STEPS):
                self.steps.append(move.__name__)
                await move()
                await self.check()
            await self.drain()

    async def enter(self) -> None:
        self.frontier = await self.stack.enter_async_context(self.factory(self.clock))

    def offer(self) -> list[Candidate]:
        offered = []
        for _ in range(self.dice.randint(1, 4)):
            path, host = self.dice.choice(PATHS), self.dice.choice(HOSTS)
            depth = self.dice.randint(0, 4)
            kind = self.dice.choice([link, link, requisite])
            offered.append(kind(path, host, depth) if depth else seed(path, host))
        self.steps.append(f"  {[(c.host[0] + c.url[-1], c.hops) for c in offered]}")
        return offered

    async def add(self) -> None:
        offered = self.offer()
        new = {candidate.key for candidate in offered} - self.offered
        assert await self.frontier.add(offered) == len(new)
        self.offered |= new

    async def claim(self) -> None:
        now = self.clock.now()
        for key, lease in list(self.held.items()):
            if lease.expires_at <= now:
                self.lose(self.held.pop(key), now)
        limit = self.dice.randint(1, 6)
        claim = await self.frontier.claim(limit)
        assert len(claim.leases) <= limit
        for lease in claim.leases:
            self.steps.append(f"  {lease}")
            self.take(lease, now)
        if not claim.leases and claim.ready_at is not None:
            assert claim.ready_at > now

    def take(self, lease: Lease, now: float) -> None:
        host, key = lease.candidate.host, lease.candidate.key
        assert key in self.offered
        assert key not in self.held, "two holders"
        assert lease.expires_at == now + LEASE_SECONDS
        assert now >= self.not_before[host], "asked too early"
        self.held[key] = lease
        at_once = sum(each.candidate.host == host for each in self.held.values())
        assert at_once <= self.paces[host].parallel, "asked by too many"

    def lose(self, lease: Lease, now: float) -> None:
        """It may have been used to ask just now."""
        self.old.append(lease)
        self.rest(lease.candidate.host, now)

    def rest(self, host: str, since: float) -> None:
        self.not_before[host] = max(self.not_before[host], since + self.paces[host].delay_seconds)

    def drop_one(self) -> Lease:
        return self.held.pop(self.dice.choice(sorted(self.held)))

    async def finish(self) -> None:
        if not self.held:
            return
        lease, now = self.drop_one(), self.clock.now()
        host, path = lease.candidate.host, lease.candidate.url.rsplit("/", 1)[1]
        state = self.dice.choice(ENDS)
        is_page = state is State.DONE and self.dice.random() < 0.7
        trouble = self.dice.choice([0, 0, 4])
        end = Disposition(
            state=state,
            is_page=is_page,
            capture=capture(path, host) if is_page and not lease.is_stored else None,
            found=tuple(self.offer()),
            retry_at=now + self.dice.choice([0, 3]),
            host_ready_at=now + trouble,
            ended_at=now,
            answered=self.dice.random() < 0.7,
        )
        self.steps.append(f"  {lease.token} {lease.candidate.key} {state} is_page={is_page}")
        await self.frontier.finish([Finish(lease=lease, disposition=end)])
        self.offered |= {candidate.key for candidate in end.found}
        self.old.append(lease)
        self.answers += end.answered
        is_limited = self.plan.max_pages is not None or self.plan.max_pages_per_host is not None
        self.pages[host] += is_page and not lease.is_stored and (lease.holds_page_slot or not is_limited)
        self.not_before[host] = max(self.not_before[host], now + trouble)
        if end.answered:
            self.rest(host, now)

    async def finish_too_late(self) -> None:
        """Nothing comes of it but the links."""
        if not self.old:
            return
        lease = self.dice.choice(self.old)
        found = tuple(self.offer())
        end = Disposition(
            state=self.dice.choice(ENDS), is_page=True, found=found, answered=True, wire_bytes=1
        )
        await self.frontier.finish([Finish(lease=lease, disposition=end)])
        self.offered |= {candidate.key for candidate in found}

    async def pace(self) -> None:
        host = self.dice.choice(HOSTS)
        delay = self.dice.choice([0, 0, 0.5, 3])
        pace = Pace(delay_seconds=delay, parallel=1 if delay else self.dice.randint(1, 5))
        self.steps.append(f"  {host} {pace}")
        self.paces[host] = pace
        await self.frontier.pace(host, pace)

    async def pass_time(self) -> None:
        self.clock.advance(self.dice.choice([0.25, 1, 1, 5, 5, 20, 599, 600]))

    async def renew(self) -> None:
        if not self.held:
            return
        lease = self.drop_one()
        await self.frontier.renew([lease])
        expires_at = self.clock.now() + LEASE_SECONDS
        self.held[lease.candidate.key] = replace(lease, expires_at=expires_at)

    async def die_and_go_on(self) -> None:
        outcome = self.dice.choice([None, "stopped", "finished"])
        self.steps.append(f"  {outcome}")
        if outcome is not None:
            await self.frontier.close_run(outcome)
        if self.factory.is_durable:
            await self.stack.aclose()
            await self.enter()
        run = await self.frontier.open_run(self.plan)
        assert run.is_continued == (outcome != "finished")
        for lease in self.held.values():
            self.lose(lease, self.clock.now())
        self.held.clear()
        for host, pace in self.paces.items():
            self.paces[host] = replace(pace, parallel=1)
        if outcome == "finished":
            self.pages.clear()
            self.answers = 0

    async def check(self) -> None:
        entries, counts = await all_of(self.frontier.entries()), await self.frontier.counts()
        assert {entry.candidate.key for entry in entries} == self.offered, "lost or invented"
        claimed = {entry.candidate.key for entry in entries if entry.state is State.CLAIMED}
        assert claimed == set(self.held)
        recount = Counter(entry.state for entry in entries)
        assert {state: getattr(counts, state) for state in State} == {each: recount[each] for each in State}
        assert (counts.requests, counts.wire_bytes) == (self.answers, 0)
        assert counts.pages == self.pages.total()
        hosts = await self.frontier.hosts()
        assert counts.hosts == len(hosts)
        of_hosts = Counter((entry.candidate.host, entry.state) for entry in entries)
        for host in hosts:
            assert all(getattr(host, state) == of_hosts[host.host, state] for state in State)
            assert host.pages == self.pages[host.host]
        slots = Counter(lease.candidate.host for lease in self.held.values() if lease.holds_page_slot)
        limit, host_limit = self.plan.max_pages, self.plan.max_pages_per_host
        assert limit is None or self.pages.total() + slots.total() <= limit
        assert host_limit is None or all(self.pages[name] + slots[name] <= host_limit for name in HOSTS)

    async def drain(self) -> None:
        """Whatever happened: within the budget, then without one, the crawl comes to its end."""
        plan = replace(self.plan, max_pages=4, max_pages_per_host=None)
        for each in (plan, replace(plan, max_pages=None)):
            await self.frontier.close_run("finished")
            await self.frontier.open_run(each)
            for host in HOSTS:
                await self.frontier.pace(host, Pace(delay_seconds=1, parallel=1))
            await self.finish_all()
            counts = await self.frontier.counts()
            assert counts.claimed == 0
            assert counts.known == len(self.offered)
            assert each.max_pages is None or counts.pages == 4 or counts.queued == 0
        assert counts.queued == 0

    async def finish_all(self) -> None:
        for _ in range(20 * len(self.offered) + 20):
            claim = await self.frontier.claim(3)
            end = Disposition(state=State.DONE, is_page=True)
            await self.frontier.finish([Finish(lease=lease, disposition=end) for lease in claim.leases])
            if claim.ready_at is not None:
                self.clock.advance(claim.ready_at - self.clock.now())
            elif not claim.leases:
                return
        pytest.fail("no end in sight")


class TestWalk:
    @pytest.mark.parametrize("number", range(40))
    async def test_any_walk_keeps_every_promise(self, frontier_factory: FrontierFactory, number: int) -> None:
        walk = Walk(frontier_factory, number)
        try:
            await walk.walk()
        except BaseException as error:
            error.add_note("\n".join([str(walk.plan), *walk.steps]))
            raise

    async def test_every_move_of_a_url_is_in_the_table(self, frontier: Frontier) -> None:
        """By every operation, from every state."""
        seen = set()
        states: dict[str, State] = {}

        async def look() -> None:
            async for entry in frontier.entries():
                key, now = entry.candidate.key, entry.state
                if key in states and states[key] is not now:
                    seen.add((states[key], now))
                states[key] = now

        ends = [State.QUEUED, State.DONE, State.FAILED, State.EXCLUDED]
        await frontier.add([link(f"{n}", f"{n}.example") for n in range(len(ends))])
        for _ in range(2):
            await look()
            leases = (await frontier.claim(10)).leases
            await look()
            assert len(leases) == len(ends)
            for lease, state in zip(leases, ends, strict=True):
                await frontier.finish([Finish(lease=lease, disposition=Disposition(state=state))])
                await look()
            await frontier.close_run("finished")
            await look()
            await frontier.open_run(RunPlan(name="next"))
        await look()
        assert all(allows(before, after) for before, after in seen)
        assert seen == {(before, after) for before in State for after in State if allows(before, after)}
        assert await frontier.counts() == Counts(queued=len(ends), hosts=len(ends))
