"""One WARC file: all that the archive holds, or the records of what was picked and of what that needs."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from crawler.errors import StorageError, UsageError
from crawler.export.warc import write_warc
from tests.archive.samples import records
from tests.export.outputs import dump_of, site
from tests.web import OWN, Web, crawl


async def written(folder: Path, *urls: str) -> tuple[Path, tuple[str, ...]]:
    path, file = folder.with_name("export.warc.gz"), io.BytesIO()
    async with dump_of(folder, *urls) as dump:
        notes = await write_warc(dump, file)
    path.write_bytes(file.getvalue())
    return path, notes


def told(path: Path) -> list[tuple[str, str]]:
    return [
        (record.rec_type, record.rec_headers.get_header("WARC-Target-URI") or "")
        for record, _ in records(path)
    ]


async def test_all_of_it_is_every_segment_in_a_row(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    await crawl(site(), folder, OWN, segment_bytes=2_000)
    segments = sorted((folder / "archive").glob("*.warc.gz"))
    assert len(segments) > 2
    path, notes = await written(folder)
    assert path.read_bytes() == b"".join(each.read_bytes() for each in segments)
    assert notes == ()


async def test_what_is_not_believed_in_stays_out(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    await crawl(site(), folder, OWN)
    (segment,) = (folder / "archive").glob("*.warc.gz")
    whole = segment.read_bytes()
    segment.write_bytes(whole + b"\x1f\x8b\x08torn")
    path, _ = await written(folder)
    assert path.read_bytes() == whole


async def test_a_picked_page_has_what_it_needs_and_what_leads_there(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    await crawl(site(), folder, OWN)
    path, _ = await written(folder, f"{OWN}a")
    found = told(path)
    assert found[0] == ("warcinfo", "")
    assert found[1::2] == [("request", url) for _, url in found[2::2]]
    wanted = {"a", "f", "s.css", "deep.css", "bg.png", "f.ttf", "in-frame.png"}
    assert {url for kind, url in found if kind == "response"} == {OWN + each for each in wanted}

    path, _ = await written(folder, f"{OWN}moved")
    assert {url for kind, url in told(path) if kind == "response"} == {f"{OWN}moved", f"{OWN}b"}


async def test_a_picked_page_has_its_history(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    web = Web({OWN: "<title>one</title>"})
    await crawl(web, folder, OWN)
    web.says[OWN] = "<title>two</title>"
    await crawl(web, folder, OWN)
    path, _ = await written(folder, OWN)
    bodies = [content for record, content in records(path) if record.rec_type == "response"]
    assert bodies == [b"<title>one</title>", b"<title>two</title>"]


async def test_the_same_output_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    await crawl(site(), folder, OWN)
    first = (await written(folder, f"{OWN}a"))[0].read_bytes()
    assert (await written(folder, f"{OWN}a"))[0].read_bytes() == first


async def test_without_an_archive_there_is_nothing_to_write(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    await crawl(site(), folder, OWN, archive=False)
    with pytest.raises(UsageError, match="holds nothing of this crawl; crawl again with the archive on"):
        await written(folder)
    with pytest.raises(UsageError, match="nothing of it lies in the archive; try crawler why"):
        await written(folder, OWN)


async def test_a_segment_that_is_lost_or_cut_is_said_in_one_line(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    await crawl(site(), folder, OWN)
    (segment,) = (folder / "archive").glob("*.warc.gz")
    segment.write_bytes(segment.read_bytes()[:-1])
    with pytest.raises(StorageError, match="is missing or cut; crawler verify"):
        await written(folder)
    segment.unlink()
    with pytest.raises(StorageError, match="is missing; crawler verify"):
        await written(folder, OWN)
