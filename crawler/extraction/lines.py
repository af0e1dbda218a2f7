"""Tell at which line of a TOML text something stands; tomllib tells only what it says."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

__all__ = ["Step", "line_of"]

Step = str | int
"""A key, or the number of a table in an array of tables."""

_PART = r"""(?:[A-Za-z0-9_-]+|"[^"]*"|'[^']*')"""
_KEY = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_KEY})\s*\]")
_SETTING = re.compile(rf"\s*({_KEY})\s*=")
_LONG = re.compile(r'"""|' + "'''")


def line_of(text: str, path: Sequence[Step]) -> int:
    """The line (from 1) of what stands at `path`, or of what holds it; 1 if nothing of it is there."""
    best, deepest = 1, 0
    table: tuple[Step, ...] = ()
    tables: Counter[tuple[Step, ...]] = Counter()
    is_long = False
    for number, line in enumerate(text.splitlines(), 1):
        if not is_long:
            found: tuple[Step, ...] | None = None
            if header := _HEADER.match(line):
                table = _located(_parts(header[2]), tables, is_array=header[1] == "[[")
                found = table
            elif setting := _SETTING.match(line):
                found = (*table, *_parts(setting[1]))
            if found is not None and len(found) > deepest and tuple(path[: len(found)]) == found:
                best, deepest = number, len(found)
        if len(_LONG.findall(line)) % 2:
            is_long = not is_long
    return best


def _located(
    parts: tuple[str, ...], tables: Counter[tuple[Step, ...]], *, is_array: bool
) -> tuple[Step, ...]:
    """A header's path with the numbers of the tables it is in; an array's table is a new one."""
    path: tuple[Step, ...] = ()
    for place, part in enumerate(parts):
        path = (*path, part)
        if is_array and place == len(parts) - 1:
            tables[path] += 1
        if tables[path]:
            path = (*path, tables[path] - 1)
    return path


def _parts(key: str) -> tuple[str, ...]:
    return tuple(each.strip("\"'") for each in re.findall(_PART, key))
