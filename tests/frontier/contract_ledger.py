"""Contract of `Ledger`, but for addresses and repair."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from crawler.body import Body
from crawler.clock import ManualClock
from crawler.frontier.protocol import Frontier
from crawler.model import Disposition, Finish, State
from crawler.standing import Counts, HostState, Pace, Refusal, RobotsCopy, SeedState
from tests.frontier.contract import (
    A,
    B,
    all_of,
    answer,
    candidate,
    capture,
    claim_one,
    do,
    entry_of,
    finish,
    key_of,
    link,
    next_run,
    seed,
)


async def one_of_each_state(frontier: Frontier) -> None:
    await do(frontier, seed("done"))
    await do(frontier, seed("failed"), State.FAILED, reason="http", status=500, answered=True, wire_bytes=2)
    await do(frontier, seed("excluded"), State.EXCLUDED, reason="robots")
    await frontier.add([seed("claimed")])
    await claim_one(frontier)
    await frontier.add([link("queued", B)])


class TestLedger:
    async def test_nothing_is_known_at_first(self, frontier: Frontier) -> None:
        assert await frontier.counts() == Counts()
        assert await all_of(frontier.entries()) == []
        assert await all_of(frontier.captures()) == []
        assert await all_of(frontier.surprises()) == []
        assert await all_of(frontier.pages_to_repair()) == []
        assert await frontier.hosts() == []
        assert await all_of(frontier.seeds()) == []
        assert await frontier.refusals() == []
        assert await frontier.segments() == {}
        assert await frontier.entry("http://a.example/") is None
        assert await frontier.robots("http://a.example") is None
        assert await frontier.original("sha256:0") is None

    async def test_counts(self, frontier: Frontier) -> None:
        await one_of_each_state(frontier)
        counts = await frontier.counts()
        expected = Counts(
            queued=1, claimed=1, done=1, failed=1, excluded=1, hosts=2, pages=1, requests=2, wire_bytes=2
        )
        assert counts == expected
        assert counts.known == 5

    async def test_entries_are_given_oldest_first(self, frontier: Frontier) -> None:
        await one_of_each_state(frontier)
        urls = [entry.candidate.url async for entry in frontier.entries()]
        paths = ["done", "failed", "excluded", "claimed"]
        assert urls == [*(seed(path).url for path in paths), link("queued", B).url]

    async def test_entries_of_one_state(self, frontier: Frontier) -> None:
        await one_of_each_state(frontier)
        for state in State:
            (entry,) = await all_of(frontier.entries(state))
            assert entry.state is state
            assert entry.candidate.url.endswith(state)

    async def test_entries_are_streamed_while_the_frontier_works(self, frontier: Frontier) -> None:
        await frontier.add([link(f"{n}") for n in range(1200)])
        seen = []
        async for entry in frontier.entries():
            seen.append(entry.candidate.key)
            if len(seen) == 3:
                await finish(frontier, await claim_one(frontier), State.FAILED)
        assert seen == [link(f"{n}").key for n in range(1200)]

    async def test_an_entry_tells_all(self, frontier: Frontier, clock: ManualClock) -> None:
        await do(frontier, link("a"))
        clock.advance(7)
        await next_run(frontier)
        retry_at = clock.now() + 3
        what = {"reason": "http: 503", "status": 503, "retry_at": retry_at, "ended_at": clock.now()}
        await finish(frontier, await claim_one(frontier), State.QUEUED, **what)
        entry = await entry_of(frontier, "a")
        assert entry.candidate == link("a")
        assert (entry.state, entry.reason, entry.status) == (State.QUEUED, "http: 503", 503)
        assert (entry.attempts, entry.last_at, entry.ready_at) == (1, clock.now(), retry_at)
        assert entry.good == capture("a")

    async def test_hosts_are_given_by_their_size(self, frontier: Frontier, clock: ManualClock) -> None:
        until = clock.now() + 9
        for path in "xy":
            await do(frontier, link(path, "0.example"))
        await one_of_each_state(frontier)
        await frontier.pace(A, Pace(delay_seconds=2.5, parallel=1))
        await finish(frontier, await claim_one(frontier), State.FAILED, host_ready_at=until)
        big, middle, small = await frontier.hosts()
        assert (big.host, middle.host, small.host) == (A, "0.example", B)
        assert (big.queued, big.claimed, big.done, big.failed, big.excluded) == (0, 1, 1, 1, 1)
        assert (big.pages, middle.pages, small.pages) == (1, 2, 0)
        assert big.pace == Pace(delay_seconds=2.5, parallel=1)
        assert big.ready_at <= clock.now()
        unpaced = Pace(delay_seconds=0, parallel=1)
        expected = HostState(
            host=B,
            queued=0,
            claimed=0,
            done=0,
            failed=1,
            excluded=0,
            pages=0,
            ready_at=until,
            pace=unpaced,
        )
        assert small == expected

    async def test_refusals_are_summed_most_first(self, frontier: Frontier) -> None:
        await do(frontier, seed(), refused={("scope", B): 2, ("depth", A): 3})
        await do(frontier, link("a"), refused={("scope", B): 5, ("scope", A): 1})
        assert await frontier.refusals() == [
            Refusal(rule="scope", host=B, links=7),
            Refusal(rule="depth", host=A, links=3),
            Refusal(rule="scope", host=A, links=1),
        ]

    async def test_seeds_are_given_in_order(self, frontier: Frontier) -> None:
        await frontier.add([link("later"), seed("z"), seed("a")])
        await frontier.add([seed("later"), seed("a")])
        lease = await claim_one(frontier)
        assert lease.candidate == seed("later")
        moved = candidate("", B, hops="R", via=lease.candidate.url, is_seed=True)
        await finish(frontier, lease, State.FAILED, reason="http", status=404, found=(moved,))
        assert await all_of(frontier.seeds()) == [
            SeedState(url=seed("z").url, state=State.QUEUED),
            SeedState(url=seed("a").url, state=State.QUEUED),
            SeedState(url=seed("later").url, state=State.FAILED, reason="http", status=404),
            SeedState(url=moved.url, state=State.QUEUED, via=seed("later").url),
        ]

    async def test_the_last_robots_of_each_origin(self, frontier: Frontier) -> None:
        first = RobotsCopy(
            origin="http://a.example", fetched_at=1.0, status=200, body=b"\0\xff", address="::1"
        )
        other = RobotsCopy(origin="https://a.example", fetched_at=2.0, status=0)
        later = RobotsCopy(origin="http://a.example", fetched_at=3.0, status=404)
        for copy in (first, other):
            await frontier.keep_robots(copy)
        assert await frontier.robots("http://a.example") == first
        await frontier.keep_robots(later)
        assert await frontier.robots("http://a.example") == later
        assert await frontier.robots("https://a.example") == other
        await next_run(frontier, fresh=True)
        assert await frontier.robots("http://a.example") == later

    async def test_captures_by_url_as_they_were_met_then_time(self, frontier: Frontier) -> None:
        for run in range(3):
            for path, host in (("b", A), ("a", B), ("a", A)):
                await frontier.add([link(path, host)])
                lease = await claim_one(frontier)
                kept = capture(
                    lease.candidate.url.rsplit("/", 1)[1],
                    lease.candidate.host,
                    captured_at=float(run),
                    segment="s",
                    status=(200, 404, 301)[run],
                    redirect_to="http://c.example/" if run == 2 else None,
                )
                await finish(frontier, lease, capture=kept)
            await next_run(frontier)
        await do(frontier, link("not-archived", "c.example"))
        found = [(each.url, each.captured_at) for each in await all_of(frontier.captures())]
        urls = [link("b").url, link("a", B).url, link("a").url]
        assert found == [(url, float(run)) for url in urls for run in range(3)]

    async def test_a_capture_is_given_back_whole(self, frontier: Frontier) -> None:
        kept = capture(
            "a",
            captured_at=123.25,
            charset="utf-8",
            etag='W/"1"',
            last_modified="Sun, 06 Nov 1994 08:49:37 GMT",
            segment="x.warc.gz",
            offset=5_000_000_000,
            length=77,
            title="Ein Titel \N{SNOWMAN}",
            content_type="text/html; charset=UTF-8",
        )
        await do(frontier, link("a"), capture=kept)
        assert await all_of(frontier.captures()) == [kept]
        assert (await entry_of(frontier, "a")).good == kept

    async def test_what_was_read_anew_of_a_record_is_known_as_it_was_read(self, frontier: Frontier) -> None:
        await do(frontier, link("a", depth=3), capture=capture("a", segment="s", length=9), leads_on=True)
        await frontier.add([link("a", depth=2)])
        anew = capture(
            "a",
            segment="s",
            length=9,
            media_type="application/xhtml+xml",
            charset="utf-8",
            etag='"1"',
            last_modified="now",
            mirror_path="a.example/a~.xhtml",
            title="A",
            canonical="http://a.example/b",
        )
        await answer(frontier, await claim_one(frontier), answered=False, capture=anew)
        assert (await entry_of(frontier, "a")).good == anew
        assert await all_of(frontier.captures()) == [anew]

    async def test_segments_are_believed_in_up_to_the_last_record(self, frontier: Frontier) -> None:
        records = [("one", 0, 10), ("one", 30, 5), ("one", 10, 20), ("two", 7, 3)]
        for n, (segment, offset, length) in enumerate(records):
            kept = capture(f"{n}", segment=segment, offset=offset, length=length)
            await do(frontier, link(f"{n}"), capture=kept)
        assert await frontier.segments() == {"one": 35, "two": 10}

    async def test_segments_are_believed_in_up_to_an_unchanged_answer(self, frontier: Frontier) -> None:
        await do(frontier, link("a"), capture=capture("a", segment="one", length=9))
        await next_run(frontier)
        lease = await claim_one(frontier)
        unchanged = Disposition(state=State.DONE, status=304, reason="unchanged", answered=True)
        late = replace(lease, token=lease.token - 1)
        await frontier.finish([Finish(lease=late, disposition=unchanged, segment="one", segment_bytes=90)])
        assert await frontier.segments() == {"one": 9}
        await frontier.finish([Finish(lease=lease, disposition=unchanged, segment="one", segment_bytes=20)])
        assert await frontier.segments() == {"one": 20}

    async def test_an_answer_that_is_tried_again_is_kept_too(self, frontier: Frontier) -> None:
        busy = capture("a", status=503, segment="one", length=9)
        await do(frontier, link("a"), State.QUEUED, capture=busy, answered=True)
        assert await all_of(frontier.captures()) == [busy]
        assert await frontier.segments() == {"one": 9}

    async def test_originals_are_found_by_digest(self, frontier: Frontier) -> None:
        await do(frontier, link("a"), capture=capture("a", digest="sha256:1"), original=Body.of(b"\x78\x9c"))
        await do(frontier, link("b"), capture=capture("b", digest="sha256:1"), original=Body.of(b"\x78\x9c"))
        assert await frontier.original("sha256:1") == b"\x78\x9c"
        assert await frontier.original("sha256:2") is None

    async def test_reading_changes_nothing(self, frontier: Frontier) -> None:
        await one_of_each_state(frontier)
        before = await all_of(frontier.entries())
        await frontier.addresses([key_of("done"), "http://nowhere.example/"])
        await all_of(frontier.pages_to_repair())
        await frontier.counts()
        assert await all_of(frontier.entries()) == before


class TestDoubted:
    """What was doubted, and how many others show the same."""

    async def doubt(self, frontier: Frontier, path: str, face: str = "wall", **more: Any) -> None:
        kept = capture(path, doubt="login_wall: x", face=face, mirror_path=None, **more)
        await do(frontier, link(path), State.FAILED, reason=kept.doubt, capture=kept)

    async def test_the_last_answer_is_given(self, frontier: Frontier) -> None:
        assert await frontier.doubted(key_of("a"), "wall", 2) == (None, 0)
        await self.doubt(frontier, "a", doubted_at=5.0, doubted_times=2)
        last, others = await frontier.doubted(key_of("a"), "wall", 2)
        assert last is not None
        assert (last.face, last.doubted_at, last.doubted_times, others) == ("wall", 5.0, 2, 0)

    async def test_an_answer_without_doubt_ends_it(self, frontier: Frontier) -> None:
        await do(frontier, link("a"))
        await next_run(frontier)
        await self.doubt(frontier, "a")
        await next_run(frontier)
        await finish(frontier, await claim_one(frontier), status=304, reason="unchanged", answered=True)
        assert await frontier.doubted(key_of("a"), "wall", 2) == (None, 0)
        assert await frontier.doubted(key_of("b"), "wall", 2) == (None, 0)

    async def test_others_with_the_same_face_are_counted(self, frontier: Frontier) -> None:
        for path in "abcd":
            await self.doubt(frontier, path)
        await self.doubt(frontier, "e", face="other")
        await self.doubt(frontier, "f", face="")
        assert [(await frontier.doubted(key_of("a"), "wall", most))[1] for most in (1, 2, 9)] == [1, 2, 3]
        assert (await frontier.doubted(key_of("e"), "other", 9))[1] == 0
        assert (await frontier.doubted(key_of("a"), "", 9))[1] == 0
