"""The URLs of a crawl as tables: the same as JSON lines tell."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

import pytest

from crawler.export.jsonl import write_jsonl
from crawler.export.listed import URLS, write_csv, write_parquet, write_sqlite
from tests.export.outputs import dump_of, site
from tests.web import OWN, crawl


@pytest.fixture
async def output(tmp_path: Path) -> Path:
    await crawl(site(), tmp_path / "output", OWN)
    return tmp_path / "output"


async def told(output: Path) -> list[dict[str, object]]:
    file = io.StringIO()
    async with dump_of(output) as dump:
        await write_jsonl(dump, file)
    found = [json.loads(line) for line in file.getvalue().splitlines()]
    assert all(list(each) == [column.name for column in URLS.columns] for each in found)
    return found


async def test_csv(output: Path) -> None:
    file = io.StringIO(newline="")
    async with dump_of(output) as dump:
        assert await write_csv(dump, file) == ()
    found = list(csv.DictReader(io.StringIO(file.getvalue(), newline="")))
    assert found == [
        {name: "" if value is None else str(value) for name, value in each.items()}
        for each in await told(output)
    ]


async def test_sqlite(output: Path, tmp_path: Path) -> None:
    path = tmp_path / "urls.db"
    async with dump_of(output) as dump:
        with path.open("wb") as file:
            await write_sqlite(dump, file)
    database = sqlite3.connect(path)
    database.row_factory = sqlite3.Row
    assert [dict(each) for each in database.execute("SELECT * FROM urls")] == await told(output)
    database.close()


async def test_parquet(output: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    file = io.BytesIO()
    async with dump_of(output) as dump:
        await write_parquet(dump, file)
    assert parquet.read_table(io.BytesIO(file.getvalue())).to_pylist() == await told(output)


async def test_picked_urls_alone(output: Path) -> None:
    file = io.StringIO()
    async with dump_of(output, f"{OWN}a") as dump:
        await write_csv(dump, file)
    assert len(file.getvalue().splitlines()) == 2
