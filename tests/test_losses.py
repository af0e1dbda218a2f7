"""What was taken away between two runs is said at the start of the next."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from tests.verification.looking import flaws_of
from tests.web import OWN, Web, crawl, links, tagged


def site() -> Web:
    return Web({OWN: tagged(links("/a")), f"{OWN}a": tagged(links())})


@pytest.fixture
async def web(tmp_path: Path) -> Web:
    web = site()
    await crawl(web, tmp_path, OWN)
    return web


async def warnings_of(web: Web, folder: Path, **options: object) -> list[str]:
    report = await crawl(web, folder, OWN, **options)
    return [each for each in report.warnings if "crawler verify" in each]


async def test_nothing_is_said_where_all_is_there(web: Web, tmp_path: Path) -> None:
    assert await warnings_of(web, tmp_path) == []


async def test_a_mirror_that_is_gone(web: Web, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shutil.rmtree(tmp_path / "mirror")
    (line,) = await warnings_of(web, tmp_path)
    assert line.startswith(f"{tmp_path / 'mirror'} is gone")
    assert line in caplog.text, "also where only errors are shown"
    assert any(flaw.is_fault for flaw in await flaws_of(tmp_path))


async def test_it_comes_back_with_fresh_and_nothing_is_said(web: Web, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "mirror")
    assert await warnings_of(web, tmp_path, fresh=True) == []
    assert await flaws_of(tmp_path) == []


async def test_where_all_is_written_again_nothing_is_said(web: Web, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "mirror")
    assert await warnings_of(web, tmp_path, exclude=["nothing"]) == []
    assert await flaws_of(tmp_path) == []


@pytest.mark.parametrize("how", ["gone", "cut"])
async def test_a_segment_that_is_gone_or_cut(web: Web, tmp_path: Path, how: str) -> None:
    (segment,) = (tmp_path / "archive").glob("*.warc.gz")
    segment.unlink() if how == "gone" else os.truncate(segment, 10)
    (line,) = await warnings_of(web, tmp_path)
    assert line.startswith(f"{segment} is missing or cut")


async def test_several_segments_are_one_line(tmp_path: Path) -> None:
    web = site()
    await crawl(web, tmp_path, OWN, segment_bytes=1)
    for segment in (tmp_path / "archive").glob("*.warc.gz"):
        segment.unlink()
    (line,) = await warnings_of(web, tmp_path)
    assert " and 1 more is missing" in line


async def test_without_a_mirror_none_is_missed(tmp_path: Path) -> None:
    web = site()
    for options in ({"mirror": False}, {"mirror": False}, {}):
        assert await warnings_of(web, tmp_path, **options) == []
