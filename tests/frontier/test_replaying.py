"""What is told of URLs is taken in by rank, run after run."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.clock import ManualClock
from crawler.frontier.replaying import OutOfOrderError, Recalled, Telling
from crawler.frontier.sqlite import SqliteFrontier
from crawler.model import Candidate, Disposition, Finish, State
from crawler.standing import Run
from crawler.urls import identity

URL = "https://a.example/"
FIRST, SECOND = (Run(number=0, name=f"20261128-06300{n}", started_at=float(n)) for n in (1, 2))


def telling(at: float, status: int | None = 200, depth: int = 1) -> Telling:
    candidate = Candidate(url=URL, key=identity(URL), host="a.example", depth=depth, hops="L" * depth)
    return Telling(candidate=candidate, at=at, status=status)


async def finish(frontier: SqliteFrontier, known: Recalled | None, state: State = State.FAILED) -> None:
    assert known is not None
    await frontier.finish([Finish(lease=known.lease, disposition=Disposition(state=state, reason="told"))])


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(100.0)


async def test_the_better_of_a_run_holds(tmp_path: Path, clock: ManualClock) -> None:
    async with await SqliteFrontier.open(tmp_path / "crawl.db", clock) as frontier:
        assert await frontier.enter(FIRST) == 1
        (known,) = await frontier.recall([telling(100.0, None)])
        await finish(frontier, known)
        assert await frontier.recall([telling(100.0, None)]) == [None]
        assert await frontier.recall([telling(99.0, None)]) == [None]
        (known,) = await frontier.recall([telling(50.0, 404)])
        await finish(frontier, known)
        (entry,) = [each async for each in frontier.entries()]
        assert (entry.state, entry.candidate.depth) == (State.FAILED, 1)
        counts = await frontier.counts()
        assert (counts.failed, counts.claimed, counts.known) == (1, 0, 1)


async def test_a_later_run_is_told_after_an_earlier_one(tmp_path: Path, clock: ManualClock) -> None:
    async with await SqliteFrontier.open(tmp_path / "crawl.db", clock) as frontier:
        await frontier.enter(SECOND)
        with pytest.raises(OutOfOrderError):
            await frontier.enter(FIRST)
    async with await SqliteFrontier.open(tmp_path / "other.db", clock) as frontier:
        assert (await frontier.enter(FIRST), await frontier.enter(SECOND)) == (1, 2)
        (known,) = await frontier.recall([telling(100.0)])
        await finish(frontier, known)
        assert await frontier.enter(FIRST) == 1
        with pytest.raises(OutOfOrderError):
            await frontier.recall([telling(100.0)])


async def test_nothing_has_changed_since_a_copy_that_nobody_has(tmp_path: Path, clock: ManualClock) -> None:
    async with await SqliteFrontier.open(tmp_path / "crawl.db", clock) as frontier:
        await frontier.enter(FIRST)
        assert await frontier.recall([telling(100.0, 304)]) == [None]
        assert (await frontier.counts()).queued == 1


async def test_a_kill_leaves_nothing_claimed(tmp_path: Path, clock: ManualClock) -> None:
    async with await SqliteFrontier.open(tmp_path / "crawl.db", clock) as frontier:
        await frontier.enter(FIRST)
        await frontier.recall([telling(100.0)])
        assert (await frontier.counts()).claimed == 1
    async with await SqliteFrontier.open(tmp_path / "crawl.db", clock) as frontier:
        await frontier.enter(FIRST)
        assert (await frontier.counts()).claimed == 0
        (known,) = await frontier.recall([telling(100.0)])
        await finish(frontier, known, State.DONE)
        assert (await frontier.counts()).done == 1
        await frontier.believe({"a.warc.gz": 10, "b.warc.gz": 5})
        await frontier.believe({"a.warc.gz": 8})
        assert await frontier.segments() == {"a.warc.gz": 10, "b.warc.gz": 5}


async def test_of_equally_short_ways_the_one_that_was_gone(tmp_path: Path, clock: ManualClock) -> None:
    async with await SqliteFrontier.open(tmp_path / "crawl.db", clock) as frontier:
        await frontier.enter(FIRST)
        other = Candidate(
            url=URL, key=identity(URL), host="a.example", depth=1, hops="M", via="https://b.example/"
        )
        await frontier.add([other])
        (known,) = await frontier.recall([telling(100.0)])
        assert known is not None
        assert (known.lease.candidate.hops, known.lease.candidate.via) == ("L", None)
        await finish(frontier, known)
        (known,) = await frontier.recall([telling(101.0, depth=4)])
        assert known is not None
        assert known.lease.candidate.depth == 1
