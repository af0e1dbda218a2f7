"""Hold the database to what it is opened for: its own files, one line for a person, no slow statement."""

from __future__ import annotations

import re
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

import crawler.frontier.database
from crawler.errors import StorageError
from crawler.frontier.database import SCHEMA_VERSION, explain, open_database, statements

PACKAGE = Path(crawler.frontier.database.__file__).parent
SCHEMA = (PACKAGE / "schema.sql").read_text(encoding="utf-8")
OPENS_A_RUN = {"queue_due", "queue_refused", "queue_texts", "drop_unfetched", "forget_validators"}
OPENS_A_RUN |= {"recount_hosts", "release_all"}
SELDOM = OPENS_A_RUN | {"held_by", "outcomes"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crawl.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(path)) as opened:
        yield opened


def columns(connection: sqlite3.Connection, table: str) -> set[tuple[object, ...]]:
    """Name, type, whether it may be null and default of each column."""
    return {row[1:5] for row in connection.execute(f"PRAGMA table_xinfo({table})")}


def make_older(connection: sqlite3.Connection, version: int) -> None:
    """Bring a new database back to an earlier schema."""
    if version < 3:
        connection.execute("ALTER TABLE url DROP COLUMN offered_as")
        connection.execute("ALTER TABLE url ADD COLUMN reads_again INTEGER NOT NULL DEFAULT 0")
        of_runs = [("run", column) for column in ("max_bytes", "retries", "delay_seconds", "overrides")]
        for table, column in (*of_runs, ("url", "holder")):
            connection.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
        connection.execute("DROP INDEX url_led")
        connection.execute("ALTER TABLE capture DROP COLUMN canonical")
    if version < 2:
        for column in ("least_seconds", "requests", "spare", "adapts"):
            connection.execute(f"ALTER TABLE host DROP COLUMN {column}")
        for column in ("latency_seconds", "strain", "silences", "down"):
            connection.execute(f"ALTER TABLE host DROP COLUMN {column}")
    connection.execute(f"PRAGMA user_version = {version}")


def refusal(path: Path, *, read_only: bool = False) -> str:
    """Why the file is not opened; it is one line, names the file, and leaves the file as it was."""
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(StorageError) as caught:
        open_database(path, read_only=read_only)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    assert (path.read_bytes() if path.is_file() else None) == before
    return message


