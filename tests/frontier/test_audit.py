"""What the database says of itself is asked without leaving a trace."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from crawler.errors import DamageError, StorageError
from crawler.frontier.audit import Audit, untouching_ledger
from crawler.frontier.database import open_database

URL = (
    "INSERT INTO url (id, key_hash, url, host_id, state, depth, hops, is_linked, is_embedded, good_id)"
    " VALUES (?, ?, ?, 1, 'done', 0, '', 1, 0, ?)"
)
CAPTURE = (
    "INSERT INTO capture (id, url_id, run, captured_at, status, media_type, charset, content_type, size_bytes, digest,"
    " segment, offset, length, mirror_path, title)"
    " VALUES (?, ?, 1, 0, 200, '', '', '', 1, ?, ?, ?, ?, ?, '')"
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Two URLs, one of them captured twice."""
    path = tmp_path / "crawl.db"
    with closing(open_database(path)) as connection:
        connection.execute("INSERT INTO host (name, done) VALUES ('example.org', 2)")
        connection.execute("UPDATE total SET hosts = 1, done = 2")
        connection.executemany(
            URL, [(1, b"1", "https://example.org/1", 2), (2, b"2", "https://example.org/2", 3)]
        )
        connection.executemany(
            CAPTURE,
            [
                (1, 1, "old", "b", 70, 10, "old.html"),
                (2, 1, "new", "b", 50, 20, "new.html"),
                (3, 2, "two", "a", 90, 10, "two.html"),
            ],
        )
        connection.execute("INSERT INTO segment VALUES ('a', 100), ('b', 80)")
    return path


@pytest.fixture
def audit(path: Path) -> Iterator[Audit]:
    with closing(Audit(path)) as audit:
        yield audit


def change(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


def test_a_sound_one_contradicts_nothing(audit: Audit) -> None:
    assert list(audit.contradictions()) == []


def test_captures_come_as_they_lie(audit: Audit) -> None:
    assert [(each.segment, each.offset, each.url) for each in audit.stored()] == [
        ("a", 90, "https://example.org/2"),
        ("b", 50, "https://example.org/1"),
        ("b", 70, "https://example.org/1"),
    ]


def test_files_of_older_captures(audit: Audit) -> None:
    assert list(audit.older_files()) == ["old.html"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE total SET queued = 1", "says that queued are 1, but they are 0"),
        ("UPDATE host SET excluded = 1", "counts the URLs of example.org wrongly"),
        ("INSERT INTO host (name, queued) VALUES ('b', 1)", "counts the URLs of b wrongly"),
        (
            "UPDATE url SET good_id = 3 WHERE id = 1",
            "shows the answer of another URL for https://example.org/1",
        ),
        (
            "UPDATE url SET last_id = 9 WHERE id = 2",
            "shows the answer of another URL for https://example.org/2",
        ),
        (
            "UPDATE segment SET length = 79 WHERE name = 'b'",
            "knows of answers behind the end that it has of b",
        ),
        ("DELETE FROM segment WHERE name = 'a'", "knows of answers behind the end that it has of a"),
    ],
)
def test_what_does_not_agree(path: Path, statement: str, said: str) -> None:
    change(path, statement)
    with closing(Audit(path)) as audit:
        assert said in list(audit.contradictions())


def test_no_trace_is_left(path: Path) -> None:
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    with closing(Audit(path)) as audit:
        list(audit.contradictions())
        assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


async def test_a_ledger_that_leaves_none(path: Path) -> None:
    before = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    ledger = await untouching_ledger(path)
    assert (await ledger.counts()).done == 2
    await ledger.close()
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == before


def test_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be opened"):
        Audit(tmp_path / "crawl.db")


def test_damage_that_is_met_is_said(path: Path) -> None:
    with closing(Audit(path)) as audit:
        page_of = "SELECT rootpage FROM sqlite_schema WHERE name = 'capture'"
        with closing(sqlite3.connect(path)) as connection:
            (page,) = connection.execute(page_of).fetchone()
        with path.open("r+b") as file:
            file.seek((page - 1) * 4096)
            file.write(b"\xff" * 4096)
        with pytest.raises(DamageError, match="damaged"):
            list(audit.stored())
