"""Hold every frontier to the one contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from redis.asyncio import Redis

from crawler.clock import Clock, ManualClock
from crawler.frontier.memory import MemoryFrontier
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.frontier.redis.frontier import RedisFrontier
from crawler.frontier.sqlite import SqliteFrontier
from tests.frontier.contract import FrontierFactory, OpenAt
from tests.frontier.contract_add import TestAdd, TestReadAgain
from tests.frontier.contract_claim import TestClaim, TestLease, TestOrder, TestPace
from tests.frontier.contract_durable import TestDurable
from tests.frontier.contract_finish import TestFence, TestFinish
from tests.frontier.contract_histories import TestHistories
from tests.frontier.contract_ledger import TestLedger
from tests.frontier.contract_mirror import TestAddresses, TestRepair
from tests.frontier.contract_pace import TestAnyInterleaving, TestBeforeItIsMet
from tests.frontier.contract_pages import TestPageBudget
from tests.frontier.contract_processes import TestProcesses
from tests.frontier.contract_restore import TestRestore
from tests.frontier.contract_runs import TestContinued, TestFresh, TestNewRun
from tests.frontier.contract_seeds import TestHosts, TestParents, TestRuns, TestSeeds
from tests.frontier.contract_states import TestStateTable
from tests.frontier.contract_tempo import TestBreaker, TestTempo
from tests.frontier.redis_server import ClockedScripts, running_server

__all__ = [
    "TestAdd",
    "TestAddresses",
    "TestAnyInterleaving",
    "TestBeforeItIsMet",
    "TestBreaker",
    "TestClaim",
    "TestContinued",
    "TestDurable",
    "TestFence",
    "TestFinish",
    "TestFresh",
    "TestHistories",
    "TestHosts",
    "TestLease",
    "TestLedger",
    "TestNewRun",
    "TestOrder",
    "TestPace",
    "TestPageBudget",
    "TestParents",
    "TestProcesses",
    "TestReadAgain",
    "TestRepair",
    "TestRestore",
    "TestRuns",
    "TestSeeds",
    "TestStateTable",
    "TestTempo",
]


@asynccontextmanager
async def open_memory(folder: Path, clock: Clock) -> AsyncIterator[Frontier]:
    frontier = MemoryFrontier(clock)
    try:
        yield frontier
    finally:
        await frontier.close()


@asynccontextmanager
async def open_sqlite(folder: Path, clock: Clock) -> AsyncIterator[Frontier]:
    async with await SqliteFrontier.open(folder / "crawl.db", clock) as frontier:
        yield frontier


KINDS: dict[str, tuple[OpenAt, bool]] = {
    "memory": (open_memory, False),
    "sqlite": (open_sqlite, True),
}
"""How each frontier is opened in a folder, and whether it is durable."""


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """A server for all crawls of these tests, each of which has a name of its own."""
    with running_server() as url:
        yield url


def opens_redis(url: str) -> OpenAt:
    @asynccontextmanager
    async def open_redis(folder: Path, clock: Clock) -> AsyncIterator[Frontier]:
        # The folder is a test's own, so its name will do for the crawl's.
        frontier = RedisFrontier(ClockedScripts(Redis.from_url(url), folder.as_posix(), clock))
        try:
            yield frontier
        finally:
            await frontier.close()

    return open_redis


@pytest.fixture(params=[*KINDS, pytest.param("redis", marks=pytest.mark.system)])
def frontier_factory(request: pytest.FixtureRequest, tmp_path: Path) -> FrontierFactory:
    if request.param == "redis":
        open_at, is_durable = opens_redis(request.getfixturevalue("redis_url")), True
    else:
        open_at, is_durable = KINDS[request.param]
    return FrontierFactory(open_at=open_at, folder=tmp_path, is_durable=is_durable)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
async def frontier(frontier_factory: FrontierFactory, clock: ManualClock) -> AsyncIterator[Frontier]:
    """An empty frontier in its first run, without limits."""
    async with frontier_factory(clock) as opened:
        await opened.open_run(RunPlan(name="first"))
        yield opened
