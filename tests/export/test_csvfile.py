"""CSV holds what was given, and nothing that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import pytest

from crawler.export.csvfile import write_csv_rows
from crawler.export.table import Column, Kind, Rows, Table

THING = Table(
    name="thing",
    columns=(
        Column(name="text"),
        Column(name="number", kind=Kind.NUMBER),
        Column(name="yes", kind=Kind.BOOLEAN),
        Column(name="list", kind=Kind.JSON),
    ),
)


async def rows(*given: Mapping[str, Any]) -> Rows:
    for each in given:
        yield "thing", each


async def written(*given: Mapping[str, Any]) -> list[list[str]]:
    file = io.StringIO(newline="")
    await write_csv_rows([THING], rows(*given), file)
    return list(csv.reader(io.StringIO(file.getvalue(), newline="")))


async def test_what_is_given() -> None:
    row = {"text": 'a "b", c\nd', "number": -1.5, "yes": True, "list": ["\u00e9", 1]}
    assert await written(row, {}) == [
        ["text", "number", "yes", "list"],
        ['a "b", c\nd', "-1.5", "true", '["\u00e9", 1]'],
        ["", "", "", ""],
    ]


@pytest.mark.parametrize(
    "text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "\uff1d1+1", '=HYPERLINK("http://x/")']
)
async def test_a_text_is_no_formula(text: str) -> None:
    assert (await written({"text": text}))[1][0] == f"'{text}"


async def test_several_tables_share_their_columns() -> None:
    other = Table(name="other", columns=(Column(name="text", kind=Kind.INTEGER), Column(name="more")))
    file = io.StringIO(newline="")

    async def both() -> Rows:
        yield "thing", {"text": "a"}
        yield "other", {"text": 5, "more": "m"}

    await write_csv_rows([THING, other], both(), file)
    assert file.getvalue().splitlines() == ["text,number,yes,list,more", "a,,,,", "5,,,,m"]
