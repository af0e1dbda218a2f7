"""Write the URLs of a crawl as a table: the fields of `jsonl`, in its order."""

from __future__ import annotations

from typing import IO

from crawler.export.csvfile import write_csv_rows
from crawler.export.dump import Dump
from crawler.export.jsonl import entry_values
from crawler.export.parquetfile import write_parquet_rows
from crawler.export.sqlitefile import write_sqlite_rows
from crawler.export.table import Column, Kind, Rows, Table

__all__ = ["URLS", "write_csv", "write_parquet", "write_sqlite"]

_NUMBERS = frozenset({"status", "size_bytes", "last_status", "depth"})
_FIELDS = (
    *("url", "state", "status", "media_type", "size_bytes", "digest", "captured_at"),
    *("last_status", "last_at", "reason", "depth", "via", "hops", "mirror_path"),
)

URLS = Table(
    name="urls",
    columns=tuple(
        Column(name=each, kind=Kind.INTEGER if each in _NUMBERS else Kind.TEXT) for each in _FIELDS
    ),
)
"""A row an entry of the ledger."""


async def write_csv(dump: Dump, file: IO[str]) -> tuple[str, ...]:
    """A line an entry, after one of names.

    Raises:
        StorageError: the ledger cannot be read.
        OSError: the file cannot be written.
    """
    await write_csv_rows([URLS], _rows(dump), file)
    return ()


async def write_sqlite(dump: Dump, file: IO[bytes]) -> tuple[str, ...]:
    """A database with the table `urls`.

    Raises:
        StorageError: the ledger cannot be read, or there is no room for temporary files.
        OSError: the file cannot be written.
    """
    await write_sqlite_rows([URLS], _rows(dump), file)
    return ()


async def write_parquet(dump: Dump, file: IO[bytes]) -> tuple[str, ...]:
    """One table.

    Raises:
        UsageError: pyarrow is not installed.
        StorageError: the ledger cannot be read.
        OSError: the file cannot be written.
    """
    await write_parquet_rows([URLS], _rows(dump), file)
    return ()


async def _rows(dump: Dump) -> Rows:
    async for entry in dump.entries():
        yield URLS.name, entry_values(entry)
