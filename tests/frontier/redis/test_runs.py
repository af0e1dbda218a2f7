"""Runs whose opener died before they were open; all else is in the contract."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest
from redis.asyncio import Redis

from crawler.clock import ManualClock
from crawler.errors import StorageError
from crawler.frontier.protocol import RunPlan
from crawler.frontier.redis.frontier import RedisFrontier
from crawler.frontier.redis.scripts import Scripts
from crawler.model import State
from tests.frontier.contract import claim_all, do, link, paths_of, seed
from tests.frontier.redis_server import ClockedScripts, running_server

pytestmark = pytest.mark.system


class DyingScripts:
    """Scripts of a process that dies before the operation of this name."""

    def __init__(self, scripts: Scripts, last: str) -> None:
        self._scripts = scripts
        self._last = last
        self.line = scripts.line
        self.prefix = scripts.prefix

    async def run(self, operation: str, told: dict[str, Any], blobs: list[bytes] | None = None) -> Any:
        if operation == self._last:
            raise StorageError("died")
        return await self._scripts.run(operation, told, blobs)


@pytest.fixture
def url() -> Iterator[str]:
    with running_server() as url:
        yield url


@pytest.fixture
async def scripts(url: str) -> AsyncIterator[Scripts]:
    async with Redis.from_url(url) as client:
        yield ClockedScripts(client, "crawl", ManualClock())


@pytest.mark.parametrize("died_before", ["pass", "pace", "opened"])
@pytest.mark.parametrize("plan", [RunPlan(name="next"), RunPlan(name="next", options="{1}")])
async def test_what_an_opener_left_undone_is_done(scripts: Scripts, died_before: str, plan: RunPlan) -> None:
    frontier = RedisFrontier(scripts)
    await frontier.open_run(RunPlan(name="first"))
    await do(frontier, seed())
    await do(frontier, link("gone"), State.FAILED, reason="http_404")
    await frontier.close_run("finished")
    with pytest.raises(StorageError, match="died"):
        await RedisFrontier(DyingScripts(scripts, died_before)).open_run(plan)
    # Others wait for it to be opened.
    waiting = await frontier.claim(9)
    assert waiting.leases == ()
    assert waiting.ready_at is not None
    run = await frontier.open_run(plan)
    assert (run.number, run.is_continued) == (2, True)
    assert sorted(paths_of(await claim_all(frontier))) == ["", "gone"]
    assert (await frontier.counts()).pages == 0
    assert not [each async for each in frontier.seeds()]


async def test_what_a_server_answered_outlives_its_worker(scripts: Scripts) -> None:
    frontier = RedisFrontier(scripts)
    await frontier.open_run(RunPlan(name="first"))
    await frontier.add([link("a")])
    with pytest.raises(StorageError, match="died"):
        await do(RedisFrontier(DyingScripts(scripts, "finish")), link("a"))
    counts = await frontier.counts()
    assert (counts.claimed, counts.done) == (1, 0)
    assert await frontier.release(0) == 1
