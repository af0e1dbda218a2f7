"""One engine: its share of the requests, its end, and seeds that joined elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crawler.clock import ManualClock
from crawler.engine import Engine
from crawler.fetch.guard import AddressGuard
from crawler.frontier.memory import MemoryFrontier
from crawler.frontier.protocol import RunPlan
from crawler.model import Candidate, State
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.territory import Territory
from crawler.urls import host_key, identity
from tests.web import OWN, Web, links, seed_list

ELSEWHERE = "http://127.0.0.2:8000/"


def candidate(url: str, **terms: object) -> Candidate:
    return Candidate(url=url, key=identity(url), host=host_key(url), **terms)  # type: ignore[arg-type]


@pytest.fixture
async def frontier(clock: ManualClock) -> MemoryFrontier:
    frontier = MemoryFrontier(clock)
    await frontier.open_run(RunPlan(name="20261127-000000"))
    return frontier


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def web() -> Web:
    return Web({OWN: links("/a"), f"{OWN}a": links(), ELSEWHERE: links("/b"), f"{ELSEWHERE}b": links()})


@pytest.fixture
async def engine(web: Web, clock: ManualClock, tmp_path: Path) -> AsyncIterator[Engine]:
    output, options = Output(tmp_path), CrawlOptions.of({"allow_private": ("127.0.0.0/8",)})
    output.prepare()
    territory = Territory(options.scope, AddressGuard())
    list(territory.claim(seed_list(OWN)))
    async with Engine(output, options, territory, clock=clock, concurrency=4, fetch=web.fetch) as engine:
        assert engine.mirror is not None
        engine.mirror.sweep()
        yield engine


async def test_it_works_until_nothing_is_left(engine: Engine, frontier: MemoryFrontier, web: Web) -> None:
    await frontier.add([candidate(OWN, is_seed=True)])
    assert await engine.crawl(frontier, "20261127-000000", rereads=False) == "finished"
    assert web.urls() == [OWN, f"{OWN}a"]
    assert engine.held == 0


async def test_where_a_seed_led_elsewhere_is_joined_here(
    engine: Engine, frontier: MemoryFrontier, web: Web
) -> None:
    """As another process finds it: a seed by redirect, and a page of that host."""
    led = candidate(ELSEWHERE, is_seed=True, via=OWN, hops="R")
    below = candidate(f"{ELSEWHERE}b", depth=1, hops="RL", via=ELSEWHERE)
    await frontier.add([candidate(OWN, is_seed=True), led, below])
    await engine.crawl(frontier, "20261127-000000", rereads=False)
    assert {entry.candidate.url: entry.state async for entry in frontier.entries()} == dict.fromkeys(
        [OWN, f"{OWN}a", ELSEWHERE, f"{ELSEWHERE}b"], State.DONE
    )


async def test_stopped_before_it_began_it_claims_nothing(
    engine: Engine, frontier: MemoryFrontier, web: Web
) -> None:
    await frontier.add([candidate(OWN, is_seed=True)])
    engine.stop("max-time")
    assert await engine.crawl(frontier, "20261127-000000", rereads=False) == "max-time"
    assert web.urls() == []


async def test_what_it_lends_is_waited_for(engine: Engine) -> None:
    await engine.lend(3)
    lending = asyncio.create_task(engine.lend(2))
    for _ in range(10):
        await asyncio.sleep(0)
    assert not lending.done()
    lending.cancel()
