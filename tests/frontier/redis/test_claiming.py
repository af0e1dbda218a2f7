"""Claims whose answer was lost, leases that are another worker's business, and who counts as alive."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from typing import Any

import pytest
from redis.asyncio import Redis

from crawler.clock import ManualClock
from crawler.errors import StorageError
from crawler.frontier.protocol import RunPlan
from crawler.frontier.redis.fleet import RedisFleet
from crawler.frontier.redis.frontier import RedisFrontier
from crawler.frontier.redis.scripts import Scripts
from crawler.model import Lease
from crawler.segmentnames import segment_name
from crawler.standing import Pace
from tests.frontier.contract import A, capture, claim_one, do, finish, link
from tests.frontier.redis_server import ClockedScripts, running_server

pytestmark = pytest.mark.system

LEASE_SECONDS = 60.0


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_server() as url:
        yield url


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def scripts(url: str, clock: ManualClock) -> AsyncIterator[Scripts]:
    async with Redis.from_url(url) as client:
        await client.flushall()
        yield ClockedScripts(client, "crawl", clock)


@pytest.fixture
async def fleet(scripts: Scripts) -> RedisFleet:
    """Two workers, 1 and 2, that were just heard of."""
    fleet = RedisFleet(scripts, LEASE_SECONDS)
    assert [await fleet.join(name) for name in ("one", "two", "one")] == [1, 2, 1]
    return fleet


def of(worker: int, scripts: Scripts, run: int = 1, *, reads_again: bool = False) -> RedisFrontier:
    return RedisFrontier(scripts, LEASE_SECONDS, holder=worker, run=run, reads_again=reads_again)


async def opened(scripts: Scripts) -> RedisFrontier:
    frontier = RedisFrontier(scripts, LEASE_SECONDS)
    await frontier.open_run(RunPlan(name="run"))
    await frontier.pace(A, Pace(delay_seconds=0, parallel=9))
    return frontier


async def test_a_claim_is_answered_alike_as_often_as_it_is_asked(scripts: Scripts) -> None:
    frontier = await opened(scripts)
    await frontier.add([link(f"{n}") for n in range(5)])
    told = {"limit": 2, "lease_seconds": LEASE_SECONDS, "holder": 1, "request": "a-1"}
    first = await scripts.run("claim", told)
    again = await scripts.run("claim", told)
    assert len(first[0]) == 2
    assert tokens_of(first) == tokens_of(again)
    assert (await frontier.counts()).claimed == 2
    assert len((await scripts.run("claim", told | {"request": "a-2"}))[0]) == 2
    assert (await frontier.counts()).claimed == 4


async def test_what_is_to_be_read_again_goes_to_whose_folder_has_it(
    scripts: Scripts, fleet: RedisFleet
) -> None:
    lease = await stored_by_the_first(scripts)
    assert (await of(2, scripts).claim(9)).leases == ()
    (passed,) = (await of(1, scripts).claim(9)).leases
    assert (passed.is_stored, passed.candidate.key) == (True, lease.candidate.key)
    assert passed.token > lease.token
    await finish(of(1, scripts), passed)
    assert (await of(1, scripts).counts()).done == 1


async def test_it_is_fetched_again_where_that_worker_is_gone(
    scripts: Scripts, fleet: RedisFleet, clock: ManualClock
) -> None:
    lease = await stored_by_the_first(scripts)
    clock.advance(LEASE_SECONDS + 1)
    (again,) = (await of(2, scripts).claim(9)).leases
    assert again.candidate.key == lease.candidate.key
    assert (again.is_stored, again.capture) == (False, None)


async def test_what_was_passed_on_to_one_who_dies_comes_back(
    scripts: Scripts, fleet: RedisFleet, clock: ManualClock
) -> None:
    await stored_by_the_first(scripts)
    assert (await of(2, scripts).claim(9)).leases == ()
    clock.advance(LEASE_SECONDS + 1)
    (again,) = (await of(2, scripts).claim(9)).leases
    assert not again.is_stored
    # It is heard of again, and has nothing more to do with it.
    await fleet.join("one")
    assert (await of(1, scripts).claim(9)).leases == ()


async def test_what_a_304_confirms_is_asked_for_whole_where_it_must_be_read(
    scripts: Scripts, fleet: RedisFleet
) -> None:
    frontier = await opened(scripts)
    kept = replace(capture("a"), segment=segment_name("20261128-063000", 0, 1))
    await do(frontier, link("a"), capture=kept)
    await frontier.close_run("finished")
    await frontier.open_run(RunPlan(name="next"))
    (lease,) = (await of(2, scripts, 2).claim(1)).leases
    assert lease.capture == kept
    await of(2, scripts).release(2)
    (lease,) = (await of(2, scripts, 2, reads_again=True).claim(1)).leases
    assert lease.capture is None
    await of(2, scripts).release(2)
    (lease,) = (await of(1, scripts, 2, reads_again=True).claim(1)).leases
    assert lease.capture == kept


async def test_tokens_of_a_server_that_forgot_are_not_given_again(
    scripts: Scripts, clock: ManualClock
) -> None:
    frontier = await opened(scripts)
    await frontier.add([link("a"), link("b")])
    before = await claim_one(frontier)
    await scripts.line.client.hset(f"{scripts.prefix}meta", "token", 1)
    clock.advance(0.01)
    assert (await claim_one(frontier)).token > before.token


async def test_who_is_heard_of_keeps_its_leases_when_a_run_is_opened(
    scripts: Scripts, fleet: RedisFleet
) -> None:
    frontier = await opened(scripts)
    await frontier.add([link("a"), link("b")])
    assert len((await of(2, scripts).claim(1)).leases) == 1
    assert len((await of(7, scripts).claim(1)).leases) == 1
    await frontier.open_run(RunPlan(name="run"))
    assert (await frontier.counts()).claimed == 1
    await fleet.leave(2)
    await frontier.open_run(RunPlan(name="run"))
    assert (await frontier.counts()).claimed == 0


async def test_a_server_that_knows_less_is_no_crawl_that_is_over(url: str, scripts: Scripts) -> None:
    frontier = await opened(scripts)
    await frontier.add([link("a")])
    lease = await claim_one(frontier)
    async with Redis.from_url(url) as client:
        await client.flushall()
    for call in (of(1, scripts).claim(1), finish(of(1, scripts), lease), of(1, scripts).add([link("b")])):
        with pytest.raises(StorageError, match="knows less of this crawl"):
            await call


async def test_who_works_for_an_older_run_is_told(scripts: Scripts) -> None:
    frontier = await opened(scripts)
    await frontier.close_run("finished")
    await frontier.open_run(RunPlan(name="next"))
    await frontier.add([link("a")])
    claim = await of(1, scripts, run=1).claim(1)
    assert (claim.leases, claim.spent) == ((), "changed")


async def test_the_end_is_decided_once(scripts: Scripts, fleet: RedisFleet) -> None:
    frontier = await opened(scripts)
    version = await fleet.publish("terms")
    assert await fleet.conclude("finished", version - 1) == ""
    await fleet.hold_back()
    assert await fleet.conclude("finished", version) == ""
    assert (await frontier.claim(1)).is_held_back
    version = await fleet.publish("others")
    assert await fleet.conclude("finished", version) == "finished"
    assert await fleet.conclude("stopped") == "finished"
    assert (await frontier.claim(1)).spent == "finished"
    assert (await fleet.signal()).outcome == "finished"
    await frontier.open_run(RunPlan(name="next"))
    assert (await fleet.signal()).outcome == ""


async def test_who_is_there(scripts: Scripts, fleet: RedisFleet, clock: ManualClock) -> None:
    await opened(scripts)
    await fleet.beat(2, {"place": "here:/folder", "held": 3, "finished": 40, "away_seconds": 1.5})
    one, two = (await fleet.muster()).workers
    assert (one.number, one.place, one.held) == (1, "", 0)
    assert (two.number, two.place, two.held, two.finished) == (2, "here:/folder", 3, 40)
    frontier = of(2, scripts)
    await frontier.add([link("a"), link("b"), link("c", "b.example")])
    assert len((await frontier.claim(9)).leases) == 3
    assert (await fleet.muster()).held_hosts == 2
    await frontier.release(2)
    assert (await fleet.muster()).held_hosts == 0
    await fleet.leave(1)
    assert [each.number for each in (await fleet.muster()).workers] == [2]


def tokens_of(answer: list[Any]) -> list[bytes]:
    return [row[row.index(b"t") + 1] for row, _, _ in answer[0]]


async def stored_by_the_first(scripts: Scripts) -> Lease:
    """A lease of the first worker, finished with its record, and met on a shorter path since."""
    frontier = await opened(scripts)
    await frontier.add([replace(link("a"), depth=5)])
    lease = await claim_one(of(1, scripts))
    kept = replace(capture("a"), segment=segment_name("20261128-063000", 0, 1))
    await finish(of(1, scripts), lease, capture=kept, leads_on=True)
    await frontier.add([replace(link("a"), depth=1)])
    assert (await frontier.counts()).queued == 1
    return lease
