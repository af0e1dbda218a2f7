"""What is to be exported: all of an output, or what was picked."""

from __future__ import annotations

from pathlib import Path

from tests.export.outputs import dump_of, site
from tests.web import OWN, crawl, entries


async def test_everything_or_what_was_picked_in_that_order(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN)
    async with dump_of(tmp_path) as dump:
        assert [entry.candidate.url async for entry in dump.entries()] == list(await entries(tmp_path))
    async with dump_of(tmp_path, f"{OWN}b", OWN) as dump:
        assert [entry.candidate.url async for entry in dump.entries()] == [f"{OWN}b", OWN]


async def test_a_file_that_urls_share_is_one(tmp_path: Path) -> None:
    web = site()
    web.says["http://127.0.0.2/"] = web.says["https://127.0.0.2/"] = web.says[OWN]
    await crawl(web, tmp_path, OWN, "http://127.0.0.2/", "https://127.0.0.2/", max_depth=0, assets=False)
    async with dump_of(tmp_path) as dump:
        paths = [capture.mirror_path async for capture in dump.files()]
    assert paths == ["127.0.0.1_8000/index.html", "127.0.0.2/index.html"]
