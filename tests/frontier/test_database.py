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
from crawler.frontier.database import SCHEMA_VERSION, explain, look_up, open_database, statements
from crawler.frontier.fingerprints import key_hash

PACKAGE = Path(crawler.frontier.database.__file__).parent
SCHEMA = (PACKAGE / "schema.sql").read_text(encoding="utf-8")
# For the start and the end of a run, or for a process that died.
SELDOM = {"release_all", "held_by", "outcomes", "listed_missing"}
# For the start page and for exports: once for as many pages as there are.
READS_CAPTURES = {"listed_pages", "listed_files"}
# Captures of a run lie together; the last run's are the end of the table.
READS_A_RUN = {"shifts", "answers_by_status", "answers_by_time", "answers_by_host"}
# Asks whether an index has any row.
LOOKS_ONCE = {"has_forgotten", "has_unoffered"}
# So many rows at a time.
SORTS = {"count_urls", "askable"}
SCHEMAS = Path(__file__).parent / "schemas"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "crawl.db"


@pytest.fixture
def connection(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(open_database(path)) as opened:
        yield opened


def shape_of(connection: sqlite3.Connection) -> dict[str, object]:
    """Columns of each table and text of each index; the space in statements does not count."""
    names = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    shape: dict[str, object] = {
        name: {row[1:] for row in connection.execute(f"PRAGMA table_xinfo({name})")} for name in names
    }
    rows = connection.execute(
        "SELECT name, tbl_name, sql FROM sqlite_schema WHERE type = 'index' AND sql <> ''"
    )
    return shape | {name: (table, sql.replace('"', "")) for name, table, sql in rows}


def write_old(path: Path, version: int) -> None:
    """A database of an earlier version with a host and two URLs."""
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((SCHEMAS / "2.sql").read_text(encoding="utf-8"))
        connection.executescript(
            """
            INSERT INTO host (name, delay_seconds, parallel) VALUES ('a.example', 7, 2);
            INSERT INTO capture VALUES
                (1, 1, 1, 9.5, 200, 'text/html', '', '', 3, 'sha256:0', NULL, NULL, NULL, 0, 0, NULL, NULL, '');
            INSERT INTO url (id, key, url, host_id, state, depth, hops, is_linked, is_embedded, good_id, last_id)
                VALUES (1, 'http://a.example/', 'http://a.example/', 1, 'done', 0, '', 1, 0, 1, 1);
            INSERT INTO url (id, key, url, host_id, state, depth, hops, is_linked, is_embedded, reason)
                VALUES (5, 'http://a.example/~', 'http://a.example/%7e', 1, 'failed', 1, 'L', 1, 0, 'dns');
            INSERT INTO page_target VALUES (1, '1234')
        """.replace("'1234'", "x'31323334'")
        )
        if version == 1:
            tempo = ("latency_seconds", "strain", "silences", "down")
            for column in ("least_seconds", "requests", "spare", "adapts", *tempo):
                connection.execute(f"ALTER TABLE host DROP COLUMN {column}")
        marks = f"PRAGMA user_version = {version}; PRAGMA application_id = {int.from_bytes(b'crwl')}"
        connection.executescript(f"{marks}; PRAGMA journal_mode = WAL")


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

    @pytest.mark.parametrize("version", [1, 2])
    def test_an_older_schema_is_brought_up_to_date(self, path: Path, tmp_path: Path, version: int) -> None:
        with closing(open_database(tmp_path / "new.db")) as connection:
            now = shape_of(connection)
        write_old(path, version)
        assert "older crawler; crawl into this folder once" in refusal(path, read_only=True)
        for _ in range(2):
            with closing(open_database(path)) as connection:
                assert connection.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
                assert shape_of(connection) == now
                assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                row = connection.execute("SELECT delay_seconds, least_seconds, parallel, strain FROM host")
                assert row.fetchone() == (7, 7 if version == 1 else 0, 1 if version == 1 else 2, 1)
                assert connection.execute("SELECT canonical FROM capture").fetchall() == [(None,)]
        open_database(path, read_only=True).close()

    def test_an_older_schema_keeps_its_urls(self, path: Path) -> None:
        write_old(path, 2)
        with closing(open_database(path)) as connection:
            rows = connection.execute(
                "SELECT id, key_hash, url, other_key, key, state, reason, last_id FROM url"
            )
            assert rows.fetchall() == [
                (
                    1,
                    key_hash("http://a.example/"),
                    "http://a.example/",
                    None,
                    "http://a.example/",
                    "done",
                    "",
                    1,
                ),
                (
                    5,
                    key_hash("http://a.example/~"),
                    "http://a.example/%7e",
                    "http://a.example/~",
                    "http://a.example/~",
                    "failed",
                    "dns",
                    None,
                ),
            ]
            assert connection.execute("SELECT url_id, targets FROM page_target").fetchall() == [(1, b"1234")]
            # What led on before is read again when it is met nearer.
            assert connection.execute("SELECT id, offered_as FROM url").fetchall() == [(1, 0), (5, None)]

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


class TestLookUp:
    @pytest.mark.parametrize("count", [0, 1, 2, 8, 9, 127, 128, 129, 300])
    def test_any_number_of_terms(self, connection: sqlite3.Connection, count: int) -> None:
        names = [f"{n}.example" for n in range(count)]
        connection.executemany("INSERT INTO host (name) VALUES (?)", [(name,) for name in names])
        found = look_up(connection, statements("writing")["host_ids"], [*names, "nowhere.example"])
        assert sorted(found) == sorted((name, n + 1) for n, name in enumerate(names))


class TestStatements:
    def test_every_statement_is_used(self) -> None:
        code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
        names = [name for file in ("reading", "writing") for name in statements(file)]
        assert len(names) == len(set(names))
        assert [name for name in names if f'"{name}"' not in code] == []

    def test_every_statement_that_is_used_exists(self) -> None:
        code = "".join(path.read_text(encoding="utf-8") for path in PACKAGE.glob("*.py"))
        used = set(re.findall(r'(?:sql\[|_one\(|_all\(|_next\(|sql, )"(\w+)"', code))
        assert used
        files = [
            path.stem for path in PACKAGE.glob("*.sql") if not path.stem.startswith(("schema", "upgrade"))
        ]
        assert used <= {name for file in files for name in statements(file)}

    def test_no_statement_of_the_way_of_a_url_reads_a_whole_table(
        self, connection: sqlite3.Connection
    ) -> None:
        for name, sql in statements("writing").items():
            plan = plan_of(connection, sql)
            if name not in SELDOM | LOOKS_ONCE:
                assert not re.search(r"SCAN (url|capture)\b", plan), f"{name}: {plan}"
                assert name in SORTS or "TEMP B-TREE" not in plan, f"{name}: {plan}"

    def test_no_statement_of_the_ledger_reads_a_whole_table(self, connection: sqlite3.Connection) -> None:
        for name, sql in statements("reading").items():
            plan = plan_of(connection, sql)
            if name in READS_CAPTURES | READS_A_RUN:
                assert not re.search(r"SCAN (url|page_target)\b", plan), f"{name}: {plan}"
            elif name not in SELDOM:
                assert not re.search(r"SCAN (url|capture|page_target)\b", plan), f"{name}: {plan}"

    @pytest.mark.parametrize(
        ("name", "index"),
        [
            ("met", "url_key (key_hash=?)"),
            ("held", "url_key (key_hash=?)"),
            ("renew", "url_key (key_hash=?)"),
            ("has_forgotten", "url_forgotten"),
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

    def test_a_link_that_is_known_is_found_without_its_row(self, connection: sqlite3.Connection) -> None:
        assert "COVERING INDEX url_key" in plan_of(connection, statements("writing")["met"])


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
    sql = sql.replace("{terms}", "?, ?")
    names = re.findall(r":(\w+)", sql)
    terms = dict.fromkeys(names, 0) if names else [0] * sql.count("?")
    return " | ".join(row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", terms))


def test_version_5_learns_of_renderings(path: Path) -> None:
    """The last step alone."""
    with closing(open_database(path)) as connection:
        now = shape_of(connection)
        connection.execute("ALTER TABLE capture DROP COLUMN rendering")
        connection.execute("PRAGMA user_version = 5")
    with closing(open_database(path)) as connection:
        assert shape_of(connection) == now


def test_version_4_learns_of_faces(path: Path) -> None:
    """The last steps alone: of what was doubted before nothing but the doubt is known."""
    with closing(open_database(path)) as connection:
        now = shape_of(connection)
        connection.execute("DROP INDEX capture_face")
        for column in ("face", "doubted_at", "doubted_times", "rendering"):
            connection.execute(f"ALTER TABLE capture DROP COLUMN {column}")
        connection.execute("PRAGMA user_version = 4")
        connection.execute("INSERT INTO host (id, name) VALUES (1, 'a.example')")
        connection.execute(
            "INSERT INTO url (id, key_hash, url, host_id, state, depth, hops, is_linked, is_embedded)"
            " VALUES (1, x'00', 'http://a.example/', 1, 'failed', 0, '', 1, 0)"
        )
        connection.execute(
            "INSERT INTO capture (url_id, run, captured_at, status, media_type, charset, content_type, size_bytes,"
            " digest, offset, length, title, doubt) VALUES (1, 1, 5, 200, '', '', '', 1, '', 0, 0, '', 'shrunken: x')"
        )
    with closing(open_database(path)) as connection:
        assert shape_of(connection) == now
        rows = connection.execute("SELECT doubt, face, doubted_at, doubted_times FROM capture").fetchall()
        assert rows == [("shrunken: x", "", None, 0)]
