"""What is true of the frontier in memory alone; the rest is the contract."""

from __future__ import annotations

import pytest

from crawler.clock import ManualClock
from crawler.frontier.memory import MemoryFrontier
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.model import State
from tests.frontier.contract import claim_one, finish, seed


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


async def test_it_is_a_frontier(clock: ManualClock) -> None:
    frontier: Frontier = MemoryFrontier(clock)
    assert (await frontier.counts()).known == 0


@pytest.mark.parametrize("lease_seconds", [1.0, 30.0])
async def test_the_length_of_a_lease(clock: ManualClock, lease_seconds: float) -> None:
    frontier = MemoryFrontier(clock, lease_seconds)
    await frontier.open_run(RunPlan(name="run"))
    await frontier.add([seed()])
    assert (await claim_one(frontier)).expires_at == clock.now() + lease_seconds
    clock.advance(lease_seconds)
    lease = await claim_one(frontier)
    assert lease.attempt == 2
    clock.advance(lease_seconds - 0.5)
    await frontier.renew([lease])
    clock.advance(lease_seconds - 0.5)
    assert not (await frontier.claim(1)).leases


async def test_two_frontiers_share_nothing(clock: ManualClock) -> None:
    one, two = MemoryFrontier(clock), MemoryFrontier(clock)
    await one.open_run(RunPlan(name="run"))
    await one.add([seed()])
    assert (await two.counts()).known == 0
    assert await two.runs() == []


async def test_a_move_past_the_state_table_is_a_bug(clock: ManualClock) -> None:
    frontier = MemoryFrontier(clock)
    await frontier.open_run(RunPlan(name="run"))
    await frontier.add([seed()])
    with pytest.raises(AssertionError, match="claimed -> claimed"):
        await finish(frontier, await claim_one(frontier), State.CLAIMED)
