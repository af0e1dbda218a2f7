"""Contract of `Frontier.add`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crawler.clock import ManualClock
from crawler.frontier.protocol import Frontier
from crawler.model import Candidate, State
from crawler.standing import Refusal
from tests.frontier.contract import (
    B,
    answer,
    candidate,
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

DAY = 86_400.0


class TestAdd:
    async def test_new_urls_are_queued_and_counted(self, frontier: Frontier) -> None:
        assert await frontier.add([seed(), link("a"), link("b", B)]) == 3
        assert (await frontier.counts()).queued == 3
        assert (await frontier.counts()).hosts == 2

    async def test_nothing_is_added_by_an_empty_list(self, frontier: Frontier) -> None:
        assert await frontier.add([]) == 0
        assert (await frontier.counts()).known == 0

    async def test_a_known_url_is_not_counted_again(self, frontier: Frontier) -> None:
        await frontier.add([link("a")])
        assert await frontier.add([link("a"), link("b")]) == 1
        assert (await frontier.counts()).queued == 2

    async def test_twice_in_one_list_is_one_url(self, frontier: Frontier) -> None:
        assert await frontier.add([link("a"), link("a")]) == 1

    async def test_adding_again_changes_nothing(self, frontier: Frontier) -> None:
        offered = [seed(), link("a"), requisite("b")]
        await frontier.add(offered)
        before = [entry async for entry in frontier.entries()]
        await frontier.add(offered)
        assert [entry async for entry in frontier.entries()] == before

    @pytest.mark.parametrize(
        "offered", [seed("x"), link("x", depth=3), requisite("x"), candidate("x", hops="P")]
    )
    async def test_what_was_offered_is_kept_and_given(self, frontier: Frontier, offered: Candidate) -> None:
        await frontier.add([offered])
        assert (await entry_of(frontier, "x")).candidate == offered
        assert (await claim_one(frontier)).candidate == offered

    async def test_the_key_makes_the_url(self, frontier: Frontier) -> None:
        await frontier.add([link("a")])
        assert await frontier.add([replace(link("a"), url="http://a.example/%61")]) == 0

    async def test_the_least_depth_wins_with_its_path(self, frontier: Frontier) -> None:
        nearer = replace(link("a", depth=2), url="http://a.example/%61", via="http://a.example/other")
        await frontier.add([link("a", depth=3)])
        await frontier.add([nearer])
        assert (await entry_of(frontier, "a")).candidate == nearer

    @pytest.mark.parametrize("depth", [2, 3])
    async def test_a_path_that_is_not_shorter_is_ignored(self, frontier: Frontier, depth: int) -> None:
        first = link("a", depth=2)
        await frontier.add([first])
        await frontier.add([replace(link("a", depth=depth), via="http://b.example/")])
        assert (await entry_of(frontier, "a")).candidate == first

    async def test_a_known_url_becomes_a_seed(self, frontier: Frontier) -> None:
        await frontier.add([link("a", depth=2), seed("a")])
        assert (await entry_of(frontier, "a")).candidate == seed("a")
        assert [each.url async for each in frontier.seeds()] == [seed("a").url]

    async def test_a_seed_has_no_path(self, frontier: Frontier) -> None:
        await frontier.add([candidate("a", hops="R", via="http://a.example/"), seed("a")])
        assert (await entry_of(frontier, "a")).candidate == seed("a")

    async def test_a_seed_stays_a_seed(self, frontier: Frontier) -> None:
        await frontier.add([seed("a"), link("a"), requisite("a")])
        assert (await entry_of(frontier, "a")).candidate == seed("a")

    async def test_a_link_that_becomes_a_requisite_is_given_first(self, frontier: Frontier) -> None:
        await frontier.add([link("a"), link("b"), requisite("b", depth=1)])
        assert paths_of(await claim_all(frontier)) == ["b", "a"]

    async def test_linked_and_embedded_is_no_mere_requisite(self, frontier: Frontier) -> None:
        await frontier.add([link("a"), requisite("a", depth=1), requisite("b"), link("b")])
        assert not (await entry_of(frontier, "a")).candidate.is_requisite
        assert not (await entry_of(frontier, "b")).candidate.is_requisite

    @pytest.mark.parametrize("state", list(State))
    async def test_a_known_url_keeps_its_state(self, frontier: Frontier, state: State) -> None:
        await frontier.add([link("a", depth=2)])
        if state is not State.QUEUED:
            lease = await claim_one(frontier)
        if state not in {State.QUEUED, State.CLAIMED}:
            await finish(frontier, lease, state)
        await frontier.add([link("a", depth=1), seed("a"), requisite("a")])
        assert (await entry_of(frontier, "a")).state is state


class TestReadAgain:
    """A shorter path, and the first link to a requisite, offers links again."""

    async def test_a_shorter_path_to_a_page_queues_it_as_stored(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=3))
        assert await frontier.add([link("a", depth=2)]) == 0
        lease = await claim_one(frontier)
        assert lease.is_stored
        assert not lease.holds_page_slot
        assert lease.candidate.depth == 2
        assert lease.capture == capture("a")

    async def test_a_stored_page_is_done_again_once(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=3))
        await frontier.add([link("a", depth=2)])
        await finish(frontier, await claim_one(frontier), found=(link("b", depth=3),))
        entry = await entry_of(frontier, "a")
        assert entry.state is State.DONE
        assert entry.good == capture("a")
        assert paths_of(await claim_all(frontier)) == ["b"]

    async def test_a_stored_page_comes_first(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=3))
        await frontier.add([link("b", depth=1), link("a", depth=2)])
        assert paths_of(await claim_all(frontier)) == ["a", "b"]

    async def test_a_stored_page_comes_first_even_if_it_was_due(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=3))
        await next_run(frontier)
        await answer(frontier, await claim_one(frontier))
        await frontier.add([link("b", depth=1), link("a", depth=2)])
        assert paths_of(await claim_all(frontier)) == ["a", "b"]

    async def test_an_old_copy_behind_a_redirect_leads_where_that_does(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=3))
        await next_run(frontier)
        moved = capture("a", status=301, redirect_to="http://a.example/b")
        await finish(frontier, await claim_one(frontier), capture=moved, status=301, leads_on=True)
        await frontier.add([link("a", depth=2)])
        lease = await claim_one(frontier)
        assert lease.is_stored
        assert lease.redirect_to == "http://a.example/b"

    async def test_a_copy_that_holds_again_is_no_redirect_any_more(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=3))
        await next_run(frontier)
        moved = capture("a", status=301, redirect_to="http://a.example/b")
        await finish(frontier, await claim_one(frontier), capture=moved, status=301, leads_on=True)
        await next_run(frontier)
        await finish(frontier, await claim_one(frontier), status=304)
        await frontier.add([link("a", depth=2)])
        lease = await claim_one(frontier)
        assert lease.is_stored
        assert lease.redirect_to is None

    async def test_what_was_unchanged_is_read_if_a_shorter_path_was_met(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=3))
        await do(frontier, link("b", depth=3))
        await next_run(frontier)
        await frontier.add([link("a", depth=2)])
        for lease in await claim_all(frontier):
            await finish(frontier, lease, status=304)
        lease = await claim_one(frontier)
        assert (lease.candidate.url, lease.is_stored) == ("http://a.example/a", True)
        await finish(frontier, lease, leads_on=True)
        assert await claim_all(frontier) == []

    async def test_what_was_too_deep_is_asked_for_on_a_shorter_path(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=9), State.EXCLUDED, reason="depth: 9 links from the nearest seed")
        await do(frontier, link("b", depth=9), State.EXCLUDED, reason="robots: line 3: Disallow: /")
        await frontier.add([link("a", depth=9), link("b", depth=9)])
        assert await claim_all(frontier) == []
        await frontier.add([link("a", depth=2), link("b", depth=2)])
        (lease,) = await claim_all(frontier)
        assert lease.candidate.depth == 2
        assert not lease.is_stored

    async def test_refused_links_are_counted_once(self, frontier: Frontier) -> None:
        refused = {("scope", B): 4}
        await do(frontier, link("a", depth=3), refused=refused)
        await frontier.add([link("a", depth=2)])
        await finish(frontier, await claim_one(frontier), leads_on=True, refused=refused)
        assert await frontier.refusals() == [Refusal(rule="scope", host=B, links=4)]

    async def test_an_equal_path_does_not_matter(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=3))
        await frontier.add([link("a", depth=3)])
        assert (await entry_of(frontier, "a")).state is State.DONE

    @pytest.mark.parametrize(
        ("state", "kept"),
        [
            (State.DONE, capture("a", media_type="image/png")),
            (State.DONE, capture("a", media_type="text/css")),
            (State.DONE, capture("a", status=301, media_type="", redirect_to="http://a.example/b")),
            (State.FAILED, capture("a", status=404)),
            (State.FAILED, None),
            (State.EXCLUDED, None),
        ],
    )
    async def test_what_leads_nowhere_is_not_read_again(
        self, frontier: Frontier, state: State, kept: object
    ) -> None:
        await do(frontier, link("a", depth=3), state, capture=kept, leads_on=False)
        await frontier.add([link("a", depth=2)])
        assert (await entry_of(frontier, "a")).state is state

    async def test_a_requisite_that_is_linked_offers_its_links(self, frontier: Frontier) -> None:
        await do(frontier, requisite("frame"))
        await frontier.add([link("frame", depth=1)])
        lease = await claim_one(frontier)
        assert lease.is_stored
        assert not lease.candidate.is_requisite

    async def test_a_linked_page_that_is_embedded_offers_nothing_new(self, frontier: Frontier) -> None:
        await do(frontier, link("frame", depth=1))
        await frontier.add([requisite("frame", depth=1)])
        assert (await entry_of(frontier, "frame")).state is State.DONE

    async def test_a_shorter_path_met_while_claimed_is_not_lost(self, frontier: Frontier) -> None:
        await frontier.add([link("a", depth=3)])
        lease = await claim_one(frontier)
        await frontier.add([link("a", depth=1)])
        await answer(frontier, lease, found=(link("b", depth=4),))
        again = await claim_one(frontier)
        assert again.is_stored
        assert again.candidate.depth == 1
        await finish(frontier, again, found=(link("b", depth=2),))
        assert (await entry_of(frontier, "a")).state is State.DONE
        assert (await entry_of(frontier, "b")).candidate.depth == 2

    async def test_a_shorter_path_met_while_claimed_outlives_other_meetings(self, frontier: Frontier) -> None:
        await frontier.add([link("a", depth=3)])
        lease = await claim_one(frontier)
        await frontier.add([link("a", depth=1)])
        await frontier.add([link("a", depth=2), requisite("a", depth=2)])
        await answer(frontier, lease)
        assert (await claim_one(frontier)).is_stored

    async def test_a_first_link_met_while_claimed_is_not_lost(self, frontier: Frontier) -> None:
        await frontier.add([requisite("frame")])
        lease = await claim_one(frontier)
        await frontier.add([link("frame", depth=1)])
        await answer(frontier, lease)
        again = await claim_one(frontier)
        assert again.is_stored
        await finish(frontier, again)
        assert (await entry_of(frontier, "frame")).state is State.DONE

    async def test_a_prerequisite_that_is_linked_while_claimed_has_offered_its_links(
        self, frontier: Frontier
    ) -> None:
        await frontier.add([candidate("feed", hops="P")])
        lease = await claim_one(frontier)
        await frontier.add([link("feed", depth=1)])
        await answer(frontier, lease)
        assert (await entry_of(frontier, "feed")).state is State.DONE

    async def test_the_next_run_asks_again_instead(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=3))
        await frontier.add([link("a", depth=2)])
        await next_run(frontier)
        await frontier.add([link("new", depth=4)])
        leases = await claim_all(frontier)
        assert paths_of(leases) == ["new", "a"]
        assert not leases[1].is_stored

    async def test_a_page_of_an_earlier_run_is_asked_again_first(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=3))
        await next_run(frontier)
        await frontier.add([link("a", depth=2)])
        lease = await claim_one(frontier)
        assert not lease.is_stored
        assert lease.candidate.key == key_of("a")


class TestModified:
    """What a sitemap says of when a page changed: it is due where it was not."""

    async def test_what_changed_since_it_was_asked_is_due(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await do(frontier, link("a"))
        await do(frontier, link("b"))
        clock.advance(100)
        await next_run(frontier, refresh_after=DAY)
        assert await nothing_given(frontier) is None
        dated = [link("a", modified_at=clock.now() - 101), link("b", modified_at=clock.now() - 50), link("c")]
        assert await frontier.add(dated) == 1
        assert (await frontier.counts()).queued == 2
        leases = await claim_all(frontier)
        assert paths_of(leases) == ["c", "b"]
        assert (leases[1].attempt, leases[1].candidate.modified_at) == (1, None)
        assert leases[1].capture is not None

    async def test_a_new_url_takes_no_harm(self, frontier: Frontier) -> None:
        await frontier.add([link("a", modified_at=5.0)])
        assert (await claim_one(frontier)).candidate == link("a")

    async def test_what_this_run_asked_is_not_asked_again(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await do(frontier, link("a"))
        await next_run(frontier)
        await answer(frontier, await claim_one(frontier))
        clock.advance(100)
        await frontier.add([link("a", modified_at=clock.now())])
        assert (await entry_of(frontier, "a")).state is State.DONE

    async def test_what_is_claimed_stays_so(self, frontier: Frontier, clock: ManualClock) -> None:
        await do(frontier, link("a"))
        clock.advance(100)
        await next_run(frontier)
        lease = await claim_one(frontier)
        await frontier.add([link("a", modified_at=clock.now())])
        await answer(frontier, lease)
        assert (await entry_of(frontier, "a")).state is State.DONE

    @pytest.mark.parametrize(("age", "is_due"), [(150, True), (250, False)])
    async def test_a_failure_is_due_when_its_good_copy_is_older(
        self, frontier: Frontier, clock: ManualClock, age: float, *, is_due: bool
    ) -> None:
        clock.advance(1000)
        await do(frontier, link("a"), capture=capture("a", captured_at=clock.now() - 200))
        await next_run(frontier)
        await finish(frontier, await claim_one(frontier), State.FAILED, reason="http_404")
        await next_run(frontier, refresh_after=DAY)
        await frontier.add([link("a", modified_at=clock.now() - age)])
        assert (await entry_of(frontier, "a")).state is (State.QUEUED if is_due else State.FAILED)

    async def test_what_a_rule_refused_stays_so(self, frontier: Frontier, clock: ManualClock) -> None:
        await do(frontier, link("a"), State.EXCLUDED, reason="scope")
        clock.advance(100)
        await next_run(frontier)
        await finish(frontier, await claim_one(frontier), State.EXCLUDED, reason="scope")
        await next_run(frontier, refresh_after=DAY)
        await finish(frontier, await claim_one(frontier), State.EXCLUDED, reason="scope")
        await frontier.add([link("a", modified_at=clock.now())])
        assert (await entry_of(frontier, "a")).state is State.EXCLUDED
