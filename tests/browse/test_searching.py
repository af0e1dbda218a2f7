"""The index follows the database: what it holds it does not read again, whatever was let go of or rebuilt."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from crawler.body import Spool
from crawler.browse.searching import Answer, Searching
from crawler.browse.shelf import Shelf
from crawler.options import KeepOptions
from crawler.output import Output
from crawler.retention import retain
from tests.serve.conftest import crawled as crawled  # noqa: PLC0414 - a fixture
from tests.serve.conftest import output as output  # noqa: PLC0414 - a fixture
from tests.web import OWN, Web, crawl, links


@asynccontextmanager
async def searching(folder: Path) -> AsyncIterator[Searching]:
    output = Output(folder)
    async with (
        Shelf(output) as shelf,
        Searching(shelf, output.archive, Spool(), folder / "search.db") as search,
    ):
        yield search


async def words(folder: Path, text: str) -> Answer:
    async with searching(folder) as search:
        return await search.find(text, 0, 10)


async def test_letting_go_of_old_runs_reads_nothing_again(output: Path) -> None:
    before = await words(output, "lighthouse")
    assert (before.total, before.pages, before.is_whole) == (1, 3, True)
    retain(Output(output), KeepOptions(keep_runs=1), now=1e12, software="test")
    # Nothing can be read any more.
    shutil.rmtree(output / "archive")
    assert await words(output, "lighthouse") == before
    assert (await words(output, "second words")).total == 1


async def test_a_rebuilt_database_is_walked_through_and_nothing_is_read_again(tmp_path: Path) -> None:
    out = tmp_path / "out"
    web = Web({OWN: links("b", text="<p>lighthouse</p>"), f"{OWN}b": links(text="<p>harbour</p>")})
    web.clock.advance(0.25)
    await crawl(web, out, OWN)
    assert (await words(out, "lighthouse")).pages == 2
    _lose(out)
    web.says = {OWN: web.says[OWN], f"{OWN}b": links(text="<p>wharf</p>")}
    await crawl(web, out, OWN)
    assert [(await words(out, word)).total for word in ("harbour", "wharf", "lighthouse")] == [0, 1, 1]
    _lose(out)
    shutil.rmtree(out / "archive")
    other = Web({OWN: links(text="<p>another site</p>")})
    other.clock.advance(86_400)
    await crawl(other, out, OWN)
    after = await words(out, "another")
    assert (after.total, after.pages, after.is_whole) == (1, 1, True)


def _lose(folder: Path) -> None:
    """Take away the database; the next crawl rebuilds it from the archive, if there is one."""
    for end in ("", "-wal", "-shm"):
        (folder / f"crawl.db{end}").unlink(missing_ok=True)
