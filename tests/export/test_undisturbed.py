"""A crawl that lets go of old runs while somebody exports them is named as that."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from crawler.errors import StorageError
from crawler.export.undisturbed import undisturbed
from crawler.export.warc import write_warc
from tests.export.outputs import dump_of
from tests.web import OWN, Web, crawl, links


async def test_retention_takes_the_ground_and_loses_nothing(tmp_path: Path) -> None:
    web = Web({OWN: links("/a", title="1"), f"{OWN}a": links()})
    await crawl(web, tmp_path, OWN)
    async with dump_of(tmp_path) as dump:
        assert len(await dump.runs()) == 1
        web.says[OWN] = links("/a", title="2", text="word " * 1000)
        await crawl(web, tmp_path, OWN, keep_runs=1)
        with pytest.raises(
            StorageError, match=r"let go of old runs of .* nothing is lost: run the same line again"
        ):
            async with undisturbed(dump):
                await write_warc(dump, io.BytesIO())
    async with dump_of(tmp_path) as dump, undisturbed(dump):
        file = io.BytesIO()
        await write_warc(dump, file)
    assert file.tell() == sum(path.stat().st_size for path in (tmp_path / "archive").glob("*.warc.gz"))


async def test_what_is_damaged_is_told_as_damaged(tmp_path: Path) -> None:
    await crawl(Web({OWN: links()}), tmp_path, OWN)
    async with dump_of(tmp_path) as dump:
        for path in (tmp_path / "archive").glob("*.warc.gz"):
            path.unlink()
        with pytest.raises(StorageError, match="crawler verify"):
            async with undisturbed(dump):
                await write_warc(dump, io.BytesIO())
