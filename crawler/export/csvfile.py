"""Write rows as CSV (RFC 4180), so that no spreadsheet takes a text for a formula.

A page decides what stands in its title. A text that begins with `= + - @`, a tab or a line end is what spreadsheets
run, so it gets an apostrophe in front (OWASP, CSV Injection); numbers are written as they are.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from typing import IO, Any

from crawler.export.table import Kind, Rows, Table, cell, joined

__all__ = ["write_csv_rows"]

_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


async def write_csv_rows(tables: Sequence[Table], rows: Rows, file: IO[str]) -> None:
    """A line of names, then a line a row; several tables share the columns of all.

    Raises:
        OSError: the file cannot be written.
    """
    table = joined(tables, "")
    writer = csv.writer(file)
    writer.writerow([_guarded(each.name) for each in table.columns])
    async for _, row in rows:
        writer.writerow([_shown(row.get(each.name), each.kind) for each in table.columns])


def _shown(value: Any, kind: Kind) -> Any:
    held = cell(value, kind)
    if isinstance(held, bool):
        return "true" if held else "false"
    return _guarded(held) if isinstance(held, str) else held


def _guarded(text: str) -> str:
    return f"'{text}" if text.startswith(_RUN) else text
