"""Open the database of an output, and nothing that is not one."""

from __future__ import annotations

import sqlite3
from importlib import resources
from pathlib import Path

from crawler.errors import StorageError

__all__ = ["SCHEMA_VERSION", "explain", "open_database", "statements"]

SCHEMA_VERSION = 1
_PACKAGE = "crawler.frontier"


def open_database(path: Path, *, read_only: bool = False) -> sqlite3.Connection:
    """Connect, create the schema in a new file, and check the version of an old one.

    The connection is in autocommit mode: transactions are written out where they happen.

    Raises:
        StorageError: no database, another program's, a newer schema, or damaged.
    """
    try:
        if read_only:
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode=ro", uri=True, isolation_level=None
            )
        else:
            connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA busy_timeout = 30000")
        if not read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA cache_size = -32000")
            connection.execute("PRAGMA temp_store = MEMORY")
        _check_version(connection, path, may_create=not read_only)
    except sqlite3.Error as error:
        raise explain(error, path) from error
    return connection


def _check_version(connection: sqlite3.Connection, path: Path, *, may_create: bool) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA_VERSION:
        return
    if version > SCHEMA_VERSION:
        raise StorageError(f"{path} was written by a newer crawler (schema {version}); upgrade to open it")
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables or not may_create:
        raise StorageError(f"{path} is no crawler database; give another output folder with -o")
    schema = resources.files(_PACKAGE).joinpath("schema.sql").read_text(encoding="utf-8")
    connection.executescript(f"BEGIN;{schema};PRAGMA user_version = {SCHEMA_VERSION};COMMIT")


def explain(error: sqlite3.Error, path: Path) -> StorageError:
    """One line for a person on what happened to the database at `path` and what to do."""
    text = str(error)
    if "full" in text:
        return StorageError(f"disk full: {path} cannot grow; free some space, then run the same line again")
    if "malformed" in text or "not a database" in text:
        return StorageError(f"{path} is damaged ({text}); move it away to begin anew, the archive stays")
    if "unable to open" in text:
        return StorageError(f"{path} cannot be opened; is this the output folder of a crawl?")
    return StorageError(f"{path}: {text}; the state is kept, run the same line again")


def statements(name: str) -> dict[str, str]:
    """The SQL of `name`.sql by the names in its `-- name: ...` headings."""
    text = resources.files(_PACKAGE).joinpath(f"{name}.sql").read_text(encoding="utf-8")
    _, *parts = text.split("-- name: ")
    pairs = (part.split("\n", 1) for part in parts)
    return {heading.strip(): sql.strip() for heading, sql in pairs}
