"""A WACZ file: segments as they lie, an index that finds every answer, the pages, and what says what is in it."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

import crawler.export.wacz
from crawler.errors import UsageError
from crawler.export.wacz import write_wacz
from tests.archive.samples import records
from tests.export.outputs import dump_of, site
from tests.web import OWN, Web, crawl, links, moved


async def packed(folder: Path, *urls: str) -> bytes:
    file = io.BytesIO()
    async with dump_of(folder, *urls) as dump:
        await write_wacz(dump, file)
    return file.getvalue()


def members(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        assert found.testzip() is None
        return {name: found.read(name) for name in found.namelist()}


def pages(found: dict[str, bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in found["pages/pages.jsonl"].splitlines()]


def indexed(found: dict[str, bytes]) -> list[dict[str, Any]]:
    """What the index names, found by way of its blocks."""
    head, *blocks = found["indexes/index.idx"].decode().splitlines()
    assert json.loads(head.removeprefix("!meta 0 ")) == {
        "format": "cdxj-gzip-1.0",
        "filename": "index.cdx.gz",
    }
    lines: list[str] = []
    for block in blocks:
        place = json.loads(block[block.index("{") :])
        data = found["indexes/index.cdx.gz"][place["offset"] : place["offset"] + place["length"]]
        assert place["digest"] == f"sha256:{hashlib.sha256(data).hexdigest()}"
        mine = gzip.decompress(data).decode().splitlines()
        assert mine[0].startswith(block[: block.index("{")])
        lines += mine
    assert lines == sorted(lines)
    return [json.loads(line[line.index("{") :]) for line in lines]


async def test_it_holds_the_segments_as_they_lie_and_finds_each_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawler.export.wacz, "_LINES_IN_BLOCK", 2)
    folder = tmp_path / "out"
    await crawl(site(), folder, OWN, segment_bytes=2_000)
    content = await packed(folder)
    found = members(content)
    segments = sorted((folder / "archive").glob("*.warc.gz"))
    assert len(segments) > 2
    assert {name: found[name] for name in found if name.startswith("archive/")} == {
        f"archive/{path.name}": path.read_bytes() for path in segments
    }
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        stored = {each.filename for each in archive.infolist() if each.compress_type == zipfile.ZIP_STORED}
    assert stored == {*(f"archive/{path.name}" for path in segments), "indexes/index.cdx.gz"}
    answers = indexed(found)
    assert len(answers) == (folder / "archive" / "index.cdxj").read_text().count("\n")
    for each in answers:
        offset, length = int(each["offset"]), int(each["length"])
        record = gzip.decompress(found[f"archive/{each['filename']}"][offset : offset + length])
        assert f"\r\nWARC-Target-URI: {each['url']}\r\n".encode() in record


async def test_it_says_what_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    await crawl(site(), folder, OWN)
    found = members(await packed(folder))
    told = json.loads(found["datapackage.json"])
    assert (told["profile"], told["wacz_version"]) == ("data-package", "1.1.1")
    assert (told["mainPageUrl"], told["title"]) == (OWN, "Home")
    assert told["mainPageDate"].startswith("2001-09-09T01:46:")
    named = {each["path"]: (each["hash"], each["bytes"]) for each in told["resources"]}
    assert named == {
        name: (f"sha256:{hashlib.sha256(data).hexdigest()}", len(data))
        for name, data in found.items()
        if not name.startswith("datapackage")
    }
    digest = hashlib.sha256(found["datapackage.json"]).hexdigest()
    assert json.loads(found["datapackage-digest.json"]) == {
        "path": "datapackage.json",
        "hash": f"sha256:{digest}",
    }


async def test_it_lists_the_pages_with_their_titles(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    await crawl(site(), folder, OWN)
    head, *listed = pages(members(await packed(folder)))
    assert head == {"format": "json-pages-1.0", "id": "pages", "title": "All pages", "hasText": False}
    assert {each["url"]: each["title"] for each in listed} == {OWN: "Home", f"{OWN}a": "A", f"{OWN}b": "B"}
    assert len({each["id"] for each in listed}) == len(listed)
    assert all(each["ts"].endswith("Z") for each in listed)


async def test_the_main_page_is_where_the_seed_led(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    web = Web({OWN: moved("/new"), f"{OWN}new": links(title="New")})
    await crawl(web, folder, OWN)
    assert json.loads(members(await packed(folder))["datapackage.json"])["mainPageUrl"] == f"{OWN}new"


async def test_a_picked_page_has_what_it_needs(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    await crawl(site(), folder, OWN)
    found = members(await packed(folder, f"{OWN}moved", f"{OWN}a", f"{OWN}a"))
    assert [each["url"] for each in pages(found)[1:]] == [f"{OWN}b", f"{OWN}a"]
    assert json.loads(found["datapackage.json"])["mainPageUrl"] == f"{OWN}b"
    path = tmp_path / "data.warc.gz"
    path.write_bytes(found["archive/data.warc.gz"])
    answers = {record.rec_headers.get_header("WARC-Target-URI") for record, _ in records(path)[1:]}
    assert {each["url"] for each in indexed(found)} == answers
    assert {f"{OWN}a", f"{OWN}b", f"{OWN}moved", f"{OWN}s.css", f"{OWN}bg.png"} <= answers
    assert OWN not in answers


async def test_the_same_output_gives_the_same_bytes(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    await crawl(site(), folder, OWN)
    assert await packed(folder) == await packed(folder)
    assert await packed(folder, f"{OWN}a") == await packed(folder, f"{OWN}a")


async def test_without_an_archive_there_is_nothing_to_pack(tmp_path: Path) -> None:
    folder = tmp_path / "out"
    await crawl(site(), folder, OWN, archive=False)
    with pytest.raises(UsageError, match="crawl again with the archive on"):
        await packed(folder)
