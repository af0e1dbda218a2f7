"""Contract of `Frontier.restore`: what an archive tells is as good as what was finished here."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from crawler.clock import ManualClock
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.model import UNKNOWN_DEPTH, Candidate, Capture, State
from crawler.standing import Counts, Relic, Run
from tests.frontier.contract import (
    A,
    B,
    FrontierFactory,
    all_of,
    capture,
    claim_all,
    claim_one,
    entry_of,
    finish,
    key_of,
    link,
    paths_of,
    requisite,
    seed,
)

FIRST = Run(number=0, name="20260101-000000", started_at=1.0)
SECOND = Run(number=0, name="20260102-000000", started_at=2.0)
PLAN = RunPlan(name="later", options='{"x": 1}')


def relic(candidate: Candidate, at: float = 1.0, **more: Any) -> Relic:
    """A good page, unless told otherwise."""
    path = candidate.url.split("/", 3)[3]
    place: dict[str, Any] = {"segment": "s.warc.gz", "offset": int(at) * 100, "length": 50}
    more.setdefault("state", State.DONE)
    more.setdefault("status", 200)
    more.setdefault("capture", capture(path, candidate.host, captured_at=at, status=more["status"], **place))
    more.setdefault("leads_on", more["state"] is State.DONE)
    more.setdefault("is_page", more["state"] is State.DONE)
    more |= {"segment": place["segment"], "segment_bytes": place["offset"] + place["length"]}
    return Relic(candidate=candidate, at=at, wire_bytes=10, **more)


class TestRestore:
    @pytest.fixture
    async def frontier(
        self, frontier_factory: FrontierFactory, clock: ManualClock
    ) -> AsyncIterator[Frontier]:
        """One in which nothing was done yet."""
        async with frontier_factory(clock) as opened:
            yield opened

    async def test_the_interrupted_run_goes_on(self, frontier: Frontier) -> None:
        await frontier.restore(FIRST, [relic(seed()), relic(link("a"), 2), relic(requisite("b"), 3)])
        run = await frontier.open_run(PLAN)
        assert (run.number, run.name, run.started_at, run.is_continued) == (1, FIRST.name, 1.0, True)
        counts = await frontier.counts()
        assert (counts.pages, counts.requests, counts.wire_bytes) == (3, 3, 30)
        assert (await frontier.hosts())[0].pages == 3

    async def test_what_leads_on_is_read_again_and_nothing_is_fetched_again(self, frontier: Frontier) -> None:
        picture = capture("image", media_type="image/png")
        image = relic(requisite("image"), 2, capture=picture, leads_on=False, is_page=False)
        await frontier.restore(
            FIRST, [relic(seed()), image, relic(link("gone"), 3, state=State.FAILED, status=404)]
        )
        await frontier.open_run(PLAN)
        (lease,) = await claim_all(frontier)
        assert lease.is_stored
        assert lease.candidate.url == seed().url
        assert lease.capture is not None
        assert lease.capture.segment == "s.warc.gz"
        await finish(frontier, lease, leads_on=True, found=(link("new"),))
        assert paths_of(await claim_all(frontier)) == ["new"]
        assert (await entry_of(frontier, "image")).state is State.DONE
        assert (await entry_of(frontier, "gone")).state is State.FAILED
        assert (await frontier.counts()).requests == 3

    async def test_a_redirect_leads_on(self, frontier: Frontier) -> None:
        moved = capture("a", status=301, redirect_to="http://a.example/b")
        await frontier.restore(FIRST, [relic(link("a"), status=301, capture=moved, is_page=False)])
        await frontier.open_run(PLAN)
        lease = await claim_one(frontier)
        assert (lease.is_stored, lease.redirect_to) == (True, "http://a.example/b")

    async def test_under_the_same_options_it_is_read_once_it_is_met(self, frontier: Frontier) -> None:
        await frontier.restore(FIRST, [relic(link("a", depth=2))])
        await frontier.open_run(RunPlan(name="same"))
        assert await claim_all(frontier) == []
        await frontier.add([link("a", depth=2)])
        (lease,) = await claim_all(frontier)
        assert (lease.is_stored, lease.candidate.depth) == (True, 2)

    async def test_of_unknown_depth_it_takes_the_first_that_is_known(self, frontier: Frontier) -> None:
        nowhere = Candidate(url=link("a").url, key=key_of("a"), host=A, depth=UNKNOWN_DEPTH)
        await frontier.restore(FIRST, [relic(nowhere)])
        await frontier.open_run(RunPlan(name="same"))
        await frontier.add([link("a", depth=7)])
        (lease,) = await claim_all(frontier)
        assert (lease.is_stored, lease.candidate) == (True, link("a", depth=7))

    async def test_what_older_runs_finished_is_due(self, frontier: Frontier) -> None:
        await frontier.restore(FIRST, [relic(seed()), relic(link("a"), 2)])
        await frontier.restore(SECOND, [relic(seed(), 3)])
        await frontier.restore(SECOND, [])
        run = await frontier.open_run(PLAN)
        assert (run.number, run.is_continued) == (2, True)
        assert [each.name for each in await frontier.runs()] == [FIRST.name, SECOND.name]
        leases = await claim_all(frontier)
        assert [(lease.candidate.url[-1], lease.is_stored) for lease in leases] == [("/", True), ("a", False)]
        assert leases[0].capture == relic(seed(), 3).capture
        assert (await frontier.counts()).requests == 1
        assert len(await all_of(frontier.captures())) == 3

    async def test_an_ended_run_is_followed_by_a_new_one(self, frontier: Frontier) -> None:
        counts = Counts(done=2, hosts=1, pages=7, requests=9, wire_bytes=11, unchanged=1)
        ended = Run(
            number=0, name="20260101-000000", started_at=1.0, ended_at=5.0, outcome="finished", counts=counts
        )
        await frontier.restore(ended, [relic(seed())])
        assert (await frontier.runs())[0].counts == counts
        run = await frontier.open_run(PLAN)
        assert (run.number, run.name) == (2, "later")
        (lease,) = await claim_all(frontier)
        assert not lease.is_stored
        assert lease.attempt == 1
        await finish(frontier, lease, status=304)
        assert (await claim_one(frontier)).is_stored

    async def test_a_copy_that_still_held(self, frontier: Frontier) -> None:
        await frontier.restore(FIRST, [relic(seed())])
        unchanged = relic(seed(), 3, status=304, capture=None, is_page=False)
        await frontier.restore(SECOND, [unchanged, relic(link("lost"), 4, status=304, capture=None)])
        await frontier.open_run(PLAN)
        assert (await frontier.counts()).unchanged == 1
        assert await frontier.entry(key_of("lost")) is None
        lease = await claim_one(frontier)
        assert (lease.is_stored, lease.capture) == (True, relic(seed()).capture)

    async def test_a_good_copy_outlives_a_failure(self, frontier: Frontier) -> None:
        await frontier.restore(FIRST, [relic(link("a"))])
        await frontier.restore(
            SECOND, [relic(link("a"), 3, state=State.FAILED, status=404, reason="http_404")]
        )
        entry = await entry_of(frontier, "a")
        assert (entry.state, entry.status, entry.reason, entry.last_at) == (State.FAILED, 404, "http_404", 3)
        assert entry.good == relic(link("a")).capture

    async def test_the_later_answer_counts_whatever_the_order(self, frontier: Frontier) -> None:
        await frontier.restore(
            FIRST, [relic(link("a"), 5), relic(link("a"), 3, state=State.FAILED, status=404)]
        )
        entry = await entry_of(frontier, "a")
        assert (entry.status, entry.last_at, entry.good) == (200, 5, relic(link("a"), 5).capture)
        assert (await frontier.counts()).pages == 1

    async def test_the_archive_is_believed_in(self, frontier: Frontier) -> None:
        await frontier.restore(FIRST, [relic(link("a")), relic(link("b"), 4)])
        assert await frontier.segments() == {"s.warc.gz": 450}

    @pytest.mark.parametrize("path", ["a", "lost"])
    async def test_so_it_is_where_nothing_had_changed(self, frontier: Frontier, path: str) -> None:
        await frontier.restore(FIRST, [relic(link("a"))])
        await frontier.restore(SECOND, [relic(link(path), 6, status=304, capture=None, is_page=False)])
        await frontier.restore(SECOND, [relic(link("a"), 5)])
        assert await frontier.segments() == {"s.warc.gz": 650}

    async def test_seeds_are_those_of_the_last_run(self, frontier: Frontier) -> None:
        await frontier.restore(FIRST, [relic(seed("old")), relic(seed("kept"), 2)])
        ended = replace(SECOND, ended_at=5.0, outcome="finished")
        await frontier.restore(ended, [relic(seed("kept"), 3), relic(seed("new"), 4)])
        assert [each.url for each in await all_of(frontier.seeds())] == [seed("kept").url, seed("new").url]

    async def test_of_an_interrupted_run_what_it_did_not_come_to_is_a_seed_still(
        self, frontier: Frontier
    ) -> None:
        await frontier.restore(FIRST, [relic(seed("a")), relic(seed("b", B), 2)])
        await frontier.restore(SECOND, [relic(seed("a"), 3), relic(seed("new"), 4)])
        seeds = [seed("a").url, seed("b", B).url, seed("new").url]
        assert [each.url for each in await all_of(frontier.seeds())] == seeds

    async def test_surprises_are_known_and_their_pages_looked_at(self, frontier: Frontier) -> None:
        await frontier.restore(FIRST, [relic(link("a"), state=State.FAILED, status=404, is_surprise=True)])
        await frontier.restore(FIRST, [relic(link("b"), 2)])
        assert await all_of(frontier.surprises()) == [(key_of("a"), None)]

    async def test_counts_agree(self, frontier: Frontier) -> None:
        await frontier.restore(FIRST, [relic(link(f"{n}"), n) for n in range(5)])
        await frontier.restore(
            SECOND, [relic(link("1"), 9), relic(link("2"), 9, state=State.FAILED, status=500)]
        )
        counts = await frontier.counts()
        assert (counts.queued, counts.done, counts.failed, counts.hosts) == (3, 1, 1, 1)
        await frontier.open_run(PLAN)
        assert len(await claim_all(frontier)) == 4
        assert await frontier.entry(key_of("2")) is not None

    async def test_a_wrong_capture_is_no_copy(self, frontier: Frontier) -> None:
        kept = Capture(
            url=link("a").url, captured_at=1.0, status=404, media_type="", size_bytes=0, digest="sha256:"
        )
        await frontier.restore(FIRST, [relic(link("a"), state=State.FAILED, status=404, capture=kept)])
        assert (await entry_of(frontier, "a")).good is None
