"""A clock that is set in the middle of a crawl: a day ahead or back, to 1970, beyond 2038."""

from __future__ import annotations

import asyncio
import json
import time
from pathlib import Path

import pytest

from crawler.clock import SystemClock
from crawler.exchange import Request
from crawler.model import State
from tests.web import OWN, Answer, JobClock, Web, entries, job_on, links, page, states


class RealClock(JobClock):
    """The machine's clock where the web of tests wants one of its own."""

    def __init__(self) -> None:
        super().__init__()
        self._real = SystemClock()
        self.now, self.monotonic, self.wait = self._real.now, self._real.monotonic, self._real.wait  # type: ignore[method-assign]


DAY = 86_400.0
PAGES = 10


@pytest.mark.parametrize(
    "to",
    [time.time() + DAY, time.time() - DAY, 1.0, 2**31 + 5.0, 4_102_444_800.0],
    ids=["a day ahead", "a day back", "1970", "2038", "2100"],
)
async def test_a_crawl_outlives_a_jump_of_the_clock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: float
) -> None:
    began = time.time()

    def jumping(_: Request) -> Answer:
        monkeypatch.setattr(time, "time", lambda: to)
        return page("/6")

    web = Web({f"{OWN}{n}": links(f"/{n + 1}") for n in range(1, PAGES)}, clock=RealClock())
    web.says |= {OWN: links("/1"), f"{OWN}5": jumping, f"{OWN}{PAGES}": links()}
    async with asyncio.timeout(30):
        report = await job_on(web, tmp_path, OWN, max_wait=0.0).run()
    monkeypatch.undo()
    assert report.run.outcome == "finished"
    assert set((await states(tmp_path)).values()) == {State.DONE}
    assert sorted(web.urls()) == sorted([OWN, *(f"{OWN}{n}" for n in range(1, PAGES + 1))])
    assert 0 < report.seconds < 60
    captured_at = [entry.good.captured_at for entry in (await entries(tmp_path)).values() if entry.good]
    assert len(captured_at) == PAGES + 1
    assert all(abs(each - began) < 60 for each in captured_at)
    told = json.loads((tmp_path / "reports" / f"{report.run.name}.json").read_text())
    assert told["started_at"][:4] == time.strftime("%Y", time.gmtime(began))


async def test_held_still_for_longer_than_a_lease_it_fetches_nothing_twice(tmp_path: Path) -> None:
    """SIGSTOP, and an hour later SIGCONT: every lease has expired, and each is still ours to finish."""
    web = Web({OWN: links(*(f"/{n}" for n in range(PAGES)))})
    others = asyncio.Event()

    async def waiting(_: Request) -> Answer:
        await others.wait()
        return page("/more")

    def held_still(_: Request) -> Answer:
        web.clock.advance(3600.0)
        others.set()
        return page()

    web.says |= {f"{OWN}{n}": waiting for n in range(PAGES - 1)}
    web.says |= {f"{OWN}{PAGES - 1}": held_still, f"{OWN}more": links()}
    async with asyncio.timeout(30):
        report = await job_on(web, tmp_path, OWN).run()
    assert report.run.outcome == "finished"
    assert set((await states(tmp_path)).values()) == {State.DONE}
    assert sorted(web.urls()) == sorted([OWN, f"{OWN}more", *(f"{OWN}{n}" for n in range(PAGES))])
