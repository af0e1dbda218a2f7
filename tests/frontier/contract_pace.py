"""Contract of politeness: however leases are claimed, used, finished and lost, no host is asked too early.

The model stands where the server stands. It sees when each request began and when its answer ended, also
of answers whose finish has not come yet and of holders that died or were too late.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.clock import ManualClock
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.model import Disposition, Finish, Lease, State
from crawler.override import Override
from crawler.standing import Pace
from tests.frontier.contract import A, FrontierFactory, claim_one, finish, link

__all__ = ["TestAnyInterleaving", "TestBeforeItIsMet"]

PACES = [
    Pace(delay_seconds=0, parallel=3),
    Pace(delay_seconds=2, parallel=1),
    Pace(delay_seconds=5, parallel=1),
]
MOVES = (
    "claim",
    "claim",
    "visit",
    "visit",
    "visit",
    "ask",
    "answer",
    "land",
    "refuse",
    "expire",
    "tick",
    "set_pace",
    "die",
    "late",
)
Move = tuple[str, int]
MOVE: st.SearchStrategy[Move] = st.tuples(st.sampled_from(MOVES), st.integers(0, 5))


@dataclass(kw_only=True)
class Use:
    """What the holder of a lease does with it."""

    lease: Lease
    asked: bool = False
    ended_at: float | None = None


@dataclass
class Server:
    """One host as it sees its visitor; `rests_until` counts with the delay that held when a finish came."""

    frontier: Frontier
    clock: ManualClock
    pace: Pace = field(default_factory=lambda: Pace(delay_seconds=0, parallel=1))
    out: list[Use] = field(default_factory=list)
    lost: list[Use] = field(default_factory=list)
    rests_until: float = 0.0

    async def play(self, moves: Sequence[Move]) -> None:
        await self.frontier.open_run(RunPlan(name="run"))
        await self.frontier.add([link(f"{n}") for n in range(100)])
        await self.set_pace(1)
        for name, number in moves:
            await getattr(self, name)(number)

    async def claim(self, number: int) -> None:
        now = self.clock.now()
        for use in [each for each in self.out if each.lease.expires_at <= now]:
            self.lose(use)
        in_flight = len(self.out)
        for lease in (await self.frontier.claim(number)).leases:
            # A request may begin as soon as a lease is given.
            assert now >= self.rests_until, "asked before the rest was over"
            ended = [each.ended_at for each in self.out if each.ended_at is not None]
            delay = self.pace.delay_seconds
            assert all(now >= ended_at + delay for ended_at in ended), "an answer that has not landed yet"
            in_flight += 1
            assert in_flight <= self.pace.parallel, "too many at once"
            self.out.append(Use(lease=lease))

    async def ask(self, number: int) -> None:
        if waiting := [each for each in self.out if not each.asked]:
            waiting[number % len(waiting)].asked = True

    async def answer(self, number: int) -> None:
        if asked := [each for each in self.out if each.asked and each.ended_at is None]:
            asked[number % len(asked)].ended_at = self.clock.now()

    async def land(self, number: int) -> None:
        if ended := [each for each in self.out if each.ended_at is not None]:
            use = ended[number % len(ended)]
            self.out.remove(use)
            await self.finish(use, State.QUEUED if number % 2 else State.DONE)

    async def visit(self, number: int) -> None:
        """All of it, the landing some time after the end of the answer."""
        await self.claim(1)
        await self.ask(number)
        await self.answer(number)
        self.clock.advance(number / 2)
        await self.land(number)

    async def refuse(self, number: int) -> None:
        if unasked := [each for each in self.out if not each.asked]:
            use = unasked[number % len(unasked)]
            self.out.remove(use)
            await self.finish(use, State.QUEUED if number % 2 else State.EXCLUDED)

    async def late(self, number: int) -> None:
        """The finish of a lease that was lost."""
        if self.lost:
            use = self.lost.pop(number % len(self.lost))
            use.ended_at = self.clock.now() if use.ended_at is None and use.asked else use.ended_at
            await self.finish(use, State.DONE)

    async def finish(self, use: Use, state: State) -> None:
        end = Disposition(state=state, answered=use.ended_at is not None, ended_at=use.ended_at or 0.0)
        await self.frontier.finish([Finish(lease=use.lease, disposition=end)])
        if use.ended_at is not None:
            self.rests_until = max(self.rests_until, use.ended_at + self.pace.delay_seconds)

    async def expire(self, number: int) -> None:
        self.clock.advance(600)
        await self.claim(number)

    async def tick(self, number: int) -> None:
        self.clock.advance(number / 2)

    async def set_pace(self, number: int) -> None:
        self.pace = PACES[number % len(PACES)]
        await self.frontier.pace(A, self.pace)

    async def die(self, number: int) -> None:
        if number > 3:
            for use in list(self.out):
                self.lose(use)
            if number == 5:
                await self.frontier.close_run("stopped")
            await self.frontier.open_run(RunPlan(name="run"))
            self.pace = Pace(delay_seconds=self.pace.delay_seconds, parallel=1)

    def lose(self, use: Use) -> None:
        """Nobody knows what its holder did; it may have asked to the last moment."""
        self.out.remove(use)
        self.lost.append(use)
        self.rests_until = max(self.rests_until, self.clock.now() + self.pace.delay_seconds)


class TestBeforeItIsMet:
    """A host that was not paced yet rests as the run says: whoever asked it may have died before pacing it."""

    @pytest.mark.parametrize("overrides", [(), (Override(hosts=A, delay=9.0),)])
    async def test_it_rests_as_the_plan_says(
        self, frontier: Frontier, clock: ManualClock, overrides: tuple[Override, ...]
    ) -> None:
        plan = RunPlan(name="run", delay_seconds=3, overrides=overrides)
        delay = 9.0 if overrides else 3.0
        await frontier.open_run(plan)
        await frontier.add([link(f"{n}") for n in range(5)])
        await claim_one(frontier)
        await frontier.open_run(plan)
        assert (await frontier.claim(1)).ready_at == clock.now() + delay
        clock.advance(delay)
        lease = await claim_one(frontier)
        clock.advance(600)
        assert (await frontier.claim(1)).ready_at == clock.now() + delay
        await frontier.pace(A, Pace(delay_seconds=0, parallel=1))
        clock.advance(delay)
        lease = await claim_one(frontier)
        await finish(frontier, lease, answered=True, ended_at=clock.now())
        assert await claim_one(frontier)

    async def test_one_that_was_paced_in_an_earlier_run_too(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.open_run(RunPlan(name="run"))
        await frontier.add([link(f"{n}") for n in range(5)])
        await frontier.pace(A, Pace(delay_seconds=0, parallel=1))
        await frontier.close_run("finished")
        plan = RunPlan(name="next", delay_seconds=3)
        await frontier.open_run(plan)
        await claim_one(frontier)
        await frontier.open_run(plan)
        assert (await frontier.claim(1)).ready_at == clock.now() + 3


class TestAnyInterleaving:
    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(moves=st.lists(MOVE, min_size=20, max_size=40))
    def test_no_host_is_asked_too_early(
        self, frontier_factory: FrontierFactory, moves: Sequence[Move]
    ) -> None:
        async def play() -> None:
            clock = ManualClock()
            with TemporaryDirectory(dir=frontier_factory.folder) as folder:
                async with frontier_factory.open_at(Path(folder), clock) as frontier:
                    await Server(frontier, clock).play(moves)

        asyncio.run(play())
