"""What picked URLs need is found from what is stored, with and without a mirror."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.export.answers import believed_segments, reader_of
from tests.export.outputs import dump_of, site
from tests.web import OWN, Web, crawl, images, links, moved

NEEDED = ("a", "f", "s.css", "deep.css", "bg.png", "f.ttf", "in-frame.png")


async def found(folder: Path, *urls: str) -> list[str]:
    async with dump_of(folder, *urls) as dump, reader_of(dump) as reader:
        captures = await reader.captures()
    assert captures == sorted(captures, key=lambda each: (each.segment or "", each.offset))
    return [each.url for each in captures]


@pytest.mark.parametrize("mirror", [True, False])
async def test_requisites_of_requisites_and_frames_are_found(tmp_path: Path, mirror: bool) -> None:
    await crawl(site(), tmp_path, OWN, mirror=mirror)
    assert sorted(await found(tmp_path, f"{OWN}a")) == sorted(OWN + each for each in NEEDED)


async def test_redirects_are_followed(tmp_path: Path) -> None:
    web = Web({OWN: links(text=images("/i")), f"{OWN}i": moved("/i.png"), f"{OWN}i.png": b"\x89PNG"})
    await crawl(web, tmp_path, OWN)
    assert sorted(await found(tmp_path, OWN)) == [OWN, f"{OWN}i", f"{OWN}i.png"]


async def test_a_page_whose_record_is_lost_does_not_hide_the_others(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN)
    (segment,) = (tmp_path / "archive").glob("*.warc.gz")
    data = bytearray(segment.read_bytes())
    async with dump_of(tmp_path, f"{OWN}a") as dump:
        good = dump.picked[0].good
        assert good is not None
        data[good.offset + 40] ^= 0xFF
    segment.write_bytes(data)
    assert await found(tmp_path, f"{OWN}a", f"{OWN}b") == [f"{OWN}a", f"{OWN}b"]


async def test_segments_are_told_in_the_order_in_which_they_were_begun(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN, segment_bytes=2_000)
    async with dump_of(tmp_path) as dump:
        believed = await believed_segments(dump)
    lying = {path.name: path.stat().st_size for path in sorted((tmp_path / "archive").glob("*.warc.gz"))}
    assert list(believed.items()) == list(lying.items())
