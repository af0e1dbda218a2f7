"""The history of an output, asked as of its runs."""

from __future__ import annotations

from pathlib import Path

from crawler.frontier.history import History
from crawler.shift import Lapse
from crawler.urls import identity
from tests.web import OWN, Web, crawl, links, tagged

A = f"{OWN}a"


async def test_copies_as_of_a_run(tmp_path: Path) -> None:
    web = Web({OWN: tagged(links("/a")), A: links("/", title="one")})
    await crawl(web, tmp_path, OWN)
    web.says[A] = links("/", title="two")
    await crawl(web, tmp_path, OWN)
    web.says[A] = 404
    await crawl(web, tmp_path, OWN)
    async with await History.open(tmp_path / "crawl.db") as history:
        copies = [await history.copy_as_of(identity(A), run) for run in range(4)]
        assert [copy and copy.title for copy in copies] == [None, "one", "two", "two"]
        assert await history.runs_of_change(identity(A)) == [2, 1]
        shifts = [each async for each in history.shifts(2, 3)]
        assert [(each.url, each.lapse, each.lapse_before) for each in shifts] == [(A, Lapse.GONE, Lapse.GOOD)]
        assert [(each.what, each.answers) for each in await history.answers_by_status(3)] == [("404", 1)]
        assert [each.answers for each in await history.answers_by_host(1, 5)] == [2]
        assert sum(each.answers for each in (await history.answers_by_time(1, 0, 60)).values()) == 2
