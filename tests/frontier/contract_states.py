"""Walk the whole state table of a frontier: every state by every operation, each with what must come of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from crawler.clock import ManualClock
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.frontier.states import allows
from crawler.model import Lease, State
from crawler.standing import RobotsCopy
from tests.frontier.contract import (
    A,
    answer,
    capture,
    claim_one,
    entry_of,
    finish,
    key_of,
    link,
    requisite,
    seed,
)

__all__ = ["TestStateTable"]

# Across: how the URL stands. `page` is done with a page of this run, `file` with something else; `healing` failed in a
# way that another answer may follow. In a cell: the state after the operation; `stored`: queued, to be read
# again without being fetched; `due`: queued behind what was never fetched; `gone`: forgotten.
TABLE = """
                    queued   claimed  page     file     failed   healing  excluded
nothing             queued   claimed  page     file     failed   healing  excluded
add_again           queued   claimed  page     file     failed   healing  excluded
add_nearer          queued   claimed  stored   file     failed   healing  excluded
add_as_seed         queued   claimed  stored   file     failed   healing  excluded
add_as_requisite    queued   claimed  page     file     failed   healing  excluded
claim               claimed  claimed  page     file     failed   healing  excluded
finish_done         queued   file     page     file     failed   healing  excluded
finish_page         queued   page     page     file     failed   healing  excluded
finish_failed       queued   failed   page     file     failed   healing  excluded
finish_excluded     queued   excluded page     file     failed   healing  excluded
finish_queued       queued   queued   page     file     failed   healing  excluded
found_nearer        queued   stored   stored   file     failed   healing  excluded
renew               queued   claimed  page     file     failed   healing  excluded
expire              queued   queued   page     file     failed   healing  excluded
release             queued   queued   page     file     failed   healing  excluded
pace                queued   claimed  page     file     failed   healing  excluded
keep_robots         queued   claimed  page     file     failed   healing  excluded
settle              queued   claimed  page     file     failed   healing  excluded
abandon_unsettled   queued   claimed  page     file     failed   healing  excluded
close_stopped       queued   queued   page     file     failed   healing  excluded
close_finished      queued   queued   page     file     failed   healing  excluded
open_again          queued   queued   page     file     failed   healing  excluded
stop_and_go_on      queued   queued   page     file     failed   healing  excluded
other_options       queued   queued   stored   file     failed   healing  queued
next_run            queued   queued   due      due      due      queued   due
open_fresh          gone     gone     page     file     gone     gone     gone
"""
_, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
STANDINGS = TABLE.split("\n")[1].split()
CELLS = [(standing, row[0], row[1 + place]) for row in ROWS for place, standing in enumerate(STANDINGS)]
STATES = {
    "queued": State.QUEUED,
    "stored": State.QUEUED,
    "due": State.QUEUED,
    "claimed": State.CLAIMED,
    "page": State.DONE,
    "file": State.DONE,
    "failed": State.FAILED,
    "healing": State.FAILED,
    "excluded": State.EXCLUDED,
}
PLAN = RunPlan(name="run", max_depth=9)


@dataclass
class Scene:
    """A frontier that knows one URL, and the last lease of it."""

    frontier: Frontier
    clock: ManualClock
    lease: Lease

    async def nothing(self) -> None:
        pass

    async def add_again(self) -> None:
        assert await self.frontier.add([link("x", depth=3), link("x", depth=4)]) == 0

    async def add_nearer(self) -> None:
        assert await self.frontier.add([link("x", depth=2)]) == 0
        assert (await entry_of(self.frontier, "x")).candidate.depth == 2

    async def add_as_seed(self) -> None:
        assert await self.frontier.add([seed("x")]) == 0
        assert (await entry_of(self.frontier, "x")).candidate.is_seed

    async def add_as_requisite(self) -> None:
        assert await self.frontier.add([requisite("x", depth=3)]) == 0

    async def claim(self) -> None:
        is_queued = (await entry_of(self.frontier, "x")).state is State.QUEUED
        leases = (await self.frontier.claim(5)).leases
        assert [lease.candidate.key for lease in leases] == [key_of("x")] * is_queued
        assert all(lease.token != self.lease.token for lease in leases)

    async def finish_done(self) -> None:
        await finish(self.frontier, self.lease, capture=capture("x", media_type="image/png"))

    async def finish_page(self) -> None:
        await answer(self.frontier, self.lease)

    async def finish_failed(self) -> None:
        await finish(self.frontier, self.lease, State.FAILED, reason="http_404")

    async def finish_excluded(self) -> None:
        await finish(self.frontier, self.lease, State.EXCLUDED, reason="robots")

    async def finish_queued(self) -> None:
        await finish(self.frontier, self.lease, State.QUEUED, reason="timeout")

    async def found_nearer(self) -> None:
        """By the very page whose lease is closed."""
        await answer(self.frontier, self.lease, found=(link("x", depth=1),))

    async def renew(self) -> None:
        await self.frontier.renew([self.lease])

    async def expire(self) -> None:
        self.clock.advance(600)
        await self.frontier.claim(0)

    async def release(self) -> None:
        is_claimed = (await entry_of(self.frontier, "x")).state is State.CLAIMED
        assert await self.frontier.release(1) == 0
        assert await self.frontier.release(0) == is_claimed

    async def pace(self) -> None:
        await self.frontier.pace(A, (await self.frontier.hosts())[0].pace)

    async def keep_robots(self) -> None:
        await self.frontier.keep_robots(RobotsCopy(origin=f"http://{A}", fetched_at=1.0, status=200))

    async def settle(self) -> None:
        await self.frontier.settle([(key_of("x"), b"1234")])
        await self.frontier.settled()

    async def abandon_unsettled(self) -> None:
        is_queued = (await entry_of(self.frontier, "x")).state is State.QUEUED
        assert await self.frontier.abandon_unsettled() == is_queued

    async def close_stopped(self) -> None:
        await self.frontier.close_run("stopped")

    async def close_finished(self) -> None:
        await self.frontier.close_run("finished")

    async def open_again(self) -> None:
        assert (await self.frontier.open_run(PLAN)).is_continued

    async def stop_and_go_on(self) -> None:
        await self.frontier.close_run("stopped")
        assert (await self.frontier.open_run(PLAN)).is_continued

    async def other_options(self) -> None:
        run = await self.frontier.open_run(RunPlan(name="run", max_depth=9, options='{"x": 1}'))
        assert run.is_continued

    async def next_run(self) -> None:
        await self.frontier.close_run("finished")
        assert not (await self.frontier.open_run(PLAN)).is_continued

    async def open_fresh(self) -> None:
        run = await self.frontier.open_run(RunPlan(name="run", max_depth=9, fresh=True))
        assert not run.is_continued


async def stand(frontier: Frontier, clock: ManualClock, standing: str) -> Scene:
    """Bring the one URL to where the table begins; that costs a lease, which may be an old one by then."""
    await frontier.open_run(PLAN)
    await frontier.add([link("x", depth=3)])
    scene = Scene(frontier, clock, await claim_one(frontier))
    ends: dict[str, Callable[[], Awaitable[None]]] = {
        "queued": scene.finish_queued,
        "page": scene.finish_page,
        "file": scene.finish_done,
        "failed": scene.finish_failed,
        "healing": lambda: finish(frontier, scene.lease, State.FAILED, reason="connect: refused"),
        "excluded": scene.finish_excluded,
    }
    if standing in ends:
        await ends[standing]()
    return scene


class TestStateTable:
    @pytest.mark.parametrize(("standing", "operation", "expected"), CELLS)
    async def test_every_state_by_every_operation(
        self, frontier: Frontier, clock: ManualClock, standing: str, operation: str, expected: str
    ) -> None:
        scene = await stand(frontier, clock, standing)
        await getattr(scene, operation)()
        entry = await frontier.entry(key_of("x"))
        counts = await frontier.counts()
        if expected == "gone":
            assert entry is None
            assert counts.known == 0
            return
        assert entry is not None
        assert entry.state is STATES[expected]
        assert (counts.known, getattr(counts, entry.state)) == (1, 1)
        (host,) = await frontier.hosts()
        assert getattr(host, entry.state) == 1
        assert [each async for each in frontier.entries(entry.state)] == [entry]
        await self._holds_its_place(frontier, clock, expected)

    async def _holds_its_place(self, frontier: Frontier, clock: ManualClock, expected: str) -> None:
        """Of what is queued: how it is given, and whether it goes before or behind a new URL."""
        clock.advance(60)
        await frontier.add([link("new", depth=3)])
        given: list[Lease] = []
        while leases := (await frontier.claim(1)).leases:
            given += leases
            await finish(frontier, leases[0], State.FAILED)
        places = {lease.candidate.url[-1]: (place, lease) for place, lease in enumerate(given)}
        assert "w" in places or expected == "claimed"
        if STATES[expected] is not State.QUEUED:
            assert "x" not in places
            return
        place, lease = places["x"]
        assert lease.is_stored == (expected == "stored")
        assert place == (1 if expected == "due" else 0)

    def test_the_table_holds_every_move_there_is_and_no_other(self) -> None:
        moves = {
            (STATES[standing], STATES[expected]) for standing, _, expected in CELLS if expected != "gone"
        }
        moves = {(before, after) for before, after in moves if before is not after}
        assert moves == {(before, after) for before in State for after in State if allows(before, after)}

    def test_every_operation_stands_in_the_table(self) -> None:
        operations = {
            name for name, what in vars(Scene).items() if callable(what) and not name.startswith("_")
        }
        assert operations == {row[0] for row in ROWS}
