"""Write rows as Parquet, with pyarrow: for pandas, DuckDB, Spark."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import IO, Any

from crawler.export.extras import needed
from crawler.export.table import Kind, Rows, Table, cell, joined

__all__ = ["write_parquet_rows"]

_BATCH = 5000
_TYPES: Mapping[Kind, str] = {
    Kind.TEXT: "string",
    Kind.INTEGER: "int64",
    Kind.NUMBER: "float64",
    Kind.BOOLEAN: "bool_",
    Kind.JSON: "string",
}


async def write_parquet_rows(tables: Sequence[Table], rows: Rows, file: IO[bytes]) -> None:
    """One table, in groups of rows of which one is in memory; several tables share the columns of all.

    Raises:
        UsageError: pyarrow is not installed.
        OSError: the file cannot be written.
    """
    arrow, parquet = needed("pyarrow", "parquet"), needed("pyarrow.parquet", "parquet")
    table = joined(tables, "")
    schema = arrow.schema([(each.name, getattr(arrow, _TYPES[each.kind])()) for each in table.columns])
    with parquet.ParquetWriter(file, schema, compression="zstd") as writer:
        batch: list[dict[str, Any]] = []

        async def put() -> None:
            made = arrow.Table.from_pylist(batch, schema=schema)
            await asyncio.to_thread(writer.write_table, made)
            batch.clear()

        async for _, row in rows:
            batch.append({each.name: cell(row.get(each.name), each.kind) for each in table.columns})
            if len(batch) == _BATCH:
                await put()
        if batch:
            await put()
