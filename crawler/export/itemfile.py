"""Write items as JSON lines, or as tables: one for each kind of item."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import IO, Any

from crawler.export.csvfile import write_csv_rows
from crawler.export.parquetfile import write_parquet_rows
from crawler.export.sqlitefile import write_sqlite_rows
from crawler.export.table import Column, Kind, Rows, Table
from crawler.extraction.rule import SOURCE_FIELDS, Field, Rules, Type
from crawler.item import Item

__all__ = ["ITEM_FORMATS", "ItemFormat", "item_tables"]

_KINDS: Mapping[Type, Kind] = {
    Type.INTEGER: Kind.INTEGER,
    Type.NUMBER: Kind.NUMBER,
    Type.BOOLEAN: Kind.BOOLEAN,
    Type.JSON: Kind.JSON,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFormat:
    """A form that items can be given.

    Args:
        summary: of it, for the help.
        is_binary: it goes into a file that is named, never to a terminal.
        write: the items of these rules into an open file. Raises UsageError where a library is missing,
            StorageError where there is no room for temporary files, OSError.
    """

    summary: str
    is_binary: bool
    write: Callable[[Rules, AsyncIterator[Item], IO[Any]], Awaitable[None]]


def item_tables(rules: Rules) -> list[Table]:
    """A table for each kind of item, with the columns of all rules that give it."""
    columns: dict[str, dict[str, Kind]] = {}
    for rule in rules.items:
        known = columns.setdefault(rule.name, dict.fromkeys(SOURCE_FIELDS, Kind.TEXT))
        for field in rule.fields:
            known.setdefault(field.name, _kind(field))
    return [
        Table(name=name, columns=tuple(Column(name=each, kind=kind) for each, kind in known.items()))
        for name, known in columns.items()
    ]


def _kind(field: Field) -> Kind:
    if field.is_list or field.fields:
        return Kind.JSON
    return _KINDS.get(field.type, Kind.TEXT)


async def _write_jsonl(rules: Rules, items: AsyncIterator[Item], file: IO[str]) -> None:  # noqa: ARG001
    async for item in items:
        file.write(item.line() + "\n")


async def _write_csv(rules: Rules, items: AsyncIterator[Item], file: IO[str]) -> None:
    await write_csv_rows(item_tables(rules), _rows(items), file)


async def _write_sqlite(rules: Rules, items: AsyncIterator[Item], file: IO[bytes]) -> None:
    await write_sqlite_rows(item_tables(rules), _rows(items), file)


async def _write_parquet(rules: Rules, items: AsyncIterator[Item], file: IO[bytes]) -> None:
    await write_parquet_rows(item_tables(rules), _rows(items), file)


async def _rows(items: AsyncIterator[Item]) -> Rows:
    async for item in items:
        yield item.name, item.row()


ITEM_FORMATS: Mapping[str, ItemFormat] = MappingProxyType(
    {
        "jsonl": ItemFormat(summary="one object per item", is_binary=False, write=_write_jsonl),
        "csv": ItemFormat(summary="one table of all", is_binary=False, write=_write_csv),
        "sqlite": ItemFormat(summary="a table for each kind", is_binary=True, write=_write_sqlite),
        "parquet": ItemFormat(summary="one table of all", is_binary=True, write=_write_parquet),
    }
)
"""By the name that `--format` takes."""
