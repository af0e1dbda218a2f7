"""The server shows the shared crawl beside its output."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.clock import ManualClock
from crawler.errors import UsageError
from crawler.frontier.protocol import RunPlan
from crawler.frontier.redis.address import read_address
from crawler.frontier.redis.fleet import RedisFleet
from crawler.frontier.redis.frontier import RedisFrontier
from crawler.frontier.redis.server import connect
from crawler.muster import Muster, WorkerState
from crawler.serve.sharing import Sharing, shared_figures, shared_values
from crawler.sighting import Sighting
from crawler.standing import Counts
from tests.frontier.redis_server import running_server
from tests.serve.serving import served

WORKERS = (
    WorkerState(number=1, place="a:one", seen_at=99.0, is_alive=True, held=4, finished=10),
    WorkerState(number=2, place="b:two", seen_at=10.0, is_alive=False),
)
SEEN = Sighting(
    at=100.0,
    muster=Muster(workers=WORKERS, expired_leases=3, held_hosts=2, ready_hosts=1, lag_seconds=0.25),
    counts=Counts(queued=5, claimed=4),
)


def test_figures_and_values() -> None:
    figures = {name: told for name, _, _, told in shared_figures(SEEN)}
    assert figures["shared_up"] == [("", True)]
    assert figures["shared_workers"] == [('{state="alive"}', 1), ('{state="silent"}', 1)]
    assert figures["shared_leases_expired_total"] == [("", 3)]
    assert figures["shared_hosts_held"] == [("", 2)]
    assert figures["shared_lag_seconds"] == [("", 0.25)]
    values = shared_values(SEEN)
    assert values is not None
    assert values["state"] == "going on"
    assert [each["silent_seconds"] for each in values["workers"]] == [1.0, 90.0]
    assert list(shared_figures(None)) == []
    assert shared_values(None) is None
    assert shared_values("away") == {"error": "away"}
    assert [name for name, *_ in shared_figures("away")] == ["shared_up"]


async def test_a_frontier_that_is_away_hurts_nobody(output: Path, tmp_path: Path) -> None:
    async with served(output, frontier=f"unix://user:secret@{tmp_path}/none") as server:
        said = await server.ask("/metrics")
        assert said.status == 200
        assert "crawler_shared_up 0\n" in said.text
        assert "secret" not in said.text
    with pytest.raises(UsageError):
        Sharing("http://nowhere", ManualClock())


async def test_no_crawl_into_what_is_gathered(output: Path) -> None:
    (output / ".gathered").write_text("{}")
    async with served(output) as server:
        said = await server.ask("/api/crawls", "POST", json={"seeds": ["https://example.org/"]})
        assert (said.status, said.json["detail"]) == (
            409,
            "this output is gathered of other folders; crawl into one of them",
        )
        assert (await server.ask("/api/crawls")).json["items"] == []


async def test_without_one_nothing_is_said(output: Path) -> None:
    async with served(output) as server:
        assert "crawler_shared" not in (await server.ask("/metrics")).text


@pytest.mark.system
async def test_workers_and_leases_of_a_real_one(output: Path) -> None:
    with running_server() as url:
        scripts = await connect(read_address(url))
        frontier, fleet = RedisFrontier(scripts), RedisFleet(scripts, 60.0)
        await frontier.open_run(RunPlan(name="20261128-063000"))
        await fleet.beat(await fleet.join("a"), {"place": "machine:folder"})
        async with served(output, frontier=url) as server:
            text = (await server.ask("/metrics")).text
        await frontier.close()
    assert "crawler_shared_up 1\n" in text
    assert 'crawler_shared_workers{state="alive"} 1\n' in text
    assert "crawler_shared_leases_expired_total 0\n" in text
