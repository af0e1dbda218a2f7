"""Open what a crawl left in a real browser, without a network and without a server."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crawler.practice.options import PracticeOptions
from crawler.practice.serving import serve
from tests.system.chromium import chromium, file_of
from tests.system.running import complaints, crawler

pytestmark = pytest.mark.system

QUICK = PracticeOptions(slow_seconds=0, drip_seconds=0, retry_after_seconds=0)


async def test_the_copy_of_the_practice_site_is_browsed_offline(output: Path, tmp_path: Path) -> None:
    async with serve(options=QUICK) as site:
        result = await asyncio.to_thread(crawler, "crawl", site.url, "-o", "out", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert complaints(result.stderr) == []
    mirror = output / "mirror"

    async with chromium() as browser:
        page, seen = browser.offline.page, browser.offline.seen
        await page.goto((output / "index.html").as_uri())
        await page.locator("a[href^='mirror/']").first.click()
        await page.wait_for_load_state("load")
        assert file_of(page.url) == mirror / urlsplit(site.url).netloc.replace(":", "_") / "index.html"
        await page.screenshot(path=tmp_path / "home.png", full_page=True)
        await _is_complete(page)

        hrefs = await page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        inner = sorted({href.partition("#")[0] for href in hrefs if href.startswith("file:")})
        assert len(inner) > 5
        await page.locator("a[href$='.html']:visible").nth(1).click()
        await page.wait_for_load_state("load")
        assert file_of(page.url).is_relative_to(mirror)
        await _is_complete(page)
        for href in inner:
            if file_of(href).suffix == ".html":
                await page.goto(href)
                await _is_complete(page)
        await page.screenshot(path=tmp_path / "last.png", full_page=True)

    assert seen.complained == []
    assert seen.failed == []
    assert {urlsplit(url).scheme for url in seen.requested} <= {"file", "data", "blob"}
    asked = [file_of(url) for url in seen.requested if url.startswith("file:")]
    assert [path for path in asked if not path.is_relative_to(output)] == []
    assert [path for path in asked if not path.exists()] == []
    assert {path.suffix for path in asked} >= {".html", ".css"}


async def _is_complete(page: Any) -> None:
    """Every picture that the page shows has pixels, and every style sheet it names has rules."""
    pictures = await page.eval_on_selector_all(
        "img[src], img[srcset], picture img",
        """pictures => Promise.all(pictures.map(async picture => {
            picture.loading = "eager";
            await picture.decode().catch(() => {});
            return [picture.currentSrc || picture.src, picture.naturalWidth];
        }))""",
    )
    assert [source for source, width in pictures if not width] == [], page.url
    sheets = await page.eval_on_selector_all(
        "link[rel~='stylesheet']", "links => links.map(link => [link.href, link.sheet !== null])"
    )
    assert [href for href, is_applied in sheets if not is_applied] == [], page.url
