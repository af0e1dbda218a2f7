"""Hold the gathered counts to what moved."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crawler.frontier.database import open_database, statements
from crawler.frontier.tally import Tally
from crawler.model import State

SQL = statements("writing")


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(tmp_path / "crawl.db")) as opened:
        opened.executemany("INSERT INTO host (name) VALUES (?)", [("a.example",), ("b.example",)])
        yield opened


def counts(connection: sqlite3.Connection, table: str) -> list[tuple[int, ...]]:
    return connection.execute(f"SELECT queued, claimed, done, failed, excluded FROM {table}").fetchall()


def test_moves_are_added_up_by_host_and_in_total(connection: sqlite3.Connection) -> None:
    tally = Tally()
    for _ in range(3):
        tally.move(1, None, State.QUEUED)
    tally.move(2, None, State.QUEUED)
    tally.move(1, State.QUEUED, State.CLAIMED)
    tally.move(2, State.QUEUED, State.CLAIMED)
    tally.move(2, State.CLAIMED, State.FAILED)
    tally.write(connection, SQL)
    assert counts(connection, "host") == [(2, 1, 0, 0, 0), (0, 0, 0, 1, 0)]
    assert counts(connection, "total") == [(2, 1, 0, 1, 0)]


def test_what_was_written_is_not_written_again(connection: sqlite3.Connection) -> None:
    tally = Tally()
    tally.host_is_new()
    tally.move(1, None, State.QUEUED)
    for _ in range(2):
        tally.write(connection, SQL)
    tally.move(1, State.QUEUED, State.CLAIMED)
    tally.write(connection, SQL)
    assert counts(connection, "total") == [(0, 1, 0, 0, 0)]
    assert connection.execute("SELECT hosts FROM total").fetchone() == (1,)


def test_a_host_may_come_without_urls(connection: sqlite3.Connection) -> None:
    tally = Tally()
    tally.host_is_new()
    tally.write(connection, SQL)
    assert connection.execute("SELECT hosts FROM total").fetchone() == (1,)


def test_a_move_past_the_state_table_is_a_bug() -> None:
    with pytest.raises(AssertionError, match="claimed -> claimed"):
        Tally().move(1, State.CLAIMED, State.CLAIMED)


def test_instants_only_widen(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE host SET ready_at = 50, queue_at = 70, free_at = 70")
    tally = Tally()
    asked, woken = tally.host(1), tally.host(2)
    asked.ready_at, asked.pages, asked.page_slots = 60.0, 1, 2
    asked.answers = (3.0, 4, 0.5, 2.0, 1, "dns")
    woken.wake(80)
    woken.wake(20)
    tally.write(connection, SQL)
    columns = (
        "ready_at, queue_at, free_at, pages, page_slots, delay_seconds, parallel, strain, silences, down"
    )
    rows = connection.execute(f"SELECT {columns} FROM host ORDER BY id").fetchall()
    assert rows == [(60, 70, 70, 1, 2, 3, 4, 2, 1, "dns"), (50, 20, 20, 0, 0, 0, 1, 1, 0, "")]
