"""URLs counted once, of hosts nobody asks; what the figures of one are made of."""

from __future__ import annotations

from pathlib import Path

from crawler.census import Census, Sight, may_be_page
from crawler.clock import ManualClock
from crawler.options import CrawlOptions
from tests.frontier.contract import candidate, link, requisite


async def test_each_url_is_counted_once(tmp_path: Path) -> None:
    async with await Census.open(tmp_path, ManualClock()) as census:
        assert await census.add([link("a"), link("b"), requisite("x")]) == 2
        assert await census.add([link("b"), link("c"), requisite("x")]) == 1
        await census.note(link("d"), is_page=False)
        assert await census.add([link("d")]) == 0
        (told,) = await census.forecasts({}, CrawlOptions())
    assert (told.pages, told.others, told.was_asked) == (3, 2, False)


async def test_the_usual_answer_stands_for_hosts_that_gave_none(tmp_path: Path) -> None:
    async with await Census.open(tmp_path, ManualClock()) as census:
        await census.add([link("a"), link("b", "b.example")])
        sight = census.hosts["a.example"]
        sight.answers, sight.answer_seconds = 2, 3.0
        told = await census.forecasts({}, CrawlOptions.of({"delay": 4.0}))
    assert [(each.answer_seconds, each.delay_seconds) for each in told] == [(1.5, 4.0), (1.5, 4.0)]


def test_sizes_are_weighed_by_kind() -> None:
    sight = Sight()
    sight.weigh(10, is_page=True)
    sight.weigh(20, is_page=True)
    sight.weigh(5, is_page=False)
    assert (sight.pages, sight.page_bytes, sight.others, sight.other_bytes) == (2, 30, 1, 5)


def test_what_may_be_a_page() -> None:
    assert may_be_page(link("a"))
    assert not may_be_page(requisite("a"))
    assert not may_be_page(candidate("map.xml", hops="P"))
