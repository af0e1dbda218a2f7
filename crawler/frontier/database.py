"""Open the database of an output, and nothing that is not one."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

from crawler.errors import DamageError, StorageError
from crawler.frontier.fingerprints import key_hash
from crawler.frontier.rows import COLUMNS

__all__ = [
    "SCHEMA_VERSION",
    "damaged",
    "explain",
    "holds_nothing",
    "look_up",
    "open_database",
    "open_untouched",
    "statements",
]

SCHEMA_VERSION = 6
_APPLICATION_ID = int.from_bytes(b"crwl")
_PACKAGE = "crawler.frontier"
_PRIMARY_CODE = 0xFF
# Of the sqlite3 module, which has no code for it; we write nothing but UTF-8.
_NOT_UTF_8 = "Could not decode to UTF-8"
_SWITCH_SECONDS = 30.0
_SWITCH_PAUSE_SECONDS = 0.01
_DAMAGED = (
    "{path} is damaged ({text}); crawl into this folder again with the same line: it is set aside and rebuilt"
    " from the archive"
)
_TERMS = (1, 8, 32, 128)
_ADVICE = {
    sqlite3.SQLITE_FULL: "disk full: {path} cannot grow; free some space, then run the same line again",
    sqlite3.SQLITE_CORRUPT: _DAMAGED,
    sqlite3.SQLITE_NOTADB: _DAMAGED,
    sqlite3.SQLITE_CANTOPEN: "{path} cannot be opened; is this the output folder of a crawl?",
    sqlite3.SQLITE_READONLY: "{path} cannot be written; check its owner and permissions",
    sqlite3.SQLITE_BUSY: "{path} is held by another program ({text}); end that, then run the same line again",
}


def open_database(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Connect, create the schema in a new or empty file, and check what an old one is.

    What is refused is left as it was. The connection is in autocommit mode: transactions are written
    out where they happen.

    Raises:
        StorageError: no database, another program's, a newer schema, or damaged.
    """
    try:
        if not read_only:
            return _connect(path.absolute().as_uri() + "?mode=rwc", path, read_only=False)
        try:
            # Not mode=ro: such a reader leaves the files of the write-ahead log behind.
            return _connect(path.absolute().as_uri() + "?mode=rw", path, read_only=True)
        except sqlite3.OperationalError as error:
            wal = path.with_name(f"{path.name}-wal")
            cannot_write = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
            if error.sqlite_errorcode & _PRIMARY_CODE not in cannot_write or wal.exists():
                raise
            # On a read-only medium no log can be made, and nobody else writes.
            return _connect(path.absolute().as_uri() + "?mode=ro&immutable=1", path, read_only=True)
    except sqlite3.Error as error:
        raise explain(error, path) from error


def open_untouched(path: Path) -> sqlite3.Connection:
    """Connect to read, and leave every file in the folder of the database as it is.

    To be called where nobody writes to it meanwhile.

    Raises:
        StorageError: no database, another program's, another schema, or damaged.
    """
    wal = path.with_name(f"{path.name}-wal")
    # Beside a log a reader leaves nothing that is not there; without one it would make one, but for `immutable`.
    has_log = wal.is_file() and wal.stat().st_size
    try:
        return _connect(
            path.absolute().as_uri() + ("?mode=ro" if has_log else "?mode=ro&immutable=1"),
            path,
            read_only=True,
        )
    except sqlite3.Error as error:
        raise explain(error, path) from error


def _connect(uri: str, path: Path, *, read_only: bool) -> sqlite3.Connection:
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    try:
        _prepare(connection, path, read_only=read_only)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, *, read_only: bool) -> None:
    connection.execute("PRAGMA busy_timeout = 30000")
    is_new = holds_nothing(connection, path)
    if read_only and is_new:
        raise _stranger(path)
    if read_only:
        connection.execute("PRAGMA query_only = 1")
        if _version(connection) < SCHEMA_VERSION:
            raise StorageError(
                f"{path} was written by an older crawler; crawl into this folder once to renew it"
            )
        return
    _write_ahead(connection)
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA cache_size = -64000")
    # Pages that change often are written back once in 64 MB of log, not once in 4.
    connection.execute("PRAGMA wal_autocheckpoint = 16000")
    connection.execute("PRAGMA temp_store = MEMORY")
    if is_new:
        _create(connection, path)
    elif _version(connection) < SCHEMA_VERSION:
        _upgrade(connection)


