"""Parquet has the rows that it was given, with their types."""

from __future__ import annotations

import io

import pytest

from crawler.export.parquetfile import write_parquet_rows
from crawler.export.table import Column, Kind, Rows, Table

MANY = 5001


async def test_rows_and_types() -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    table = Table(
        name="t",
        columns=(
            Column(name="i", kind=Kind.INTEGER),
            Column(name="n", kind=Kind.NUMBER),
            Column(name="b", kind=Kind.BOOLEAN),
            Column(name="j", kind=Kind.JSON),
        ),
    )

    async def rows() -> Rows:
        for number in range(MANY):
            yield "t", {"i": number, "n": 0.5, "b": True, "j": [number]}

    file = io.BytesIO()
    await write_parquet_rows([table], rows(), file)
    found = parquet.read_table(io.BytesIO(file.getvalue()))
    assert [str(each.type) for each in found.schema] == ["int64", "double", "bool", "string"]
    assert found.num_rows == MANY
    assert found.to_pylist()[-1] == {"i": MANY - 1, "n": 0.5, "b": True, "j": f"[{MANY - 1}]"}
