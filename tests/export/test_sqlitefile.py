"""A database has the tables and rows that it was given."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from crawler.export.sqlitefile import write_sqlite_rows
from crawler.export.table import Column, Kind, Rows, Table

MANY = 2500


async def test_names_are_names_and_many_rows_are_all_there(tmp_path: Path) -> None:
    odd = 'a"; DROP TABLE x; --'
    tables = [
        Table(name=odd, columns=(Column(name='b"c'), Column(name="n", kind=Kind.INTEGER))),
        Table(name="empty", columns=(Column(name="select"),)),
    ]

    async def rows() -> Rows:
        for number in range(MANY):
            yield odd, {'b"c': "'", "n": number or 2**70}

    path = tmp_path / "made.db"
    with path.open("wb") as file:
        await write_sqlite_rows(tables, rows(), file)
    database = sqlite3.connect(path)
    quoted = odd.replace('"', '""')
    found = database.execute(f'SELECT "b""c", n FROM "{quoted}"').fetchall()
    assert found == [("'", number or None) for number in range(MANY)]
    assert database.execute('SELECT count(*) FROM "empty"').fetchone() == (0,)
    database.close()
