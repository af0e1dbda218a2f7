"""A diff shows what a page says, within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.body import Spool
from crawler.frontier.history import History
from crawler.originals import Originals
from crawler.output import Output
from crawler.pagediff import MAX_LINES, page_diff
from crawler.urls import identity
from tests.web import OWN, Said, Web, crawl, links, typed


async def diff(folder: Path, before: Said, now: Said) -> list[str]:
    """Of the home page between two runs."""
    web = Web({OWN: before})
    await crawl(web, folder, OWN)
    web.says[OWN] = now
    await crawl(web, folder, OWN)
    place = Output(folder)
    async with await History.open(place.database) as history:
        copies = [await history.copy_as_of(identity(OWN), run) for run in (1, 2)]
        assert copies[0] is not None and copies[1] is not None  # noqa: PT018
        return await page_diff(Originals(place.archive, history.ledger, Spool()), copies[0], copies[1])


async def test_lines_of_the_main_content(tmp_path: Path) -> None:
    lines = await diff(tmp_path, links(text="<p>a<p>b<nav>x</nav>"), links(text="<p>a<p>c<nav>y</nav>"))
    assert lines[3:] == [" A page", " a", "-b", "+c"]
    assert lines[0].startswith(f"--- {OWN} 2001-09-09T")


async def test_the_same_bytes(tmp_path: Path) -> None:
    assert await diff(tmp_path, links(), links()) == []


@pytest.mark.parametrize("count", [10, 5 * MAX_LINES])
async def test_a_text_of_many_lines(tmp_path: Path, count: int) -> None:
    lines = await diff(tmp_path, typed("one\n", "text/plain"), typed("line\n" * count, "text/plain"))
    assert len(lines) == min(count + 4, MAX_LINES + 1)
    assert lines[-1].startswith("... the diff goes on" if count > MAX_LINES else "+line")


async def test_what_is_no_text_is_described(tmp_path: Path) -> None:
    lines = await diff(
        tmp_path, typed(b"%PDF-1 a", "application/pdf"), typed(b"%PDF-1 bc", "application/pdf")
    )
    assert [line.split(": ")[1].split(", sha")[0] for line in lines] == [
        "application/pdf, 8 bytes",
        "application/pdf, 9 bytes",
    ]