class TestOpen:
    @pytest.mark.parametrize("begins_empty", [False, True])
    def test_nothing_becomes_a_database(self, path: Path, *, begins_empty: bool) -> None:
        if begins_empty:
            path.touch()
        with closing(open_database(path)) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
            assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
            assert connection.execute("SELECT count(*) FROM url").fetchone() == (0,)

    def test_of_many_creators_one_wins(self, tmp_path: Path) -> None:
        many = 6
        start = threading.Barrier(many)

        def create(path: Path) -> int:
            start.wait(60)
            with closing(open_database(path)) as connection:
                return len(connection.execute("SELECT * FROM total").fetchall())

        with ThreadPoolExecutor(many) as pool:
            for number in range(100):
                rows = list(pool.map(create, [tmp_path / f"{number}.db"] * many))
                assert rows == [1] * many

    def test_a_database_is_opened_again(self, path: Path) -> None:
        with closing(open_database(path)) as connection:
            connection.execute("INSERT INTO host (name) VALUES ('a.example')")
        for read_only in (False, True):
            with closing(open_database(path, read_only=read_only)) as connection:
                assert connection.execute("SELECT name FROM host").fetchall() == [("a.example",)]

    def test_reading_only_writes_nothing(self, path: Path) -> None:
        open_database(path).close()
        with (
            closing(open_database(path, read_only=True)) as connection,
            pytest.raises(sqlite3.OperationalError, match="readonly"),
        ):
            connection.execute("DELETE FROM url")

    def test_a_newer_schema(self, path: Path) -> None:
        with closing(open_database(path)) as connection:
            connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        for read_only in (False, True):
            assert "newer crawler" in refusal(path, read_only=read_only)

    def test_an_older_schema_is_brought_up_to_date(self, path: Path) -> None:
        with closing(open_database(path)) as connection:
            now = {table: columns(connection, table) for table in ("host", "run", "url")}
            make_older(connection, 1)
            connection.execute("INSERT INTO host (name, delay_seconds, parallel) VALUES ('a.example', 7, 2)")
        assert "older crawler; crawl into this folder once" in refusal(path, read_only=True)
        for _ in range(2):
            with closing(open_database(path)) as connection:
                assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
                assert {table: columns(connection, table) for table in now} == now
                row = connection.execute("SELECT delay_seconds, least_seconds, parallel, strain FROM host")
                assert row.fetchone() == (7, 7, 1, 1)
                assert connection.execute("SELECT canonical FROM capture").fetchall() == []
        open_database(path, read_only=True).close()

    def test_what_led_on_before_is_still_read_again(self, path: Path) -> None:
        with closing(open_database(path)) as connection:
            make_older(connection, 2)
            connection.execute("INSERT INTO host (name) VALUES ('a.example')")
            for number, (media_type, target) in enumerate(
                [("text/html", None), ("image/png", None), ("", "http://a.example/")], start=1
            ):
                connection.execute(
                    "INSERT INTO url (key, url, host_id, state, depth, hops, is_linked, is_embedded, last_id)"
                    " VALUES (?1, ?1, 1, 'done', 3, '', 0, 1, ?1)",
                    (number,),
                )
                connection.execute(
                    "INSERT INTO capture VALUES (?1, ?1, 1, 0, 200, ?2, '', '', 0, '', NULL, NULL, NULL, 0, 0, NULL, ?3, '')",
                    (number, media_type, target),
                )
        with closing(open_database(path)) as connection:
            assert connection.execute("SELECT offered_as FROM url").fetchall() == [(7,), (None,), (7,)]

    @pytest.mark.parametrize("version", [0, SCHEMA_VERSION, SCHEMA_VERSION + 1])
    def test_another_programs_database(self, path: Path, version: int) -> None:
        with closing(sqlite3.connect(path)) as connection:
            connection.execute("CREATE TABLE recipe (name TEXT)")
            connection.execute(f"PRAGMA user_version = {version}")
        for read_only in (False, True):
            assert "no crawler database" in refusal(path, read_only=read_only)

    def test_no_database(self, path: Path) -> None:
        path.write_bytes(b"<!doctype html><title>not a database</title>" * 100)
        for read_only in (False, True):
            assert "damaged" in refusal(path, read_only=read_only)

    def test_a_folder(self, path: Path) -> None:
        path.mkdir()
        assert "cannot be opened" in refusal(path)

    def test_nothing_is_not_read(self, path: Path) -> None:
        assert "cannot be opened" in refusal(path, read_only=True)
        path.touch()
        assert "no crawler database" in refusal(path, read_only=True)

    def test_a_path_with_characters_of_a_uri(self, tmp_path: Path) -> None:
        path = tmp_path / "50% #1?" / "crawl.db"
        path.parent.mkdir()
        open_database(path).close()
        open_database(path, read_only=True).close()


class TestExplain:
    @pytest.mark.parametrize(
        ("code", "words"),
        [
            (sqlite3.SQLITE_FULL, "disk full"),
            (sqlite3.SQLITE_CORRUPT, "damaged"),
            (sqlite3.SQLITE_CORRUPT_INDEX, "damaged"),
            (sqlite3.SQLITE_NOTADB, "damaged"),
            (sqlite3.SQLITE_CANTOPEN, "cannot be opened"),
            (sqlite3.SQLITE_READONLY_DBMOVED, "cannot be written"),
            (sqlite3.SQLITE_BUSY, "held by another program"),
            (sqlite3.SQLITE_IOERR_FSYNC, "run the same line again"),
            (None, "run the same line again"),
        ],
    )
    def test_what_happened_and_what_to_do(self, code: int | None, words: str) -> None:
        error = sqlite3.OperationalError("what SQLite\nsays")
        if code is not None:
            error.sqlite_errorcode = code
        message = str(explain(error, Path("out/crawl.db")))
        assert words in message
        assert "out/crawl.db" in message
        assert "\n" not in message

    def test_a_path_with_braces(self) -> None:
        error = sqlite3.OperationalError("{oops}")
        assert "a{b}/crawl.db" in str(explain(error, Path("a{b}/crawl.db")))


