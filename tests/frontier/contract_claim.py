"""Contract of `Frontier.claim`, `renew` and `pace`."""

from __future__ import annotations

import asyncio

import pytest

from crawler.clock import ManualClock
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.model import State
from crawler.standing import Pace
from tests.frontier.contract import (
    A,
    B,
    answer,
    capture,
    claim_all,
    claim_one,
    do,
    entry_of,
    finish,
    link,
    next_run,
    nothing_given,
    paths_of,
    requisite,
    seed,
)

C = "c.example"
FREE = Pace(delay_seconds=0, parallel=1000)


class TestClaim:
    async def test_an_empty_frontier_has_nothing_to_wait_for(self, frontier: Frontier) -> None:
        assert await nothing_given(frontier, 5) is None

    async def test_a_claimed_url_is_claimed(self, frontier: Frontier) -> None:
        await frontier.add([seed()])
        lease = await claim_one(frontier)
        assert lease.candidate == seed()
        assert (await entry_of(frontier, "")).state is State.CLAIMED
        assert (await frontier.counts()).claimed == 1

    async def test_the_limit_holds(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}") for n in range(10)])
        await frontier.pace(A, FREE)
        assert len((await frontier.claim(3)).leases) == 3
        assert len((await frontier.claim(0)).leases) == 0
        assert len((await frontier.claim(100)).leases) == 7

    async def test_no_url_is_given_to_two(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}", host) for n in range(50) for host in (A, B)])
        for host in (A, B):
            await frontier.pace(host, FREE)
        claims = await asyncio.gather(*(frontier.claim(7) for _ in range(20)))
        given = [lease.candidate.key for claim in claims for lease in claim.leases]
        assert len(given) == 100
        assert len(set(given)) == 100

    async def test_when_all_are_taken_there_is_nothing_to_wait_for(self, frontier: Frontier) -> None:
        await frontier.add([seed()])
        await claim_one(frontier)
        assert await nothing_given(frontier) is None

    async def test_a_host_at_its_limit_is_not_ready_now(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([link("a"), link("b")])
        await claim_one(frontier)
        claim = await frontier.claim(1)
        assert not claim.leases
        assert claim.ready_at is None or claim.ready_at > clock.now()

    async def test_ready_at_is_the_first_instant(self, frontier: Frontier, clock: ManualClock) -> None:
        now = clock.now()
        for host, wait in ((A, 30), (B, 20)):
            await do(frontier, link("a", host), State.QUEUED, retry_at=now + wait)
        await frontier.add([link("c", C)])
        await finish(frontier, await claim_one(frontier), host_ready_at=now + 10)
        assert (await frontier.claim(1)).ready_at == now + 20
        await frontier.add([link("d", C)])
        assert (await frontier.claim(1)).ready_at == now + 10

    @pytest.mark.parametrize(("url_wait", "host_wait"), [(5, 9), (9, 5)])
    async def test_ready_at_needs_url_and_host(
        self, frontier: Frontier, clock: ManualClock, url_wait: float, host_wait: float
    ) -> None:
        now = clock.now()
        wait = {"retry_at": now + url_wait, "host_ready_at": now + host_wait}
        await do(frontier, link("a"), State.QUEUED, **wait)
        assert await nothing_given(frontier) == now + 9
        clock.advance(8.5)
        assert await nothing_given(frontier) == now + 9
        clock.advance(0.5)
        assert (await frontier.claim(1)).leases

    async def test_a_url_waits_for_its_retry(self, frontier: Frontier, clock: ManualClock) -> None:
        await do(frontier, link("a"), State.QUEUED, retry_at=clock.now() + 10)
        clock.advance(9.5)
        assert not (await frontier.claim(1)).leases
        clock.advance(0.5)
        assert (await claim_one(frontier)).attempt == 2

    async def test_a_waiting_url_holds_nobody_up(self, frontier: Frontier, clock: ManualClock) -> None:
        await do(frontier, requisite("a"), State.QUEUED, retry_at=clock.now() + 10)
        await frontier.add([link("b")])
        assert paths_of([await claim_one(frontier)]) == ["b"]

    async def test_what_one_host_has_not_another_gives(self, frontier: Frontier) -> None:
        await frontier.add([*(link(f"{n}") for n in range(9)), link("0", B), link("0", C)])
        for host in (A, B, C):
            await frontier.pace(host, FREE)
        assert len((await frontier.claim(8)).leases) == 8

    async def test_hosts_that_wait_hide_no_other(self, frontier: Frontier, clock: ManualClock) -> None:
        for n in range(5):
            await do(frontier, link("a", f"{n}.example"), State.QUEUED, retry_at=clock.now() + 9)
        clock.advance(1)
        await frontier.add([link("b", C)])
        assert paths_of([await claim_one(frontier)]) == ["b"]


class TestPace:
    async def test_an_unpaced_host_gives_one_at_a_time(self, frontier: Frontier) -> None:
        await frontier.add([link("a"), link("b")])
        assert len((await frontier.claim(5)).leases) == 1
        assert not (await frontier.claim(5)).leases

    async def test_finishing_gives_way_to_the_next(self, frontier: Frontier) -> None:
        await frontier.add([link("a"), link("b")])
        await finish(frontier, await claim_one(frontier))
        assert paths_of([await claim_one(frontier)]) == ["b"]

    async def test_a_host_gives_as_many_as_it_stands(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}") for n in range(10)])
        await frontier.pace(A, Pace(delay_seconds=0, parallel=3))
        leases = (await frontier.claim(5)).leases
        assert len(leases) == 3
        await finish(frontier, leases[1])
        assert len((await frontier.claim(5)).leases) == 1

    async def test_with_a_delay_one_at_a_time(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([link(f"{n}") for n in range(5)])
        await frontier.pace(A, Pace(delay_seconds=2, parallel=1))
        assert len((await frontier.claim(5)).leases) == 1
        clock.advance(100)
        assert await nothing_given(frontier, 5) is None

    async def test_the_delay_counts_from_the_end_of_the_answer(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.add([link("a"), link("b")])
        await frontier.pace(A, Pace(delay_seconds=2, parallel=1))
        lease = await claim_one(frontier)
        clock.advance(100)
        ended_at = clock.now()
        clock.advance(0.5)
        await finish(frontier, lease, answered=True, ended_at=ended_at)
        clock.advance(1)
        assert await nothing_given(frontier) == ended_at + 2
        clock.advance(0.5)
        assert (await frontier.claim(1)).leases

    async def test_a_host_that_was_not_asked_is_ready(self, frontier: Frontier) -> None:
        await frontier.add([link("a"), link("b")])
        await frontier.pace(A, Pace(delay_seconds=2, parallel=1))
        await finish(frontier, await claim_one(frontier), State.EXCLUDED)
        assert (await frontier.claim(1)).leases

    @pytest.mark.parametrize("state", [State.EXCLUDED, State.QUEUED])
    async def test_what_was_not_asked_shortens_no_rest(
        self, frontier: Frontier, clock: ManualClock, state: State
    ) -> None:
        await frontier.add([link("a"), link("b"), link("c")])
        await frontier.pace(A, Pace(delay_seconds=0, parallel=2))
        first, second = (await frontier.claim(2)).leases
        await frontier.pace(A, Pace(delay_seconds=2, parallel=1))
        await finish(frontier, first, answered=True, ended_at=clock.now())
        await finish(frontier, second, state)
        assert await nothing_given(frontier) == clock.now() + 2

    async def test_a_lost_lease_may_have_been_used_to_its_end(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.add([link("a"), link("b")])
        await frontier.pace(A, Pace(delay_seconds=2, parallel=1))
        await claim_one(frontier)
        clock.advance(700)
        assert await nothing_given(frontier) == clock.now() + 2

    @pytest.mark.parametrize("outcome", [None, "stopped", "finished"])
    async def test_so_may_the_lease_of_a_dead_process(
        self, frontier: Frontier, clock: ManualClock, outcome: str | None
    ) -> None:
        await frontier.add([link("a"), link("b")])
        await frontier.pace(A, Pace(delay_seconds=2, parallel=1))
        await claim_one(frontier)
        clock.advance(5)
        if outcome is not None:
            await frontier.close_run(outcome)
        await frontier.open_run(RunPlan(name="again"))
        assert await nothing_given(frontier) == clock.now() + 2

    async def test_an_answer_that_comes_too_late_is_rested_from(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.add([link("a"), link("b")])
        await frontier.pace(A, Pace(delay_seconds=2, parallel=1))
        lost = await claim_one(frontier)
        clock.advance(600)
        assert not (await frontier.claim(1)).leases
        clock.advance(1)
        await finish(frontier, lost, answered=True, ended_at=clock.now())
        assert await nothing_given(frontier) == clock.now() + 2

    def test_with_a_delay_there_are_no_two_at_once(self) -> None:
        with pytest.raises(ValueError, match="2 leases at once"):
            Pace(delay_seconds=0.1, parallel=2)

    async def test_trouble_leaves_the_host_alone(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([link("a"), link("b"), link("c", B)])
        await frontier.pace(A, Pace(delay_seconds=2, parallel=1))
        lease = await claim_one(frontier)
        until = clock.now() + 60
        await finish(frontier, lease, State.FAILED, answered=True, ended_at=clock.now(), host_ready_at=until)
        assert paths_of((await frontier.claim(5)).leases) == ["c"]
        clock.advance(59.5)
        assert not (await frontier.claim(1)).leases
        clock.advance(0.5)
        assert (await frontier.claim(1)).leases

    async def test_an_easier_answer_does_not_shorten_the_pause(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.add([link("a"), link("b"), link("c")])
        await frontier.pace(A, Pace(delay_seconds=0, parallel=2))
        first, second = (await frontier.claim(2)).leases
        await finish(frontier, first, State.FAILED, host_ready_at=clock.now() + 60)
        await finish(frontier, second, answered=True, ended_at=clock.now())
        clock.advance(59)
        assert not (await frontier.claim(1)).leases

    async def test_a_pace_holds_from_now_on(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}") for n in range(10)])
        await frontier.pace(A, Pace(delay_seconds=0, parallel=4))
        first = (await frontier.claim(10)).leases
        await frontier.pace(A, Pace(delay_seconds=0, parallel=2))
        await finish(frontier, first[0])
        await finish(frontier, first[1])
        assert not (await frontier.claim(10)).leases
        await finish(frontier, first[2])
        assert len((await frontier.claim(10)).leases) == 1

    async def test_a_host_can_be_paced_before_it_is_met(self, frontier: Frontier) -> None:
        await frontier.pace(A, Pace(delay_seconds=0, parallel=3))
        await frontier.add([link(f"{n}") for n in range(5)])
        assert len((await frontier.claim(5)).leases) == 3

    async def test_one_host_does_not_wait_for_another(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([link("a"), link("b", B)])
        await frontier.pace(A, Pace(delay_seconds=1000, parallel=1))
        await finish(frontier, await claim_one(frontier), answered=True, ended_at=clock.now())
        await frontier.add([link("a2")])
        assert paths_of((await frontier.claim(5)).leases) == ["b"]

    async def test_a_pause_outlives_the_run(self, frontier: Frontier, clock: ManualClock) -> None:
        await do(frontier, link("a"), host_ready_at=clock.now() + 60)
        await next_run(frontier)
        assert not (await frontier.claim(1)).leases
        clock.advance(60)
        assert (await frontier.claim(1)).leases

    @pytest.mark.parametrize("outcome", ["stopped", "finished"])
    async def test_the_delay_outlives_the_run_but_one_at_a_time(
        self, frontier: Frontier, clock: ManualClock, outcome: str
    ) -> None:
        await frontier.add([link(f"{n}") for n in range(9)])
        await frontier.pace(A, Pace(delay_seconds=7, parallel=1))
        lease = await claim_one(frontier)
        await finish(frontier, lease, answered=True, ended_at=clock.now())
        await frontier.close_run(outcome)
        await frontier.open_run(RunPlan(name="again"))
        assert (await frontier.hosts())[0].pace == Pace(delay_seconds=7, parallel=1)
        assert await nothing_given(frontier) == clock.now() + 7

    @pytest.mark.parametrize("outcome", ["stopped", "finished"])
    async def test_a_new_pace_holds_from_the_first_answer_of_a_run(
        self, frontier: Frontier, clock: ManualClock, outcome: str
    ) -> None:
        await frontier.add([link(f"{n}") for n in range(9)])
        await frontier.pace(A, Pace(delay_seconds=7, parallel=1))
        await frontier.close_run(outcome)
        await frontier.open_run(RunPlan(name="again"))
        lease = await claim_one(frontier)
        await frontier.pace(A, Pace(delay_seconds=1, parallel=1))
        await finish(frontier, lease, answered=True, ended_at=clock.now())
        assert await nothing_given(frontier) == clock.now() + 1

    @pytest.mark.parametrize("outcome", ["stopped", "finished"])
    async def test_in_each_run_a_host_is_met_one_at_a_time(self, frontier: Frontier, outcome: str) -> None:
        await frontier.add([link(f"{n}") for n in range(9)])
        await frontier.pace(A, FREE)
        await frontier.close_run(outcome)
        await frontier.open_run(RunPlan(name="again"))
        assert len((await frontier.claim(5)).leases) == 1
        await frontier.pace(A, FREE)
        assert len((await frontier.claim(5)).leases) == 5


class TestOrder:
    async def test_never_fetched_by_depth_then_age(self, frontier: Frontier) -> None:
        await frontier.add([link("2a", depth=2), link("1a"), seed("0"), link("2b", depth=2), link("1b")])
        assert paths_of(await claim_all(frontier)) == ["0", "1a", "1b", "2a", "2b"]

    async def test_a_shorter_path_is_nearer_in_the_queue(self, frontier: Frontier) -> None:
        await frontier.add([link("a", depth=2), link("b", depth=3), link("b", depth=1)])
        assert paths_of(await claim_all(frontier)) == ["b", "a"]

    async def test_requisites_come_first(self, frontier: Frontier) -> None:
        await frontier.add([seed(), link("a"), requisite("deep", depth=9), requisite("flat")])
        assert set(paths_of((await claim_all(frontier))[:2])) == {"deep", "flat"}

    async def test_due_ones_come_last_oldest_first(self, frontier: Frontier, clock: ManualClock) -> None:
        for path in ("x", "y", "z"):
            clock.advance(10)
            await do(frontier, link(path), ended_at=clock.now())
        await next_run(frontier)
        await frontier.add([link("new", depth=7), requisite("req", depth=7)])
        for path in ("req", "new", "x"):
            clock.advance(10)
            lease = await claim_one(frontier)
            assert paths_of([lease]) == [path]
            await finish(frontier, lease, ended_at=clock.now())
        await next_run(frontier)
        assert paths_of(await claim_all(frontier)) == ["y", "z", "req", "new", "x"]

    async def test_what_may_heal_comes_before_what_is_due(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        for path in ("x", "y"):
            await do(frontier, link(path))
        await next_run(frontier)
        reasons = ["timeout: no answer", "http_404", "http_503", "tls: expired", "host_down: connect", "dns"]
        for number, reason in enumerate(reasons):
            clock.advance(10)
            await do(frontier, requisite(f"{number}", depth=number), State.FAILED, reason=reason)
        clock.advance(10)
        await do(frontier, link("z", depth=9), State.FAILED, reason="connect")
        await next_run(frontier)
        await frontier.add([link("new", depth=8)])
        given = paths_of(await claim_all(frontier))
        assert given == ["0", "2", "4", "5", "new", "z", "x", "y", "1", "3"]

    async def test_a_due_one_that_is_tried_again_goes_behind(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        for path in ("x", "y"):
            clock.advance(10)
            await do(frontier, link(path))
        await next_run(frontier)
        clock.advance(10)
        await finish(frontier, await claim_one(frontier), State.QUEUED)
        assert paths_of(await claim_all(frontier)) == ["y", "x"]

    async def test_a_requisite_keeps_its_place_when_tried_again(self, frontier: Frontier) -> None:
        await do(frontier, requisite("x"), State.QUEUED)
        await frontier.add([seed()])
        assert paths_of(await claim_all(frontier)) == ["x", ""]

    async def test_hosts_take_turns(self, frontier: Frontier) -> None:
        hosts = (A, B, C)
        await frontier.add([link(f"{n}", host) for host in hosts for n in range(10)])
        for host in hosts:
            await frontier.pace(host, FREE)
        leases = (await frontier.claim(6)).leases
        given = [lease.candidate.host for lease in leases]
        assert sorted(given[:3]) == sorted(given[3:]) == [A, B, C]

    async def test_the_host_that_waited_longest_is_next(self, frontier: Frontier, clock: ManualClock) -> None:
        hosts = (A, B, C)
        await frontier.add([link(f"{n}", host) for host in hosts for n in range(10)])
        given = []
        for _ in range(6):
            lease = await claim_one(frontier)
            given.append(lease.candidate.host)
            clock.advance(1)
            await finish(frontier, lease, answered=True, ended_at=clock.now())
        assert sorted(given[:3]) == [A, B, C]
        assert given[:3] == given[3:]


class TestLease:
    async def test_a_first_lease(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([seed()])
        lease = await claim_one(frontier)
        assert lease.attempt == 1
        assert lease.expires_at == clock.now() + 600
        assert lease.capture is None
        assert lease.redirect_to is None
        assert not lease.holds_page_slot
        assert not lease.is_stored
        assert not lease.is_surprise

    async def test_it_brings_the_good_capture(self, frontier: Frontier) -> None:
        kept = capture("a", etag='"1"', last_modified="yesterday")
        await do(frontier, link("a"), capture=kept)
        await next_run(frontier)
        assert (await claim_one(frontier)).capture == kept

    async def test_it_tells_where_it_led(self, frontier: Frontier) -> None:
        moved = capture("a", status=301, redirect_to="http://b.example/")
        await do(frontier, link("a"), capture=moved, is_surprise=True)
        await next_run(frontier)
        lease = await claim_one(frontier)
        assert lease.redirect_to == "http://b.example/"
        assert lease.is_surprise
        await answer(frontier, lease)
        await next_run(frontier)
        assert (await claim_one(frontier)).redirect_to is None

    async def test_an_expired_lease_is_queued_again(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([seed()])
        first = await claim_one(frontier)
        clock.advance(599.5)
        assert not (await frontier.claim(1)).leases
        clock.advance(0.5)
        second = await claim_one(frontier)
        assert second.candidate == first.candidate
        assert second.token != first.token
        assert second.attempt == 2

    async def test_expired_leases_are_queued_before_others_are_given(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.add([link("a"), link("b")])
        await claim_one(frontier)
        clock.advance(600)
        assert paths_of([await claim_one(frontier)]) == ["a"]

    async def test_an_expired_lease_gives_the_host_back(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([link("a"), link("b")])
        await frontier.pace(A, Pace(delay_seconds=0, parallel=2))
        await frontier.claim(2)
        clock.advance(600)
        assert len((await frontier.claim(2)).leases) == 2
        assert (await frontier.hosts())[0].claimed == 2

    async def test_renewing_gives_the_full_time_again(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([seed()])
        lease = await claim_one(frontier)
        clock.advance(500)
        assert await frontier.renew([lease]) == []
        clock.advance(599)
        assert not (await frontier.claim(1)).leases
        await answer(frontier, lease)
        assert (await entry_of(frontier, "")).state is State.DONE

    async def test_an_old_lease_renews_nothing(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([seed()])
        old = await claim_one(frontier)
        clock.advance(600)
        await claim_one(frontier)
        clock.advance(599)
        assert await frontier.renew([old]) == [old]
        clock.advance(1)
        assert (await frontier.claim(1)).leases

    @pytest.mark.parametrize("state", [State.DONE, State.QUEUED])
    async def test_a_finished_lease_renews_nothing(self, frontier: Frontier, state: State) -> None:
        await frontier.add([seed()])
        lease = await claim_one(frontier)
        await finish(frontier, lease, state)
        assert await frontier.renew([lease]) == [lease]
        assert (await entry_of(frontier, "")).state is state
