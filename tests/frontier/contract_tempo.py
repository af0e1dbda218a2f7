"""Contract of a host's tempo: the row remembers how the host answers; the rules are in `crawler.tempo`."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.clock import ManualClock
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.model import Disposition, Finish, State
from crawler.standing import HostState, Pace
from tests.frontier.contract import A, B, claim_one, finish, link

__all__ = ["TestBreaker", "TestTempo"]

ADAPTS = Pace(delay_seconds=0.25, parallel=1, adapts=True)
FREE = Pace(delay_seconds=0, parallel=4, spare=8)


async def host_a(frontier: Frontier) -> HostState:
    return next(host for host in await frontier.hosts() if host.host == A)


async def visit(frontier: Frontier, clock: ManualClock, state: State = State.DONE, **what: Any) -> None:
    """Wait for the host, ask it, finish."""
    if (claim := await frontier.claim(1)).leases:
        (lease,) = claim.leases
    else:
        assert claim.ready_at is not None
        clock.advance(claim.ready_at - clock.now())
        lease = await claim_one(frontier)
    await finish(frontier, lease, state, answered=True, ended_at=clock.now(), **what)


async def fall_silent(frontier: Frontier, clock: ManualClock, times: int) -> None:
    for _ in range(times):
        await visit(frontier, clock, State.FAILED, reason="connect: refused")


class TestTempo:
    async def test_the_delay_follows_the_latency(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([link(f"{n}") for n in range(9)])
        await frontier.pace(A, ADAPTS)
        await visit(frontier, clock, status=200, latency_seconds=3.0)
        host = await host_a(frontier)
        assert (host.pace, host.delay_seconds, host.latency_seconds) == (ADAPTS, 3.0, 3.0)
        assert host.ready_at == clock.now() + 3

    async def test_trouble_doubles_it(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([link(f"{n}") for n in range(9)])
        await frontier.pace(A, ADAPTS)
        for delay in (0.5, 1, 2):
            await visit(frontier, clock, State.QUEUED, status=503, latency_seconds=0.1, reason="http_503")
            assert (await host_a(frontier)).ready_at == clock.now() + delay

    async def test_it_is_felt_lease_by_lease_in_one_finish(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.add([link(f"{n}") for n in range(3)])
        await frontier.pace(A, FREE)
        leases = (await frontier.claim(3)).leases
        await frontier.pace(A, ADAPTS)
        end = Disposition(state=State.DONE, status=503, answered=True, ended_at=clock.now())
        await frontier.finish([Finish(lease=lease, disposition=end) for lease in leases])
        assert (await host_a(frontier)).delay_seconds == 2.0

    @pytest.mark.parametrize("outcome", ["stopped", "finished"])
    async def test_it_is_remembered_by_the_next_run(
        self, frontier: Frontier, clock: ManualClock, outcome: str
    ) -> None:
        await frontier.add([link(f"{n}") for n in range(9)])
        await frontier.pace(A, ADAPTS)
        await visit(frontier, clock, status=200, latency_seconds=3.0)
        await frontier.close_run(outcome)
        await frontier.open_run(RunPlan(name="next"))
        await frontier.pace(A, ADAPTS)
        assert (await host_a(frontier)).delay_seconds == 3.0

    async def test_a_pace_that_does_not_adapt_stays(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([link(f"{n}") for n in range(9)])
        told = Pace(delay_seconds=1, parallel=1)
        await frontier.pace(A, told)
        await visit(frontier, clock, status=503, latency_seconds=3.0)
        assert (await host_a(frontier)).ready_at == clock.now() + 1

    async def test_spare_leases_are_given_too(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}") for n in range(20)])
        await frontier.pace(A, FREE)
        assert len((await frontier.claim(20)).leases) == 12
        assert (await host_a(frontier)).pace == FREE


class TestBreaker:
    async def test_a_silent_host_rests_longer_each_time_and_is_asked_by_one(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.add([link(f"{n}") for n in range(20)])
        await frontier.pace(A, FREE)
        for rest in (1, 2, 4, 8, 16):
            await fall_silent(frontier, clock, 1)
            assert (await frontier.claim(9)).ready_at == clock.now() + rest
            clock.advance(rest)

    async def test_once_it_is_down_the_rest_is_given_to_be_failed(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.add([link(f"{n}") for n in range(40)])
        await frontier.pace(A, FREE)
        await fall_silent(frontier, clock, 6)
        assert (await host_a(frontier)).down == "connect: refused"
        leases = (await frontier.claim(100)).leases
        assert len(leases) == 34
        assert {lease.host_down for lease in leases} == {"connect: refused"}

    async def test_another_host_is_not_down(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([link(f"{n}") for n in range(6)])
        await frontier.pace(A, FREE)
        await fall_silent(frontier, clock, 6)
        await frontier.add([link("b", B)])
        assert (await claim_one(frontier)).host_down == ""

    async def test_an_answer_after_all_raises_it(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([link(f"{n}") for n in range(40)])
        await frontier.pace(A, FREE)
        leases = (await frontier.claim(7)).leases
        for lease in leases[:6]:
            await finish(frontier, lease, State.FAILED, reason="connect", answered=True, ended_at=clock.now())
            clock.advance(100)
        assert (await host_a(frontier)).down
        await finish(frontier, leases[6], status=200, answered=True, ended_at=clock.now())
        assert (await host_a(frontier)).down == ""
        given = (await frontier.claim(100)).leases
        assert {lease.host_down for lease in given} == {""}
        assert len(given) == 12

    @pytest.mark.parametrize("outcome", ["stopped", "finished"])
    async def test_the_next_run_gives_it_another_chance(
        self, frontier: Frontier, clock: ManualClock, outcome: str
    ) -> None:
        await frontier.add([link(f"{n}") for n in range(20)])
        await frontier.pace(A, FREE)
        await fall_silent(frontier, clock, 6)
        await frontier.close_run(outcome)
        await frontier.open_run(RunPlan(name="next"))
        assert (await host_a(frontier)).down == ""
        clock.advance(100)
        lease = await claim_one(frontier)
        assert lease.host_down == ""
        assert not (await frontier.claim(1)).leases
        await finish(frontier, lease, State.FAILED, reason="connect", answered=True, ended_at=clock.now())
        await fall_silent(frontier, clock, 2)
        assert (await host_a(frontier)).down
