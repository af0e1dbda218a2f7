"""Lists of changes are made once, kept while nothing is crawled, and closed when others come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from crawler.body import Spool
from crawler.browse.comparing import Comparing
from crawler.browse.shelf import Shelf
from crawler.changes import ChangeKind
from crawler.errors import UsageError
from crawler.output import Output
from tests.web import OWN, Web, crawl, links

A = f"{OWN}a"


async def nights(folder: Path, count: int) -> Web:
    """So many runs; in each another page comes in."""
    web = Web({OWN: links("/a"), A: links("/")})
    for night in range(count):
        names = [f"{OWN}n{each}" for each in range(night)]
        web.says[OWN] = links("/a", *names)
        web.says.update({name: links("/", title=name) for name in names})
        await crawl(web, folder, OWN)
        web.clock.advance(86_400)
    return web


@asynccontextmanager
async def comparing(folder: Path) -> AsyncIterator[Comparing]:
    output = Output(folder)
    async with Shelf(output) as shelf, Comparing(shelf, output.archive, Spool()) as found:
        yield found


async def test_many_who_ask_get_the_same_and_what_is_new_is_seen(tmp_path: Path) -> None:
    web = await nights(tmp_path, 2)
    async with comparing(tmp_path) as compare:
        told = await asyncio.gather(*(compare.find(None, None, after=0, limit=10) for _ in range(20)))
        assert all(each == told[0] for each in told)
        assert dict(told[0].found[:1])[ChangeKind.NEW]["url"] == f"{OWN}n0"
        web.says[A] = links("/", text="<p>other words")
        await crawl(web, tmp_path, OWN)
        told_now = await compare.find(None, None, after=0, limit=10)
        assert [change["url"] for kind, change in told_now.found if kind is ChangeKind.CHANGED] == [A]


async def test_more_pairs_than_are_kept(tmp_path: Path) -> None:
    await nights(tmp_path, 5)
    pairs = [(str(since), str(until)) for until in range(2, 6) for since in range(1, until)]
    async with comparing(tmp_path) as compare:
        asked = [compare.find(*pair, after=0, limit=10, kind=ChangeKind.NEW) for pair in pairs * 3]
        told = await asyncio.gather(*asked)
        news = [[change["url"] for _, change in each.found] for each in told]
    assert news == [
        [f"{OWN}n{night}" for night in range(int(since) - 1, int(until) - 1)] for since, until in pairs * 3
    ]


async def test_a_stretch_goes_over_kinds(tmp_path: Path) -> None:
    await nights(tmp_path, 4)
    async with comparing(tmp_path) as compare:
        whole = (await compare.find("1", "4", after=0, limit=100)).found
        parts = [(await compare.find("1", "4", after=each, limit=1)).found for each in range(len(whole))]
    assert len(whole) >= 3
    assert [part[0] for part in parts] == list(whole)


async def test_no_such_run(tmp_path: Path) -> None:
    await nights(tmp_path, 1)
    async with comparing(tmp_path) as compare:
        with pytest.raises(UsageError, match="no such run"):
            await compare.find("7", None, after=0, limit=1)
