"""Write rows into an SQLite database of their own: a table each, to be asked with SQL.

It is made in a temporary file (SQLite writes here and there in it) and then copied to where it belongs.
"""

from __future__ import annotations

import asyncio
import shutil
import sqlite3
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any

from crawler.errors import StorageError
from crawler.export.table import Kind, Rows, Table, cell

__all__ = ["write_sqlite_rows"]

_BATCH = 1000
_TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "TEXT",
    Kind.INTEGER: "INTEGER",
    Kind.NUMBER: "REAL",
    Kind.BOOLEAN: "INTEGER",
    Kind.JSON: "TEXT",
}


async def write_sqlite_rows(tables: Sequence[Table], rows: Rows, file: IO[bytes]) -> None:
    """A database with these tables, each with its rows in their order.

    Raises:
        StorageError: the folder for temporary files is full or failed.
        OSError: the file cannot be written.
    """
    with tempfile.TemporaryDirectory(prefix="crawler-") as folder:
        path = Path(folder) / "export.db"
        try:
            await _fill(path, {each.name: each for each in tables}, rows)
        except sqlite3.Error as error:
            raise StorageError(f"{folder}: {error}; make room, or set TMPDIR to another folder") from error
        with path.open("rb") as made:
            await asyncio.to_thread(shutil.copyfileobj, made, file, 1 << 20)


async def _fill(path: Path, tables: Mapping[str, Table], rows: Rows) -> None:
    with closing(sqlite3.connect(path, check_same_thread=False)) as database:
        for table in tables.values():
            columns = ", ".join(f"{_quoted(each.name)} {_TYPES[each.kind]}" for each in table.columns)
            database.execute(f"CREATE TABLE {_quoted(table.name)} ({columns})")
        inserts = {each.name: _insert(each) for each in tables.values()}
        batches: dict[str, list[list[Any]]] = {name: [] for name in tables}
        async for name, row in rows:
            batch = batches[name]
            batch.append([cell(row.get(each.name), each.kind) for each in tables[name].columns])
            if len(batch) == _BATCH:
                await asyncio.to_thread(_put, database, inserts[name], batch)
                batches[name] = []
        for name, batch in batches.items():
            _put(database, inserts[name], batch)
        database.commit()


def _put(database: sqlite3.Connection, insert: str, batch: list[list[Any]]) -> None:
    # The cursor ends here: let go of in another thread, it would reset the statement under the next batch.
    database.executemany(insert, batch).close()


def _insert(table: Table) -> str:
    return f"INSERT INTO {_quoted(table.name)} VALUES ({', '.join('?' * len(table.columns))})"  # noqa: S608 - no values in it


def _quoted(name: str) -> str:
    """A name as SQL takes it, whatever stands in it."""
    return '"' + name.replace('"', '""') + '"'
