"""What a frontier owes to several processes at one crawl: who holds what, and what ends them all."""

from __future__ import annotations

from crawler.clock import ManualClock
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.model import State
from crawler.standing import Outcome, Pace
from tests.frontier.contract import (
    A,
    B,
    claim_one,
    do,
    finish,
    link,
    nothing_given,
    paths_of,
    seed,
)

ANOTHER = 7


class TestProcesses:
    async def test_a_claim_tells_what_is_out(self, frontier: Frontier) -> None:
        await frontier.add([link("a", A), link("b", B)])
        first = await frontier.claim(1)
        assert (first.held, first.seeds) == (1, 0)
        second = await frontier.claim(1)
        assert second.held == 2
        await finish(frontier, first.leases[0])
        assert (await frontier.claim(1)).held == 1

    async def test_a_claim_tells_of_seeds_that_seeds_led_to(self, frontier: Frontier) -> None:
        await frontier.add([seed(), seed("", B)])
        assert (await frontier.claim(1)).seeds == 2
        assert await frontier.joined(0) == []
        led = link("there", "c.example", is_seed=True, hops="R", via=seed().url)
        await frontier.add([led, link("elsewhere")])
        assert (await frontier.claim(1)).seeds == 3
        assert await frontier.joined(0) == await frontier.joined(2) == [(3, led.url)]
        assert await frontier.joined(3) == []

    async def test_what_a_dead_process_held_is_queued_again(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.open_run(RunPlan(name="one", max_pages=1))
        await frontier.pace(A, Pace(delay_seconds=5, parallel=1))
        await frontier.add([link("a")])
        lost = await claim_one(frontier)
        assert await frontier.release(ANOTHER) == 0
        assert await frontier.release(0) == 1
        assert await frontier.release(0) == 0
        # Nobody knows when it asked last.
        assert await nothing_given(frontier) == clock.now() + 5
        clock.advance(5)
        lease = await claim_one(frontier)
        assert lease.holds_page_slot
        assert lease.token != lost.token
        await finish(frontier, lost, State.FAILED, reason="too late")
        assert (await frontier.counts()).claimed == 1

    async def test_bytes_are_a_budget_of_the_run(self, frontier: Frontier) -> None:
        await frontier.open_run(RunPlan(name="one", max_bytes=10))
        await frontier.pace(A, Pace(delay_seconds=0, parallel=9))
        await frontier.add([link(f"{n}") for n in range(4)])
        first, second = (await frontier.claim(2)).leases
        await finish(frontier, first, answered=True, wire_bytes=9)
        assert (await frontier.claim(1)).spent == ""
        await finish(frontier, second, answered=True, wire_bytes=1)
        claim = await frontier.claim(1)
        assert (claim.leases, claim.ready_at, claim.spent) == ((), None, "max-bytes")
        await frontier.close_run("max-bytes")
        await frontier.open_run(RunPlan(name="two", max_bytes=10))
        assert paths_of((await frontier.claim(1)).leases) == ["2"]

    async def test_what_was_decided_is_counted_by_the_first_word(self, frontier: Frontier) -> None:
        await do(frontier, link("a"), State.FAILED, reason="timeout: no answer in 60 s")
        await do(frontier, link("b"), State.FAILED, reason="timeout: no connection")
        await do(frontier, link("c"), State.EXCLUDED, reason="types")
        await do(frontier, link("d"), State.DONE)
        await do(frontier, link("e"), State.QUEUED, reason="http_503")
        expected = [
            Outcome(state=State.DONE, word="", urls=1),
            Outcome(state=State.EXCLUDED, word="types", urls=1),
            Outcome(state=State.FAILED, word="timeout", urls=2),
        ]
        assert sorted(await frontier.outcomes(), key=lambda each: each.state) == expected
        assert (await frontier.counts()).retries == 1
        await frontier.close_run("finished")
        await frontier.open_run(RunPlan(name="two"))
        assert await frontier.outcomes() == []
        assert (await frontier.counts()).retries == 0
