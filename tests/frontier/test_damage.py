"""Damage is seen before anything is written, and looking changes nothing."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from crawler.errors import DamageError, StorageError
from crawler.frontier.damage import believed_bytes, find_damage, refuse_damaged
from crawler.frontier.database import SCHEMA_VERSION, open_database

PAGE_BYTES = 4096
FRAME_BYTES = PAGE_BYTES + 24

# Leaves the log behind, as a kill does.
KILLED = """
import os, sys
from crawler.frontier.database import open_database
connection = open_database(__import__("pathlib").Path(sys.argv[1]))
for number in range(40):
    connection.execute("INSERT INTO host (name) VALUES (?)", (f"{number}.example" * 50,))
connection.execute("INSERT INTO segment VALUES ('s.warc.gz', 7)")
os._exit(0)
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database that was closed in good order."""
    path = tmp_path / "crawl.db"
    with closing(open_database(path)) as connection:
        connection.executemany("INSERT INTO host (name) VALUES (?)", [(f"{n}" * 500,) for n in range(10)])
    return path


@pytest.fixture
def killed(tmp_path: Path) -> Path:
    """One whose process was killed."""
    path = tmp_path / "crawl.db"
    subprocess.run([sys.executable, "-c", KILLED, str(path)], check=True)
    return path


def log_of(path: Path) -> Path:
    return path.with_name("crawl.db-wal")


def look(path: Path) -> str:
    """What is found; nothing but the index of the log is touched."""
    before = {each: each.read_bytes() for each in path.parent.iterdir() if not each.name.endswith("-shm")}
    found = find_damage(path)
    after = {each: each.read_bytes() for each in before if each.exists()}
    assert after == before
    return found


def write(path: Path, at: int, octets: bytes) -> None:
    with path.open("r+b") as file:
        file.seek(at)
        file.write(octets)


def test_a_sound_one(path: Path) -> None:
    assert look(path) == ""
    assert believed_bytes(path) == {}


def test_one_whose_process_was_killed_is_sound(killed: Path) -> None:
    assert look(killed) == ""
    assert believed_bytes(killed) == {"s.warc.gz": 7}


def test_one_that_was_killed_while_it_was_made_is_a_new_one(tmp_path: Path) -> None:
    half = tmp_path / "half" / "crawl.db"
    half.parent.mkdir()
    with closing(sqlite3.connect(tmp_path / "crawl.db", isolation_level=None)) as database:
        database.execute("PRAGMA cache_size = 1")
        database.execute("BEGIN IMMEDIATE")
        database.execute("CREATE TABLE t (x)")
        # More than the cache holds is written before it is committed; a kill leaves it with its journal.
        database.executemany("INSERT INTO t VALUES (?)", [("x" * 5000,)] * 20)
        for name in ("crawl.db", "crawl.db-journal"):
            shutil.copy(tmp_path / name, half.parent)
        database.execute("ROLLBACK")
    assert half.stat().st_size > 4096
    assert find_damage(half) == ""
    assert believed_bytes(half) is None
    open_database(half).close()


def test_a_new_one(tmp_path: Path) -> None:
    path = tmp_path / "crawl.db"
    path.touch()
    assert look(path) == ""
    assert believed_bytes(path) is None
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
    assert path.stat().st_size
    assert look(path) == ""
    assert believed_bytes(path) is None


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda path: write(path, 0, b"\xa5" * 100), "file is not a database"),
        (lambda path: path.write_bytes(b"\0" * 8192), "file is not a database"),
        (lambda path: os.truncate(path, path.stat().st_size // 2), "it was cut short"),
        (lambda path: os.truncate(path, 5000), "it was cut short"),
        (lambda path: write(path, 100, b"\xa5" * 3000), "malformed"),
        (lambda path: log_of(path).write_bytes(b"\xa5" * 9000), "its write-ahead log is damaged"),
        (lambda path: log_of(path).write_bytes(b"short"), "its write-ahead log is damaged"),
    ],
)
def test_harm_to_one_that_was_closed(path: Path, harm: Callable[[Path], None], words: str) -> None:
    harm(path)
    assert words in look(path)


@pytest.mark.parametrize("frame", [0, 5, 20])
def test_a_log_that_is_damaged_before_its_last_commit(killed: Path, frame: int) -> None:
    write(log_of(killed), 32 + frame * FRAME_BYTES + 300, b"\xa5" * 50)
    assert look(killed) == "its write-ahead log is damaged"


def test_the_torn_end_of_a_log_is_no_damage(killed: Path) -> None:
    log = log_of(killed)
    os.truncate(log, log.stat().st_size - FRAME_BYTES // 2)
    assert look(killed) == ""
    write(log, log.stat().st_size - 100, b"\xa5" * 100)
    assert look(killed) == ""


def test_what_a_log_holds_of_before_it_began_anew_is_no_damage(killed: Path) -> None:
    log = log_of(killed)
    with closing(sqlite3.connect(killed, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(FULL)")
        connection.execute("INSERT INTO host (name) VALUES ('new')")
        content = log.read_bytes()
    log.write_bytes(content)
    assert look(killed) == ""


def test_a_page_that_is_damaged_is_found_where_nobody_closed_it(killed: Path) -> None:
    with closing(sqlite3.connect(killed, isolation_level=None)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'host'").fetchone()
        connection.execute("INSERT INTO segment VALUES ('t', 1)")
        content = log_of(killed).read_bytes()
    log_of(killed).write_bytes(content)
    write(killed, (page - 1) * PAGE_BYTES, b"\xa5" * PAGE_BYTES)
    assert look(killed) != ""


def test_what_is_not_ours_is_refused(path: Path) -> None:
    with closing(open_database(path)) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    with pytest.raises(StorageError, match="newer crawler"):
        find_damage(path)
    path.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE recipe (name TEXT)")
    for look_at in (find_damage, believed_bytes):
        with pytest.raises(StorageError, match="no crawler database"):
            look_at(path)


def test_what_cannot_be_read_is_damaged(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = 'segment'").fetchone()
    write(path, (page - 1) * PAGE_BYTES, b"\xa5" * PAGE_BYTES)
    with pytest.raises(DamageError, match="is damaged"):
        believed_bytes(path)


class TestRefuse:
    def state(self, path: Path) -> dict[str, bytes]:
        return {
            each.name: each.read_bytes() for each in path.parent.iterdir() if not each.name.endswith("-shm")
        }

    def test_a_sound_one_passes_and_no_trace_is_left(self, path: Path) -> None:
        before = sorted(path.parent.iterdir())
        content = self.state(path)
        refuse_damaged(path)
        assert sorted(path.parent.iterdir()) == before
        assert self.state(path) == content

    def test_one_whose_process_was_killed_too(self, killed: Path) -> None:
        content = self.state(killed)
        refuse_damaged(killed)
        assert self.state(killed) == content

    @pytest.mark.parametrize("how", ["cut", "overwritten", "no database"])
    def test_a_damaged_one_is_refused(self, path: Path, how: str) -> None:
        content = path.read_bytes()
        path.write_bytes(
            {
                "cut": content[:-PAGE_BYTES],
                "overwritten": content[:PAGE_BYTES] + b"\xff" * PAGE_BYTES + content[2 * PAGE_BYTES :],
                "no database": b"x" * len(content),
            }[how]
        )
        with pytest.raises(DamageError, match="crawl into this folder again"):
            refuse_damaged(path)

    def test_a_damaged_log_is_refused(self, killed: Path) -> None:
        with log_of(killed).open("r+b") as log:
            log.write(b"\0" * 32)
        with pytest.raises(DamageError, match="write-ahead log"):
            refuse_damaged(killed)

    def test_another_programs_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "crawl.db"
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("CREATE TABLE theirs (x)")
        with pytest.raises(StorageError, match="no crawler database"):
            refuse_damaged(path)
