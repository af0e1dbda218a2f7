"""What a ledger was not told yet is found by run."""

from __future__ import annotations

from pathlib import Path

from crawler.archive.recovery import segments_in
from crawler.output import Output
from crawler.union.lines import Book
from crawler.union.news import news_of, run_at
from tests.union.gathering import site
from tests.web import OWN, crawl

EVE = "20261128-062959"
NAMES = [EVE, "20261128-063000", "20261128-063000-2", "20261129-000000"]


def test_a_line_belongs_to_the_run_that_had_begun() -> None:
    assert run_at(1_795_847_400.0, NAMES) == "20261128-063000-2"
    assert run_at(1_795_847_399.0, NAMES) == EVE
    assert run_at(0.0, NAMES) == EVE
    assert run_at(2e9, NAMES) == "20261129-000000"


async def test_segments_and_lines_that_are_new(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN, retries=0)
    output, size = Output(tmp_path), (tmp_path / "crawl.log").stat().st_size
    (path,) = segments_in(output.archive)
    book = Book(sizes={"crawl.log": size})
    (news,) = news_of(output, book, {}, []).runs
    assert (news.name, dict(news.segments), news.lines) == (path.name[:15], {path: 0}, (0, size))
    believed = {path.name: path.stat().st_size}
    (news,) = news_of(output, book, believed, []).runs
    assert (dict(news.segments), news.lines) == ({}, (0, size))
    book.replayed_bytes = size
    assert news_of(output, book, believed, []).runs == []
