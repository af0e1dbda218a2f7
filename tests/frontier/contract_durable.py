"""Contract of frontiers that outlive their process, or are shared by several."""

from __future__ import annotations

import asyncio

from crawler.clock import ManualClock
from crawler.frontier.fingerprints import pack
from crawler.frontier.protocol import RunPlan
from crawler.standing import Pace, RobotsCopy
from tests.frontier.contract import (
    A,
    B,
    FrontierFactory,
    all_of,
    answer,
    claim_all,
    claim_one,
    do,
    key_of,
    link,
    next_run,
    seed,
)

PLAN = RunPlan(name="run")


class TestDurable:
    async def test_all_is_known_after_reopening(
        self, frontier_factory: FrontierFactory, clock: ManualClock
    ) -> None:
        robots = RobotsCopy(origin="http://a.example", fetched_at=1.0, status=200, body=b"x")
        async with frontier_factory(clock) as frontier:
            await frontier.open_run(PLAN)
            await do(frontier, link("c"), moves=True, refused={("scope", B): 3})
            await do(frontier, seed(), found=(link("a"), link("b", B)), targets=pack([key_of("c")]))
            await frontier.keep_robots(robots)
            await frontier.pace(B, Pace(delay_seconds=3, parallel=1))
            await frontier.close_run("finished")
            before = (
                await all_of(frontier.entries()),
                await frontier.counts(),
                await frontier.hosts(),
                await frontier.runs(),
                await all_of(frontier.seeds()),
                await frontier.refusals(),
                await all_of(frontier.pages_to_repair()),
                await frontier.robots(robots.origin),
            )
        async with frontier_factory.reopen(clock) as frontier:
            after = (
                await all_of(frontier.entries()),
                await frontier.counts(),
                await frontier.hosts(),
                await frontier.runs(),
                await all_of(frontier.seeds()),
                await frontier.refusals(),
                await all_of(frontier.pages_to_repair()),
                await frontier.robots(robots.origin),
            )
        assert after == before
        assert len(after[6]) == 1

    async def test_leases_of_a_dead_process_are_given_again(
        self, frontier_factory: FrontierFactory, clock: ManualClock
    ) -> None:
        async with frontier_factory(clock) as frontier:
            await frontier.open_run(PLAN)
            await frontier.add([link("a"), link("b")])
            old = await claim_one(frontier)
        async with frontier_factory.reopen(clock) as frontier:
            run = await frontier.open_run(PLAN)
            assert run.is_continued
            new = await claim_one(frontier)
            assert new.candidate == old.candidate
            await answer(frontier, old)
            assert (await frontier.counts()).claimed == 1
            await answer(frontier, new)
            assert (await frontier.counts()).done == 1

    async def test_runs_are_numbered_on(self, frontier_factory: FrontierFactory, clock: ManualClock) -> None:
        async with frontier_factory(clock) as frontier:
            await frontier.open_run(PLAN)
            await next_run(frontier)
            await frontier.close_run("finished")
        async with frontier_factory.reopen(clock) as frontier:
            assert (await frontier.open_run(PLAN)).number == 3

    async def test_two_holders_share_politely(
        self, frontier_factory: FrontierFactory, clock: ManualClock
    ) -> None:
        async with frontier_factory(clock) as one, frontier_factory.reopen(clock) as two:
            await one.open_run(PLAN)
            await one.add([link(f"{n}") for n in range(10)])
            await one.pace(A, Pace(delay_seconds=0, parallel=3))
            claims = await asyncio.gather(*(each.claim(2) for each in (one, two, one, two)))
            leases = [lease for claim in claims for lease in claim.leases]
            assert len({lease.candidate.key for lease in leases}) == len(leases) == 3
            await answer(two, leases[0], found=(link("new"),))
            assert await one.counts() == await two.counts()
            assert len((await one.claim(5)).leases) == 1
            rest = await claim_all(two)
            assert len({lease.candidate.key for lease in [*leases, *rest]}) == 10

    async def test_two_holders_share_one_budget(
        self, frontier_factory: FrontierFactory, clock: ManualClock
    ) -> None:
        async with frontier_factory(clock) as one, frontier_factory.reopen(clock) as two:
            await one.open_run(RunPlan(name="run", max_pages=3))
            await one.add([link(f"{n}", f"{n}.example") for n in range(10)])
            claims = await asyncio.gather(*(each.claim(2) for each in (one, two, one, two)))
            assert sum(len(claim.leases) for claim in claims) == 3
