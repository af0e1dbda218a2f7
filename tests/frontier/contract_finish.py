"""Contract of `Frontier.finish`."""

from __future__ import annotations

import pytest

from crawler.body import Body
from crawler.clock import ManualClock
from crawler.frontier.protocol import Frontier
from crawler.model import Capture, Disposition, Finish, State
from crawler.standing import Counts, Pace
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
    paths_of,
    requisite,
    seed,
)

FINAL = [State.DONE, State.FAILED, State.EXCLUDED]


class TestFinish:
    @pytest.mark.parametrize("state", FINAL)
    async def test_the_state_is_final(self, frontier: Frontier, clock: ManualClock, state: State) -> None:
        await frontier.add([seed()])
        lease = await claim_one(frontier)
        clock.advance(5)
        await finish(frontier, lease, state, reason="because", status=418, ended_at=clock.now())
        entry = await entry_of(frontier, "")
        assert (entry.state, entry.reason, entry.status) == (state, "because", 418)
        assert entry.attempts == 1
        assert entry.last_at == clock.now()
        assert await frontier.claim(1) == await frontier.claim(0)
        assert getattr(await frontier.counts(), state) == 1

    async def test_another_try_counts(self, frontier: Frontier) -> None:
        await frontier.add([seed()])
        for attempt in (1, 2, 3):
            lease = await claim_one(frontier)
            assert lease.attempt == attempt
            await finish(frontier, lease, State.QUEUED, reason="timeout")
        entry = await entry_of(frontier, "")
        assert (entry.state, entry.reason, entry.attempts) == (State.QUEUED, "timeout", 3)

    async def test_a_prerequisite_does_not_count(self, frontier: Frontier, clock: ManualClock) -> None:
        await frontier.add([seed()])
        retry_at = clock.now() + 3
        await finish(
            frontier, await claim_one(frontier), State.QUEUED, counts_attempt=False, retry_at=retry_at
        )
        assert (await entry_of(frontier, "")).ready_at == retry_at
        clock.advance(3)
        assert (await claim_one(frontier)).attempt == 1

    async def test_what_was_found_is_queued(self, frontier: Frontier) -> None:
        await do(frontier, seed(), found=(link("a"), link("a"), requisite("b", B)))
        assert (await frontier.counts()).queued == 2
        assert (await entry_of(frontier, "b", B)).candidate == requisite("b", B)

    async def test_a_page_that_links_to_itself_is_done(self, frontier: Frontier) -> None:
        await do(frontier, seed(), found=(link(""),))
        assert (await entry_of(frontier, "")).state is State.DONE

    async def test_many_leases_in_one_go(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}", host) for n in range(5) for host in (A, B)])
        leases = await claim_all(frontier)
        done = Disposition(state=State.DONE, is_page=True, answered=True, wire_bytes=7, found=(link("new"),))
        await frontier.finish([Finish(lease=lease, disposition=done) for lease in leases])
        expected = Counts(done=10, queued=1, hosts=2, pages=10, requests=10, wire_bytes=70)
        assert await frontier.counts() == expected

    async def test_nothing_to_finish(self, frontier: Frontier) -> None:
        await frontier.finish([])
        assert await frontier.counts() == Counts()

    async def test_the_host_is_free_again(self, frontier: Frontier) -> None:
        await do(frontier, seed())
        assert (await frontier.hosts())[0].claimed == 0

    async def test_a_good_capture_is_kept(self, frontier: Frontier) -> None:
        await do(frontier, seed())
        assert (await entry_of(frontier, "")).good == capture("")

    @pytest.mark.parametrize(
        ("state", "bad"),
        [
            (State.FAILED, capture("", status=404)),
            (State.FAILED, capture("", status=503)),
            (State.DONE, capture("", status=301, redirect_to="http://b.example/")),
            (State.FAILED, None),
            (State.EXCLUDED, None),
            (State.QUEUED, None),
        ],
    )
    async def test_the_good_capture_survives(
        self, frontier: Frontier, state: State, bad: Capture | None
    ) -> None:
        good = capture("", etag='"1"')
        await do(frontier, seed(), capture=good)
        await next_run(frontier)
        await finish(frontier, await claim_one(frontier), state, capture=bad)
        assert (await entry_of(frontier, "")).good == good

    async def test_a_newer_good_capture_takes_its_place(self, frontier: Frontier) -> None:
        await do(frontier, seed())
        await next_run(frontier)
        newer = capture("", captured_at=2.0, title="new")
        await finish(frontier, await claim_one(frontier), capture=newer)
        assert (await entry_of(frontier, "")).good == newer

    async def test_the_status_of_the_last_answer_stays(self, frontier: Frontier) -> None:
        await do(frontier, seed(), State.QUEUED, status=503)
        await finish(frontier, await claim_one(frontier), State.FAILED, reason="timeout")
        assert (await entry_of(frontier, "")).status == 503

    @pytest.mark.parametrize("kept", [None, capture("", mirror_path="another/place.html")])
    async def test_unchanged_pages_are_counted(self, frontier: Frontier, kept: Capture | None) -> None:
        await do(frontier, seed())
        await next_run(frontier)
        await finish(frontier, await claim_one(frontier), status=304, answered=True, capture=kept)
        counts = await frontier.counts()
        assert (counts.unchanged, counts.pages, counts.requests) == (1, 0, 1)

    async def test_only_what_was_asked_is_a_request(self, frontier: Frontier) -> None:
        await do(frontier, seed(), State.EXCLUDED)
        await do(frontier, link("a"), State.FAILED, answered=True, wire_bytes=3)
        await do(frontier, link("b"), State.QUEUED, answered=True, wire_bytes=4)
        counts = await frontier.counts()
        assert (counts.requests, counts.wire_bytes) == (2, 7)

    async def test_pages_are_counted_by_run_and_host(self, frontier: Frontier) -> None:
        await do(frontier, seed())
        await do(frontier, link("b", B))
        await do(frontier, link("c", B))
        await do(frontier, link("image", B), is_page=False)
        assert (await frontier.counts()).pages == 3
        assert {host.host: host.pages for host in await frontier.hosts()} == {A: 1, B: 2}