class TestStatements:
    def test_every_statement_is_used(self) -> None:
        code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
        names = [name for file in ("reading", "writing") for name in statements(file)]
        assert len(names) == len(set(names))
        assert [name for name in names if f'"{name}"' not in code] == []

    def test_every_statement_that_is_used_exists(self) -> None:
        code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
        used = set(re.findall(r'(?:sql\[|_one\(|_all\()"(\w+)"', code))
        assert used
        assert used <= {*statements("reading"), *statements("writing")}

    def test_no_statement_of_the_way_of_a_url_reads_a_whole_table(
        self, connection: sqlite3.Connection
    ) -> None:
        for name, sql in statements("writing").items():
            plan = plan_of(connection, sql)
            if name not in SELDOM:
                assert not re.search(r"SCAN (url|capture)\b", plan), f"{name}: {plan}"
                assert "TEMP B-TREE" not in plan, f"{name}: {plan}"

    def test_no_statement_of_the_ledger_reads_a_whole_table(self, connection: sqlite3.Connection) -> None:
        for name, sql in statements("reading").items():
            plan = plan_of(connection, sql)
            if name not in SELDOM:
                assert not re.search(r"SCAN (url|capture|page_target)\b", plan), f"{name}: {plan}"

    @pytest.mark.parametrize(
        ("name", "index"),
        [
            ("known", "sqlite_autoindex_url_1 (key=?)"),
            ("held", "sqlite_autoindex_url_1 (key=?)"),
            ("expired", "url_lease (lease_expires_at<?)"),
            ("ready_hosts", "host_turn (opens_at<?)"),
            ("ready_hosts_without_slot", "host_free_turn (opens_free_at<?)"),
            ("next_host", "host_turn"),
            ("next_host_without_slot", "host_free_turn"),
            ("claimable", "url_queue (host_id=?)"),
            ("claimable_without_slot", "url_free (host_id=?)"),
            ("first_waiting", "url_waiting (host_id=? AND ready_at>?)"),
            ("first_waiting_without_slot", "url_waiting (host_id=? AND ready_at>?)"),
            ("last_seed", "url_seed (seed>?)"),
            ("joined", "url_led (seed>?)"),
            ("redirected_seeds", "url_led (seed>?)"),
            ("seeds", "url_seed (seed>?)"),
            ("seed_groups", "url_seed (seed>?)"),
            ("seed_ways", "url_seed (seed>?)"),
            ("hosts", "url_waiting (host_id=? AND ready_at>?)"),
        ],
    )
    def test_an_index_serves(self, connection: sqlite3.Connection, name: str, index: str) -> None:
        known = {**statements("reading"), **statements("writing")}
        assert f"INDEX {index}" in plan_of(connection, known[name])


class TestSchema:
    def test_every_table_says_what_it_is_for(self) -> None:
        lines = SCHEMA.splitlines()
        tables = [number for number, line in enumerate(lines) if line.startswith("CREATE TABLE")]
        assert len(tables) >= 10
        assert [lines[number] for number in tables if not lines[number - 1].startswith("-- ")] == []

    def test_every_table_is_strict(self, connection: sqlite3.Connection) -> None:
        rows = connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
        assert [name for name, is_strict in rows if not is_strict and not name.startswith("sqlite_")] == []


def plan_of(connection: sqlite3.Connection, sql: str) -> str:
    names = re.findall(r":(\w+)", sql)
    terms = dict.fromkeys(names, 0) if names else [0] * sql.count("?")
    return " | ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", terms))
