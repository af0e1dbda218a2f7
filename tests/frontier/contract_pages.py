"""Contract of the page budget: exact, and no requisite of a counted page is lost to it."""

from __future__ import annotations

from collections import Counter

import pytest

from crawler.clock import ManualClock
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.model import State
from crawler.override import Override
from crawler.standing import Pace
from tests.frontier.contract import (
    A,
    B,
    answer,
    candidate,
    claim_all,
    claim_one,
    do,
    finish,
    link,
    next_run,
    nothing_given,
    paths_of,
    requisite,
    seed,
)


class TestPageBudget:
    @pytest.fixture(autouse=True)
    async def _limit_pages(self, frontier: Frontier) -> None:
        await frontier.open_run(RunPlan(name="two", max_pages=2))

    async def test_no_more_are_given_than_there_are_slots(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}", host) for n in range(3) for host in (A, B)])
        leases = await claim_all(frontier)
        assert len(leases) == 2
        assert all(lease.holds_page_slot for lease in leases)

    async def test_slots_are_counted_within_one_claim(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}", f"{n}.example") for n in range(5)])
        assert len((await frontier.claim(5)).leases) == 2

    async def test_a_page_keeps_its_slot(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}") for n in range(5)])
        for lease in await claim_all(frontier):
            await answer(frontier, lease)
        assert (await frontier.counts()).pages == 2
        assert await nothing_given(frontier) is None

    @pytest.mark.parametrize("state", [state for state in State if state is not State.CLAIMED])
    async def test_no_page_gives_its_slot_back(self, frontier: Frontier, state: State) -> None:
        await frontier.add([link(f"{n}") for n in range(5)])
        for lease in await claim_all(frontier):
            await finish(frontier, lease, state)
        assert (await frontier.counts()).pages == 0
        assert len(await claim_all(frontier)) == 2

    async def test_an_expired_lease_gives_its_slot_back(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([link(f"{n}") for n in range(5)])
        old = await claim_all(frontier)
        clock.advance(600)
        assert len(await claim_all(frontier)) == 2
        for lease in old:
            await answer(frontier, lease)
        assert (await frontier.counts()).pages == 0
        assert not await claim_all(frontier)

    async def test_while_a_slot_is_held_nothing_is_to_wait_for(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}") for n in range(5)])
        await claim_all(frontier)
        assert await nothing_given(frontier, 5) is None

    async def test_requisites_and_prerequisites_need_no_slot(self, frontier: Frontier) -> None:
        await do(frontier, link("a"))
        await do(frontier, link("b"))
        await frontier.add([link("c"), requisite("image"), candidate("sitemap.xml", hops="P")])
        leases = await claim_all(frontier)
        assert set(paths_of(leases)) == {"image", "sitemap.xml"}
        assert not any(lease.holds_page_slot for lease in leases)

    async def test_linked_and_embedded_takes_a_slot_if_there_is_one(self, frontier: Frontier) -> None:
        await frontier.add([link("a"), requisite("a", depth=1)])
        assert (await claim_one(frontier)).holds_page_slot

    async def test_linked_and_embedded_goes_without_if_there_is_none(self, frontier: Frontier) -> None:
        await do(frontier, link("a"))
        await do(frontier, link("b"))
        await frontier.add([requisite("c", depth=1), link("c"), link("d"), requisite("d", depth=1)])
        leases = await claim_all(frontier)
        assert set(paths_of(leases)) == {"c", "d"}
        assert not any(lease.holds_page_slot for lease in leases)

    async def test_a_page_without_a_slot_is_not_counted(self, frontier: Frontier) -> None:
        await do(frontier, requisite("frame"))
        assert (await frontier.counts()).pages == 0
        assert (await frontier.hosts())[0].pages == 0

    async def test_a_stored_page_is_not_counted_again(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=3))
        await frontier.add([link("a", depth=2)])
        await answer(frontier, await claim_one(frontier), answered=False)
        assert (await frontier.counts()).pages == 1

    async def test_a_stored_page_needs_no_slot(self, frontier: Frontier) -> None:
        await frontier.open_run(RunPlan(name="one", max_pages=1))
        await do(frontier, link("a", depth=3))
        await frontier.add([link("b", depth=1), link("a", depth=2)])
        (lease,) = await claim_all(frontier)
        assert lease.is_stored
        assert not lease.holds_page_slot

    async def test_without_a_limit_nobody_holds_a_slot(self, frontier: Frontier) -> None:
        await frontier.open_run(RunPlan(name="free"))
        await frontier.add([link("a")])
        lease = await claim_one(frontier)
        assert not lease.holds_page_slot
        await answer(frontier, lease)
        assert (await frontier.counts()).pages == 1

    async def test_a_budget_of_nothing_gives_no_page(self, frontier: Frontier) -> None:
        await frontier.open_run(RunPlan(name="none", max_pages=0))
        await frontier.add([seed()])
        assert await nothing_given(frontier) is None

    async def test_a_continued_run_has_only_what_is_left(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}") for n in range(5)])
        leases = await claim_all(frontier)
        await answer(frontier, leases[0])
        await frontier.close_run("stopped")
        await frontier.open_run(RunPlan(name="again", max_pages=2))
        assert len(await claim_all(frontier)) == 1

    async def test_a_new_run_has_a_new_budget(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}") for n in range(5)])
        for lease in await claim_all(frontier):
            await answer(frontier, lease)
        await next_run(frontier, max_pages=4)
        assert (await frontier.counts()).pages == 0
        assert (await frontier.hosts())[0].pages == 0
        assert paths_of(await claim_all(frontier)) == ["2", "3", "4", "0"]

    async def test_leases_of_a_dead_run_hold_no_slot(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}") for n in range(5)])
        await claim_all(frontier)
        await next_run(frontier, max_pages=2)
        assert len(await claim_all(frontier)) == 2

    async def test_a_hosts_budget_binds_that_host(self, frontier: Frontier) -> None:
        await frontier.open_run(RunPlan(name="host", max_pages_per_host=1))
        await frontier.add([link(f"{n}", host) for n in range(3) for host in (A, B)])
        leases = await claim_all(frontier)
        assert sorted(lease.candidate.host for lease in leases) == [A, B]
        assert all(lease.holds_page_slot for lease in leases)
        await answer(frontier, leases[0])
        await finish(frontier, leases[1], State.FAILED)
        (last,) = await claim_all(frontier)
        assert last.candidate.host == leases[1].candidate.host
        assert (await frontier.counts()).pages == 1

    async def test_a_host_that_gets_its_slot_back_is_spent_no_more(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.open_run(RunPlan(name="host", max_pages_per_host=1))
        await frontier.add([link(f"{n}") for n in range(3)])
        (old,) = await claim_all(frontier)
        assert await nothing_given(frontier) is None
        await finish(frontier, old, State.FAILED)
        (old,) = await claim_all(frontier)
        assert await nothing_given(frontier) is None
        clock.advance(600)
        assert len(await claim_all(frontier)) == 1

    @pytest.mark.parametrize(
        "plan", [RunPlan(name="none", max_pages=0), RunPlan(name="none", max_pages_per_host=0)]
    )
    async def test_a_requisite_is_tried_again_when_the_budget_is_spent(
        self, frontier: Frontier, clock: ManualClock, plan: RunPlan
    ) -> None:
        await frontier.open_run(plan)
        await frontier.add([requisite("image"), link("page")])
        await frontier.pace(A, Pace(delay_seconds=0, parallel=3))
        lease = await claim_one(frontier)
        assert await nothing_given(frontier) is None
        until = clock.now() + 5
        await finish(frontier, lease, State.QUEUED, retry_at=until)
        assert await nothing_given(frontier) == until
        clock.advance(5)
        assert paths_of([await claim_one(frontier)]) == ["image"]

    @pytest.mark.parametrize(
        ("small", "great"),
        [
            (RunPlan(name="one", max_pages=1), RunPlan(name="two", max_pages=2)),
            (RunPlan(name="one", max_pages_per_host=1), RunPlan(name="two", max_pages_per_host=2)),
        ],
    )
    async def test_a_greater_budget_opens_what_was_spent(
        self, frontier: Frontier, small: RunPlan, great: RunPlan
    ) -> None:
        await frontier.open_run(small)
        await do(frontier, link("a"))
        await frontier.add([link("b"), link("c")])
        assert await nothing_given(frontier) is None
        await frontier.close_run("stopped")
        await frontier.open_run(great)
        assert len(await claim_all(frontier)) == 1

    async def test_a_page_of_a_spent_host_that_is_embedded_is_given(self, frontier: Frontier) -> None:
        await frontier.open_run(RunPlan(name="host", max_pages_per_host=1))
        await do(frontier, link("a"))
        await frontier.add([link("b")])
        assert await nothing_given(frontier) is None
        await frontier.add([requisite("b", depth=1)])
        assert paths_of([await claim_one(frontier)]) == ["b"]

    async def test_some_hosts_have_a_budget_of_their_own(self, frontier: Frontier) -> None:
        overrides = (Override(hosts="*.example", max_pages=2), Override(hosts=B, max_pages=3))
        for most, pages in ((None, 9), (1, 1)):
            await next_run(frontier, max_pages_per_host=most, overrides=overrides)
            hosts = (A, B, "c.test")
            await frontier.add([link(f"{n}", host) for n in range(9) for host in hosts])
            given = Counter(lease.candidate.host for lease in await claim_all(frontier))
            assert given == {A: 2, B: 3, "c.test": pages}
            assert await nothing_given(frontier) is None

    async def test_it_holds_after_a_kill_too(self, frontier: Frontier) -> None:
        plan = RunPlan(name="run", overrides=(Override(hosts=A, max_pages=2),))
        await frontier.open_run(plan)
        await frontier.add([link(f"{n}") for n in range(5)])
        for lease in await claim_all(frontier):
            await answer(frontier, lease)
        await frontier.open_run(plan)
        assert await claim_all(frontier) == []
        assert (await frontier.counts()).pages == 2

    async def test_a_spent_host_does_not_hold_up_the_rest(self, frontier: Frontier) -> None:
        await frontier.open_run(RunPlan(name="both", max_pages=3, max_pages_per_host=1))
        await frontier.add([link(f"{n}", host) for n in range(3) for host in (A, B)])
        await frontier.add([requisite("image")])
        assert len(await claim_all(frontier)) == 3
        assert await nothing_given(frontier, 5) is None

    async def test_a_spent_host_is_not_waited_for(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.open_run(RunPlan(name="host", max_pages_per_host=1))
        await do(frontier, link("a"), host_ready_at=clock.now() + 5)
        await frontier.add([link("b")])
        assert await nothing_given(frontier) is None

    async def test_a_spent_budget_does_not_hide_what_is_to_wait_for(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.open_run(RunPlan(name="none", max_pages=0))
        until = clock.now() + 10
        await do(frontier, requisite("image"), State.QUEUED, retry_at=until)
        await frontier.add([link("page")])
        for _ in range(2):
            assert await nothing_given(frontier) == until