def _write_ahead(connection: sqlite3.Connection) -> None:
    """Switch to the write-ahead log.

    Two who do so in a new file at the same time are told at once that it is busy, whatever `busy_timeout` says.
    """
    give_up_at = time.monotonic() + _SWITCH_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            is_busy = error.sqlite_errorcode & _PRIMARY_CODE == sqlite3.SQLITE_BUSY
            if not is_busy or time.monotonic() > give_up_at:
                raise
            time.sleep(_SWITCH_PAUSE_SECONDS)
        else:
            return


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def _upgrade(connection: sqlite3.Connection) -> None:
    """Bring an older schema up to date, one version after another, in one transaction."""
    connection.create_function("key_hash", 1, key_hash, deterministic=True)
    connection.execute("BEGIN IMMEDIATE")
    try:
        for version in range(_version(connection), SCHEMA_VERSION):
            for statement in statements(f"upgrade_{version}").values():
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def holds_nothing(connection: sqlite3.Connection, path: Path) -> bool:
    """Whether there is nothing yet.

    Raises:
        StorageError: it is not ours, or of a newer version.
    """
    # One transaction: another process may create it between two looks.
    connection.execute("BEGIN")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    connection.execute("COMMIT")
    if application == _APPLICATION_ID and version > SCHEMA_VERSION:
        raise StorageError(f"{path} was written by a newer crawler (schema {version}); upgrade to open it")
    if application == _APPLICATION_ID and version:
        return False
    if tables or version or application:
        raise _stranger(path)
    return True


def _stranger(path: Path) -> StorageError:
    return StorageError(f"{path} is no crawler database; give another output folder with -o")


def _create(connection: sqlite3.Connection, path: Path) -> None:
    schema = resources.files(_PACKAGE).joinpath("schema.sql").read_text(encoding="utf-8")
    marks = f"PRAGMA application_id = {_APPLICATION_ID}; PRAGMA user_version = {SCHEMA_VERSION}"
    try:
        connection.executescript(f"BEGIN IMMEDIATE;{schema};{marks};COMMIT")
    except sqlite3.Error:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        # Another process may have created it since we looked.
        if holds_nothing(connection, path):
            raise


def explain(error: sqlite3.Error, path: Path) -> StorageError:
    """One line for a person on what happened to the database at `path` and what to do."""
    text = " ".join(str(error).split())
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY_CODE
    if text.startswith(_NOT_UTF_8):
        code = sqlite3.SQLITE_CORRUPT
    advice = _ADVICE.get(code, "{path}: {text}; the state is kept, run the same line again")
    kind = DamageError if advice is _DAMAGED else StorageError
    return kind(advice.format(path=path, text=text))


def damaged(path: Path, text: str) -> DamageError:
    """The error that says so, and what to do."""
    return DamageError(_DAMAGED.format(path=path, text=text))


def look_up(
    connection: sqlite3.Connection, statement: str, terms: Sequence[Any]
) -> Iterator[tuple[Any, ...]]:
    """The rows of a statement that asks `... IN ({terms})`, for any number of terms.

    Many are asked for at once, because a statement costs more than a row. The few lengths of the list keep the
    statement one that is prepared already; NULL fills it up and is equal to nothing.
    """
    for start in range(0, len(terms), _TERMS[-1]):
        asked = terms[start : start + _TERMS[-1]]
        length = next(size for size in _TERMS if size >= len(asked))
        sql = statement.replace("{terms}", ", ".join("?" * length))
        yield from connection.execute(sql, (*asked, *[None] * (length - len(asked)))).fetchall()


def statements(name: str) -> dict[str, str]:
    """The SQL of `name`.sql by the names in its `-- name: ...` headings, its marks filled in."""
    text = resources.files(_PACKAGE).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    for mark, columns in COLUMNS.items():
        text = text.replace(mark, columns)
    _, *parts = text.split("-- name: ")
    pairs = (part.split("\n", 1) for part in parts)
    return {heading.strip(): sql.strip() for heading, sql in pairs}