class TestFence:
    async def test_a_finish_counts_once(self, frontier: Frontier) -> None:
        await frontier.add([seed()])
        lease = await claim_one(frontier)
        await answer(frontier, lease)
        before = await frontier.counts()
        await answer(frontier, lease)
        await finish(frontier, lease, State.FAILED, reason="too late", answered=True, wire_bytes=9)
        assert await frontier.counts() == before
        assert (await entry_of(frontier, "")).state is State.DONE

    async def test_an_expired_lease_that_nobody_took_still_counts(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.add([seed()])
        lease = await claim_one(frontier)
        clock.advance(1000)
        await answer(frontier, lease)
        assert (await frontier.counts()).done == 1

    async def test_the_links_of_a_fenced_lease_are_kept_and_nothing_else(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.add([seed()])
        old = await claim_one(frontier)
        clock.advance(600)
        new = await claim_one(frontier)
        before = await entry_of(frontier, "")
        late = capture("", segment="one.warc.gz", length=10)
        await answer(
            frontier,
            old,
            capture=late,
            found=(link("a"),),
            refused={("scope", B): 1},
            wire_bytes=9,
            moves=True,
            targets=b"\0\0\0\0",
            host_ready_at=clock.now() + 99,
            original=Body.of(b"x"),
        )
        assert await entry_of(frontier, "") == before
        assert await frontier.counts() == Counts(queued=1, claimed=1, hosts=1)
        assert await frontier.refusals() == []
        assert await frontier.segments() == {}
        assert await frontier.original(late.digest) is None
        await frontier.pace(A, Pace(delay_seconds=0, parallel=2))
        assert paths_of([await claim_one(frontier)]) == ["a"]
        await finish(frontier, new, State.FAILED, reason="gone")
        assert (await entry_of(frontier, "")).reason == "gone"

    async def test_a_queued_url_is_not_finished_by_an_old_lease(self, frontier: Frontier) -> None:
        await frontier.add([seed()])
        lease = await claim_one(frontier)
        await finish(frontier, lease, State.QUEUED)
        await answer(frontier, lease)
        assert (await entry_of(frontier, "")).state is State.QUEUED

    async def test_a_fenced_lease_gives_back_no_second_place(
        self, frontier: Frontier, clock: ManualClock
    ) -> None:
        await frontier.add([link("a"), link("b"), link("c")])
        old = await claim_one(frontier)
        clock.advance(600)
        await claim_one(frontier)
        await finish(frontier, old)
        assert not (await frontier.claim(1)).leases
