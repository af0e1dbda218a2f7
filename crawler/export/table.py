"""Say what a table holds, for every form that has rows and columns."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

__all__ = ["Column", "Kind", "Rows", "Table", "cell", "joined"]

_MOST_INTEGER = 2**63 - 1


class Kind(StrEnum):
    """What stands in a column; JSON is a text that holds a list or an object."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column by its name."""

    name: str
    kind: Kind = Kind.TEXT


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table.

    Args:
        name: of it; no two tables of a file have the same.
        columns: in order, each name once.
    """

    name: str
    columns: tuple[Column, ...]


Rows = AsyncIterator[tuple[str, Mapping[str, Any]]]
"""The name of a table, and a row of it by the names of its columns; what is missing is empty."""


def cell(value: Any, kind: Kind) -> Any:
    """A value as a column of that kind holds it; None is empty.

    Whatever does not fit its column becomes a text there, and nothing else is lost.
    """
    if value is None:
        return None
    match kind:
        case Kind.BOOLEAN if isinstance(value, bool):
            return value
        case Kind.INTEGER if isinstance(value, int) and not isinstance(value, bool):
            return value if abs(value) <= _MOST_INTEGER else None
        case Kind.NUMBER if isinstance(value, int | float) and not isinstance(value, bool):
            return float(value)
        case Kind.TEXT if isinstance(value, str):
            return value
        case Kind.TEXT | Kind.JSON:
            return json.dumps(value, ensure_ascii=False)
    return None


def joined(tables: Sequence[Table], name: str) -> Table:
    """One table with the columns of all, for a form that has only one; columns of unlike kinds become texts."""
    kinds: dict[str, Kind] = {}
    for column in (each for table in tables for each in table.columns):
        known = kinds.setdefault(column.name, column.kind)
        if known is not column.kind:
            kinds[column.name] = Kind.TEXT
    return Table(name=name, columns=tuple(Column(name=each, kind=kind) for each, kind in kinds.items()))
