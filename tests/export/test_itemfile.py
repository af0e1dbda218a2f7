"""Items in each of their forms."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from crawler.export.itemfile import ITEM_FORMATS, item_tables
from crawler.export.table import Kind
from crawler.extraction.rulesfile import read_rules
from crawler.item import Item

RULES = read_rules("""
[[item]]
name = "a"
fields = { n = { css = "p", type = "integer" }, tags = { css = "b", list = true }, text = "i" }
[[item]]
name = "b"
fields = { x = { css = "p", type = "number" } }
[[item]]
name = "a"
fields = { more = { css = "p", type = "boolean" } }
""")


async def items() -> AsyncIterator[Item]:
    for name, values in (
        ("a", {"n": 5, "tags": ["=x"], "text": "=1"}),
        ("b", {"x": 0.5}),
        ("a", {"more": True}),
    ):
        yield Item(
            name=name, source_url="http://a.example/", captured_at=1e9, digest="sha256:0", values=values
        )


def test_a_table_for_each_kind() -> None:
    tables = {table.name: {each.name: each.kind for each in table.columns} for table in item_tables(RULES)}
    head = dict.fromkeys(("item", "source_url", "captured_at", "digest"), Kind.TEXT)
    assert tables == {
        "a": head | {"n": Kind.INTEGER, "tags": Kind.JSON, "text": Kind.TEXT, "more": Kind.BOOLEAN},
        "b": head | {"x": Kind.NUMBER},
    }


async def test_jsonl() -> None:
    file = io.StringIO()
    await ITEM_FORMATS["jsonl"].write(RULES, items(), file)
    assert [json.loads(line)["item"] for line in file.getvalue().splitlines()] == ["a", "b", "a"]


async def test_csv() -> None:
    file = io.StringIO(newline="")
    await ITEM_FORMATS["csv"].write(RULES, items(), file)
    rows = list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))
    assert [(each["n"], each["tags"], each["text"], each["x"], each["more"]) for each in rows] == [
        ("5", '["=x"]', "'=1", "", ""),
        ("", "", "", "0.5", ""),
        ("", "", "", "", "true"),
    ]


async def test_sqlite(tmp_path: Path) -> None:
    with (tmp_path / "a.db").open("wb") as file:
        await ITEM_FORMATS["sqlite"].write(RULES, items(), file)
    database = sqlite3.connect(tmp_path / "a.db")
    assert database.execute("SELECT n, tags, more FROM a").fetchall() == [
        (5, '["=x"]', None),
        (None, None, 1),
    ]
    assert database.execute("SELECT x FROM b").fetchall() == [(0.5,)]
    database.close()


async def test_parquet() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    file = io.BytesIO()
    await ITEM_FORMATS["parquet"].write(RULES, items(), file)
    assert parquet.read_table(io.BytesIO(file.getvalue())).column("x").to_pylist() == [None, 0.5, None]
