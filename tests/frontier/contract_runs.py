"""Contract of `Frontier.open_run` and `close_run`."""

from __future__ import annotations

import pytest

from crawler.clock import ManualClock
from crawler.frontier.fingerprints import pack
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.model import Capture, State
from crawler.standing import Counts, Pace, Run
from tests.frontier.contract import (
    A,
    B,
    all_of,
    answer,
    capture,
    claim_all,
    claim_one,
    do,
    entry_of,
    finish,
    key_of,
    link,
    next_run,
    nothing_given,
    paths_of,
    requisite,
    seed,
)

FINAL = [State.DONE, State.FAILED, State.EXCLUDED]


class TestNewRun:
    @pytest.mark.parametrize(("told", "rest"), [(3600.0, 2.0), (200.0, 200.0)])
    async def test_a_longer_rest_than_it_grants_was_the_wish_of_an_earlier_one(
        self, frontier: Frontier, clock: ManualClock, told: float, rest: float
    ) -> None:
        await frontier.open_run(RunPlan(name="one"))
        await frontier.pace(A, Pace(delay_seconds=told, parallel=1))
        await frontier.add([link("a"), link("b")])
        await answer(frontier, await claim_one(frontier), ended_at=clock.now())
        assert await nothing_given(frontier) == clock.now() + told
        await next_run(frontier, delay_seconds=2.0, longest_rest_seconds=300.0)
        assert await nothing_given(frontier) == clock.now() + rest
        clock.advance(rest)
        await answer(frontier, await claim_one(frontier), ended_at=clock.now())
        assert await nothing_given(frontier) == clock.now() + (2.0 if told > 300 else told)

    async def test_a_host_that_asked_for_long_does_not_wait_longer_than_a_run_grants(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.open_run(RunPlan(name="one"))
        await do(frontier, link("a"), State.FAILED, host_ready_at=clock.now() + 1e9)
        await frontier.add([link("b")])
        await next_run(frontier, longest_rest_seconds=300.0)
        assert await nothing_given(frontier) == clock.now() + 300

    async def test_what_is_fresh_is_not_due(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.open_run(RunPlan(name="one"))
        await do(frontier, link("a"), State.DONE)
        await do(frontier, link("b"), State.FAILED, reason="http_404")
        await do(frontier, link("c"), State.FAILED, reason="timeout: x")
        await do(frontier, link("d"), State.EXCLUDED, reason="scope")
        await do(frontier, link("news/e"), State.DONE)
        clock.advance(3600)
        await next_run(frontier, refresh_after=86_400.0, refresh_paths=(("/news/*", 60.0),))
        assert {lease.candidate.key for lease in await claim_all(frontier)} == {
            key_of("c"),
            key_of("d"),
            key_of("news/e"),
        }
        clock.advance(86_400)
        await next_run(frontier, refresh_after=86_400.0)
        assert (await frontier.counts()).queued == 5

    async def test_other_options_make_everything_due(self, frontier: Frontier) -> None:
        await frontier.open_run(RunPlan(name="one"))
        await do(frontier, link("a"), State.DONE)
        await next_run(frontier, refresh_after=86_400.0, options='{"scope": "any"}')
        assert (await frontier.counts()).queued == 1

    async def test_the_first_run(self, frontier: Frontier, clock: ManualClock) -> None:
        assert await frontier.runs() == [Run(number=1, name="first", started_at=clock.now())]

    async def test_a_finished_run_is_followed_by_a_new_one(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await do(frontier, seed(), wire_bytes=5)
        clock.advance(10)
        closed = await frontier.close_run("finished")
        counts = Counts(done=1, hosts=1, pages=1, requests=1, wire_bytes=5)
        assert (closed.ended_at, closed.outcome, closed.counts) == (clock.now(), "finished", counts)
        clock.advance(10)
        opened = await frontier.open_run(RunPlan(name="second", options='{"x": 1}'))
        assert opened == Run(number=2, name="second", started_at=clock.now(), options='{"x": 1}')
        assert next(iter(await frontier.runs())) == closed
        assert [run.name for run in await frontier.runs()] == ["first", "second"]

    async def test_what_is_claimed_when_a_run_is_closed_is_queued(self, frontier: Frontier) -> None:
        await frontier.add([seed(), link("a")])
        old = await claim_one(frontier)
        counts = (await frontier.close_run("max-time")).counts
        assert (counts.queued, counts.claimed) == (2, 0)
        assert await frontier.counts() == counts
        await answer(frontier, old)
        assert (await frontier.counts()).done == 0

    @pytest.mark.parametrize("outcome", ["finished", "max-pages", "max-wait"])
    async def test_what_a_budget_ended_is_not_continued(self, frontier: Frontier, outcome: str) -> None:
        await frontier.close_run(outcome)
        assert (await frontier.open_run(RunPlan(name="second"))).number == 2

    @pytest.mark.parametrize("state", FINAL)
    async def test_what_is_final_is_due_again(self, frontier: Frontier, state: State) -> None:
        await do(frontier, link("a", depth=3), state, reason="why", status=200)
        await next_run(frontier)
        before = await entry_of(frontier, "a")
        assert (before.state, before.candidate.depth, before.attempts) == (State.QUEUED, 3, 0)
        lease = await claim_one(frontier)
        assert lease.attempt == 1
        assert not lease.is_stored

    async def test_attempts_count_within_a_run(self, frontier: Frontier) -> None:
        await do(frontier, seed(), State.QUEUED)
        await next_run(frontier)
        assert (await claim_one(frontier)).attempt == 1

    async def test_what_was_never_fetched_stays_in_front(self, frontier: Frontier) -> None:
        await do(frontier, seed())
        await frontier.add([link("deep", depth=9)])
        await next_run(frontier)
        assert paths_of(await claim_all(frontier)) == ["deep", ""]

    async def test_what_was_not_reached_stays_due(self, frontier: Frontier, clock: ManualClock) -> None:
        await do(frontier, seed())
        await next_run(frontier)
        await next_run(frontier)
        await frontier.add([link("new", depth=9)])
        assert paths_of(await claim_all(frontier)) == ["new", ""]

    async def test_what_was_tried_again_stays_due(self, frontier: Frontier) -> None:
        await do(frontier, seed())
        await next_run(frontier)
        await finish(frontier, await claim_one(frontier), State.QUEUED)
        await next_run(frontier)
        await frontier.add([link("new", depth=9)])
        assert paths_of(await claim_all(frontier)) == ["new", ""]

    async def test_leases_of_dead_processes_are_queued(self, frontier: Frontier) -> None:
        await frontier.add([link("a"), link("b")])
        old = await claim_one(frontier)
        await next_run(frontier)
        assert (await frontier.counts()).claimed == 0
        assert (await frontier.hosts())[0].claimed == 0
        await answer(frontier, old)
        assert (await frontier.counts()).queued == 2

    async def test_the_work_is_counted_anew(self, frontier: Frontier) -> None:
        await do(frontier, seed(), wire_bytes=5, refused={("scope", B): 2})
        await next_run(frontier)
        assert await frontier.counts() == Counts(queued=1, hosts=1)
        assert await frontier.refusals() == []
        assert (await frontier.hosts())[0].pages == 0

    async def test_seeds_are_named_anew(self, frontier: Frontier) -> None:
        await frontier.add([seed(), seed("a")])
        await next_run(frontier)
        assert await all_of(frontier.seeds()) == []
        await frontier.add([seed("a")])
        assert [each.url async for each in frontier.seeds()] == [seed("a").url]
        assert not (await entry_of(frontier, "")).candidate.is_seed


class TestContinued:
    @pytest.mark.parametrize("outcome", [None, "stopped"])
    async def test_an_interrupted_run_goes_on(
        self, frontier: Frontier, clock: ManualClock, outcome: str | None
    ) -> None:
        started_at = clock.now()
        await do(frontier, seed(), wire_bytes=5)
        if outcome is not None:
            await frontier.close_run(outcome)
        clock.advance(10)
        run = await frontier.open_run(RunPlan(name="ignored"))
        assert (run.number, run.name, run.started_at) == (1, "first", started_at)
        assert (run.ended_at, run.outcome, run.is_continued) == (None, "", True)
        assert await frontier.counts() == Counts(done=1, hosts=1, pages=1, requests=1, wire_bytes=5)
        assert await nothing_given(frontier) is None
        assert (await frontier.close_run("finished")).is_continued

    async def test_leases_are_queued_and_tries_still_count(self, frontier: Frontier) -> None:
        await frontier.add([seed(), link("a")])
        old = await claim_one(frontier)
        await frontier.open_run(RunPlan(name="again"))
        assert (await frontier.counts()).claimed == 0
        new = await claim_one(frontier)
        assert new.candidate == old.candidate
        assert new.attempt == 2
        await answer(frontier, old)
        assert (await entry_of(frontier, "")).state is State.CLAIMED

    async def test_with_the_same_options_what_is_final_stays(self, frontier: Frontier) -> None:
        for path, state in zip("abc", FINAL, strict=True):
            await do(frontier, link(path), state)
        await frontier.add([seed()])
        await frontier.open_run(RunPlan(name="again"))
        counts = await frontier.counts()
        assert (counts.done, counts.failed, counts.excluded) == (1, 1, 1)
        assert len(await all_of(frontier.seeds())) == 1

    async def test_other_options_judge_refusals_again(self, frontier: Frontier) -> None:
        await do(frontier, link("a"), State.EXCLUDED, reason="scope")
        await do(frontier, link("b"), State.FAILED, reason="404")
        run = await frontier.open_run(RunPlan(name="again", options='{"scope": "any"}'))
        assert run.options == '{"scope": "any"}'
        assert run.number == 1
        assert (await entry_of(frontier, "b")).state is State.FAILED
        (lease,) = await claim_all(frontier)
        assert lease.candidate.key == key_of("a")
        assert lease.attempt == 1
        assert not lease.is_stored

    @pytest.mark.parametrize("media_type", ["text/html", "application/xhtml+xml", "text/css"])
    async def test_other_options_read_links_again(self, frontier: Frontier, media_type: str) -> None:
        kept = capture("a", media_type=media_type)
        await do(frontier, link("a"), capture=kept)
        await frontier.open_run(RunPlan(name="again", options='{"scope": "any"}'))
        lease = await claim_one(frontier)
        assert lease.is_stored
        assert lease.capture == kept

    @pytest.mark.parametrize(
        "kept",
        [
            None,
            capture("a", media_type="image/png"),
            capture("a", status=301, redirect_to="http://b.example/"),
        ],
    )
    async def test_what_has_no_links_stays_done(self, frontier: Frontier, kept: Capture | None) -> None:
        await do(frontier, link("a"), capture=kept)
        await frontier.open_run(RunPlan(name="again", options='{"scope": "any"}'))
        assert (await entry_of(frontier, "a")).state is State.DONE

    async def test_a_stored_page_that_was_refused_is_asked_for_again(self, frontier: Frontier) -> None:
        await do(frontier, link("a"))
        await frontier.open_run(RunPlan(name="again", options="{1}"))
        await finish(frontier, await claim_one(frontier), State.EXCLUDED, reason="scope")
        await frontier.open_run(RunPlan(name="again", options="{2}"))
        assert not (await claim_one(frontier)).is_stored

    async def test_other_options_forget_the_refusals(self, frontier: Frontier) -> None:
        await do(frontier, seed(), refused={("scope", B): 2})
        await frontier.open_run(RunPlan(name="again", options="{1}"))
        assert await frontier.refusals() == []
        await finish(frontier, await claim_one(frontier), refused={("scope", B): 1})
        assert [each.links for each in await frontier.refusals()] == [1]

    async def test_refusals_of_what_was_to_be_read_again_already_count_anew(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=5), refused={("scope", B): 2})
        await frontier.add([link("a", depth=3)])
        await frontier.open_run(RunPlan(name="again", options="{1}"))
        await finish(frontier, await claim_one(frontier), leads_on=True, refused={("scope", B): 1})
        assert [each.links for each in await frontier.refusals()] == [1]

    async def test_other_options_forget_the_seeds(self, frontier: Frontier) -> None:
        await do(frontier, seed())
        await frontier.open_run(RunPlan(name="again", options='{"scope": "any"}'))
        assert await all_of(frontier.seeds()) == []

    async def test_the_new_options_are_compared_next_time(self, frontier: Frontier) -> None:
        await do(frontier, seed())
        await frontier.open_run(RunPlan(name="again", options="{1}"))
        await finish(frontier, await claim_one(frontier))
        await frontier.close_run("stopped")
        await frontier.open_run(RunPlan(name="again", options="{1}"))
        assert (await entry_of(frontier, "")).state is State.DONE


class TestFresh:
    async def test_the_queue_is_forgotten(self, frontier: Frontier) -> None:
        await frontier.add([seed(), link("a", B), link("b")])
        await claim_one(frontier)
        await next_run(frontier, fresh=True)
        assert (await frontier.counts()).known == 0
        assert await all_of(frontier.entries()) == []
        assert await frontier.entry(key_of("")) is None
        assert await frontier.addresses([key_of("")]) == {}
        assert await nothing_given(frontier, 5) is None

    async def test_it_is_a_new_run_in_any_case(self, frontier: Frontier) -> None:
        run = await frontier.open_run(RunPlan(name="fresh", fresh=True))
        assert (run.number, run.name, run.is_continued) == (2, "fresh", False)

    async def test_what_has_a_file_keeps_it(self, frontier: Frontier) -> None:
        await do(frontier, seed(), capture=capture("", segment="s", length=9))
        await next_run(frontier, fresh=True)
        entry = await entry_of(frontier, "")
        assert entry.state is State.DONE
        assert entry.good == capture("", segment="s", length=9)
        assert await frontier.addresses([key_of("")]) == {key_of(""): f"{A}/.html"}
        assert len(await all_of(frontier.captures())) == 1
        assert await frontier.segments() == {"s": 9}
        assert (await frontier.counts()).done == 1
        assert not (await frontier.claim(1)).leases

    async def test_what_is_offered_again_is_asked_without_validators(self, frontier: Frontier) -> None:
        await do(frontier, seed(), capture=capture("", etag='"1"'))
        await next_run(frontier, fresh=True)
        await frontier.add([seed()])
        lease = await claim_one(frontier)
        assert lease.capture is None
        assert not lease.is_stored
        assert lease.attempt == 1
        newer = capture("", etag='"2"')
        await answer(frontier, lease, capture=newer)
        await frontier.add([seed(), link("")])
        assert (await entry_of(frontier, "")).state is State.DONE
        await next_run(frontier)
        assert (await claim_one(frontier)).capture == newer

    @pytest.mark.parametrize("state", FINAL)
    async def test_a_failure_is_not_asked_for_ever(self, frontier: Frontier, state: State) -> None:
        await do(frontier, seed())
        await next_run(frontier, fresh=True)
        await frontier.add([seed()])
        await finish(frontier, await claim_one(frontier), state)
        await frontier.add([seed(), link("")])
        assert (await entry_of(frontier, "")).state is state

    async def test_what_was_due_is_due_no_more(self, frontier: Frontier) -> None:
        await do(frontier, seed())
        await do(frontier, link("a"))
        await next_run(frontier)
        lease = await claim_one(frontier)
        await next_run(frontier, fresh=True)
        await answer(frontier, lease)
        assert await frontier.counts() == Counts(done=2, hosts=1)
        assert await nothing_given(frontier, 5) is None

    async def test_what_is_offered_again_is_new(self, frontier: Frontier) -> None:
        await do(frontier, seed())
        await next_run(frontier)
        await next_run(frontier, fresh=True)
        await frontier.add([link("other", depth=2), seed()])
        assert paths_of(await claim_all(frontier)) == ["", "other"]

    async def test_what_is_not_offered_again_is_not_read_again(self, frontier: Frontier) -> None:
        await do(frontier, seed())
        await next_run(frontier, fresh=True)
        await frontier.open_run(RunPlan(name="again", options="{1}"))
        assert (await entry_of(frontier, "")).state is State.DONE

    async def test_the_next_ordinary_run_asks_for_all(self, frontier: Frontier) -> None:
        await do(frontier, seed())
        await do(frontier, requisite("image"))
        await next_run(frontier, fresh=True)
        await next_run(frontier)
        assert sorted(paths_of(await claim_all(frontier))) == ["", "image"]

    async def test_an_old_lease_of_what_is_new_again_is_fenced(self, frontier: Frontier) -> None:
        await frontier.add([seed()])
        old = await claim_one(frontier)
        await next_run(frontier, fresh=True)
        await frontier.add([seed()])
        await claim_one(frontier)
        await answer(frontier, old)
        assert (await entry_of(frontier, "")).state is State.CLAIMED

    async def test_links_of_what_is_forgotten_are_forgotten(self, frontier: Frontier) -> None:
        await do(frontier, seed(), State.QUEUED, targets=pack([key_of("x")]))
        await next_run(frontier, fresh=True)
        await frontier.add([link("other")])
        await do(frontier, seed("x"), moves=True)
        assert await all_of(frontier.pages_to_repair()) == []

    async def test_pace_and_robots_stay(self, frontier: Frontier, clock: ManualClock) -> None:
        await do(frontier, seed(), host_ready_at=clock.now() + 60)
        await next_run(frontier, fresh=True)
        await frontier.add([seed()])
        assert not (await frontier.claim(1)).leases
