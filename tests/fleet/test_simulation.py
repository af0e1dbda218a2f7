"""A shared crawl of many hosts and workers, by a clock of ours, against the real scripts."""

from __future__ import annotations

import pytest

from benchmarks.shared_simulation import Size, simulate
from tests.frontier.redis_server import running_server

pytestmark = [pytest.mark.system, pytest.mark.long]

SMALL = Size(urls=4000, hosts=400, workers=20, concurrency=8, deaths=4, lease_seconds=20.0)


async def test_every_host_is_left_alone_and_nobody_is_forgotten() -> None:
    with running_server() as url:
        found = await simulate(url, SMALL)
    assert (found.too_soon, found.at_once) == (0, 0)
    assert found.least_rest_seconds >= SMALL.delay_seconds - 1e-6
    assert found.done == found.urls
    assert found.died == 4
    assert found.again > 0
    # Nobody waits for longer than the dead are waited for, and nobody does all the work.
    assert all(max(waits) <= SMALL.lease_seconds + 5 for waits in found.waits.values() if waits)
    shares = sorted(found.by_worker.values())
    assert shares[-1] < 4 * shares[0]
