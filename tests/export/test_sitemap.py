"""A sitemap has the good pages of a crawl, and our own reader reads it."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path

import pytest

from crawler.errors import UsageError
from crawler.export.destination import destination
from crawler.export.sitemap import write_sitemap
from crawler.links.sitemap import sitemap
from tests.export.outputs import dump_of, site
from tests.web import OWN, Answer, Web, crawl, links

PAGES = [OWN, f"{OWN}a", f"{OWN}b"]


async def test_pages_that_answered_well(tmp_path: Path) -> None:
    web = site()
    head = f'<link rel="canonical" href="{OWN}a">'
    web.says[f"{OWN}b"] = Answer(
        body=links("/copy", "/x?a=1&b=2").encode(),
        headers=(("Content-Type", "text/html"), ("Last-Modified", "Fri, 02 Oct 2026 23:30:00 GMT")),
    )
    web.says[f"{OWN}copy"] = links(title="Copy", head=head)
    web.says[f"{OWN}x?a=1&b=2"] = links(title="X")
    await crawl(web, tmp_path, OWN)
    file = io.StringIO()
    async with dump_of(tmp_path) as dump:
        assert await write_sitemap(dump, file) == ()
    found = file.getvalue()
    assert [each.url for each in sitemap(found.encode(), OWN)] == [*PAGES, f"{OWN}x?a=1&b=2"]
    assert f"<loc>{OWN}b</loc><lastmod>2026-10-02</lastmod>" in found


async def test_many_become_an_index_and_parts(tmp_path: Path) -> None:
    await crawl(site(), tmp_path / "output", OWN)
    path = tmp_path / "map.xml"
    async with dump_of(tmp_path / "output") as whole:
        dump = dataclasses.replace(whole, path=str(path))
        with destination(str(path), is_binary=False) as file:
            notes = await write_sitemap(dump, file, most_urls=2)
    assert notes == (f"3 pages in 2 parts; put them all at {OWN}",)
    parts = [each.url for each in sitemap(path.read_bytes(), OWN)]
    assert parts == [f"{OWN}map-1.xml", f"{OWN}map-2.xml"]
    names = [each.removeprefix(OWN) for each in parts]
    found = [each.url for name in names for each in sitemap((tmp_path / name).read_bytes(), OWN)]
    assert found == PAGES
    assert sorted(each.name for each in tmp_path.iterdir()) == ["map-1.xml", "map-2.xml", "map.xml", "output"]


async def test_many_need_a_path(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN)
    async with dump_of(tmp_path) as dump:
        with pytest.raises(UsageError, match="-O sitemap"):
            await write_sitemap(dump, io.StringIO(), most_urls=2)


async def test_nothing_is_an_empty_sitemap(tmp_path: Path) -> None:
    await crawl(Web({OWN: 404}), tmp_path, OWN)
    file = io.StringIO()
    async with dump_of(tmp_path) as dump:
        await write_sitemap(dump, file)
    assert sitemap(file.getvalue().encode(), OWN) == []
