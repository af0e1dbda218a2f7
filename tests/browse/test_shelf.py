"""Connections are lent, of the database there is by now."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from crawler.browse.shelf import Shelf
from crawler.errors import StorageError
from crawler.frontier.browsing import Browsing
from crawler.frontier.database import open_database
from crawler.output import Output
from tests.web import OWN, Web, crawl, links


async def test_a_database_that_comes_and_is_made_anew_is_seen(tmp_path: Path) -> None:
    web = Web({OWN: links()})
    async with Shelf(Output(tmp_path)) as shelf:
        async with shelf.reader() as reader:
            assert (await reader.ledger.counts()).known == 0
            assert not (tmp_path / "crawl.db").exists()
        await crawl(web, tmp_path, OWN)
        async with shelf.reader() as reader:
            assert (await reader.ledger.counts()).done == 1
        (tmp_path / "crawl.db").rename(tmp_path / "aside.db")
        await crawl(Web({}), tmp_path, "http://127.0.0.1:8000/other")
        async with shelf.reader() as reader:
            assert await reader.ledger.entry(f"{OWN}other") is not None


async def test_a_database_that_is_being_made_is_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "crawl.db"
    with closing(sqlite3.connect(path)) as half:
        half.execute("PRAGMA journal_mode = WAL")

    async def make() -> None:
        with closing(open_database(path)):
            pass

    async with Shelf(Output(tmp_path)) as shelf:
        making = asyncio.create_task(make())
        async with shelf.reader() as reader:
            assert (await reader.ledger.counts()).known == 0
        await making


async def test_a_reader_that_broke_is_not_lent_again(tmp_path: Path) -> None:
    async with Shelf(Output(tmp_path), 1) as shelf:
        with pytest.raises(StorageError):
            async with shelf.reader() as first:
                await Browsing.open(tmp_path / "none.db")
        async with shelf.reader() as second:
            assert second is not first
            assert (await second.ledger.counts()).known == 0
