"""Who watches sees workers, leases, hosts and how far behind they are."""

from __future__ import annotations

import pytest

from crawler.clock import ManualClock
from crawler.frontier.protocol import RunPlan
from crawler.frontier.redis.address import read_address
from crawler.frontier.redis.fleet import RedisFleet
from crawler.frontier.redis.frontier import RedisFrontier
from crawler.frontier.redis.lookout import RedisLookout
from crawler.frontier.redis.server import connect
from crawler.model import Candidate
from crawler.urls import identity
from tests.frontier.redis_server import running_server

pytestmark = pytest.mark.system


def page(host: int, number: int) -> Candidate:
    url = f"https://h{host}.example/{number}"
    return Candidate(url=url, key=identity(url), host=f"h{host}.example", is_seed=True)


async def test_a_crawl_before_and_while_it_is_worked_on() -> None:
    with running_server() as url:
        scripts = await connect(read_address(url))
        lookout = RedisLookout(scripts, 60.0)
        nothing = await lookout.sight()
        assert (nothing.muster.workers, nothing.hosts_held, nothing.lag_seconds) == ((), 0, 0.0)
        fleet, frontier = RedisFleet(scripts, 60.0), RedisFrontier(scripts, lease_seconds=60.0, holder=1)
        await frontier.open_run(RunPlan(name="20261128-063000", delay_seconds=1.0))
        await frontier.add([page(host, number) for host in range(4) for number in range(3)])
        await fleet.beat(await fleet.join("a"), {"place": "machine:folder", "held": 3, "finished": 7})
        assert len((await frontier.claim(3)).leases) == 3
        seen = await lookout.sight()
        (worker,) = seen.muster.workers
        assert (worker.place, worker.held, worker.finished, worker.is_alive) == ("machine:folder", 3, 7, True)
        assert (seen.counts.claimed, seen.hosts_held, seen.counts.queued) == (3, 3, 9)
        assert seen.hosts_ready == 1
        assert seen.lag_seconds >= 0.0
        assert seen.at > ManualClock().now()
        await frontier.close()
