"""Redirects are followed from row to row, as far as a browser would, and never in a circle."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crawler.clock import ManualClock
from crawler.frontier.database import open_database, statements
from crawler.frontier.following import MAX_REDIRECTS, addresses_of, way_of
from crawler.frontier.protocol import RunPlan
from crawler.frontier.sqlite import SqliteFrontier
from tests.frontier.contract import A, capture, do, seed

SQL = statements("reading")


def url(path: str) -> str:
    return f"http://{A}/{path}"


@pytest.fixture
async def chained(tmp_path: Path) -> Path:
    """Seeds 0 to 11, each of which leads to the next, a circle of two, and a page."""
    path = tmp_path / "crawl.db"
    async with await SqliteFrontier.open(path, ManualClock()) as frontier:
        await frontier.open_run(RunPlan(name="run"))
        leads = {str(n): str(n + 1) for n in range(12)} | {"round": "about", "about": "round"}
        for name, to in leads.items():
            moved = capture(name, status=301, redirect_to=url(to), mirror_path=None)
            await do(frontier, seed(name), capture=moved, status=301)
        await do(frontier, seed("12"), capture=capture("12", mirror_path="a.example/12~.html"))
    return path


@pytest.fixture
def database(chained: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(chained, read_only=True)) as connection:
        yield connection


def test_where_a_file_lies(database: sqlite3.Connection) -> None:
    asked = [url(name) for name in ("12", "11", "2", "1", "round", "unknown")]
    assert addresses_of(database, SQL, asked) == {
        url("12"): "a.example/12~.html",
        url("11"): "a.example/12~.html",
        url("2"): "a.example/12~.html",
        # One redirect too many.
        url("1"): None,
        url("round"): None,
    }


def test_which_way_a_seed_went(database: sqlite3.Connection) -> None:
    ways = {}
    for _, *row in database.execute(SQL["seed_ways"], {"last": 0, "limit": 100}).fetchall():
        way = [each.url for each in way_of(database, SQL, tuple(row))]
        ways[way[0]] = way[1:]
    assert ways[url("10")] == [url("11"), url("12")]
    assert ways[url("round")] == [url("about")]
    assert len(ways[url("0")]) == MAX_REDIRECTS
