"""Open what a crawl left in a real browser, without a network and without a server."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from crawler.practice.options import PracticeOptions
from crawler.practice.serving import serve
from tests.system.running import complain_or_skip, complaints, crawler

pytestmark = pytest.mark.system

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
# Every file: URL is an origin of its own to Chromium: it loads no module, no manifest, and no symbol of another
# SVG file, however whole the copy is. A file that is not there says ERR_FILE_NOT_FOUND instead.
CLOSED_TO_FILES = (
    "Unsafe attempt to load URL file:",
    "Access to manifest at 'file:",
    "Access to script at 'file:",
    "Failed to load resource: net::ERR_FAILED",
)
SUFFIXES_CLOSED_TO_FILES = {".svg", ".webmanifest", ".mjs"}
QUICK = PracticeOptions(slow_seconds=0, drip_seconds=0, retry_after_seconds=0)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page asked for, and what it complained about."""

    requested: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    complained: list[str] = field(default_factory=list)


async def test_the_copy_of_the_practice_site_is_browsed_offline(output: Path, tmp_path: Path) -> None:
    async with serve(options=QUICK) as site:
        result = await asyncio.to_thread(crawler, "crawl", site.url, "-o", "out", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    assert complaints(result.stderr) == []
    mirror = output / "mirror"

    async with _browser(tmp_path / "profile") as (page, seen):
        await page.goto((output / "index.html").as_uri())
        await page.locator("a[href^='mirror/']").first.click()
        await page.wait_for_load_state("load")
        assert _file(page.url) == mirror / urlsplit(site.url).netloc.replace(":", "_") / "index.html"
        await page.screenshot(path=tmp_path / "home.png", full_page=True)
        await _is_complete(page)

        hrefs = await page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        inner = sorted({href.partition("#")[0] for href in hrefs if href.startswith("file:")})
        assert len(inner) > 5
        await page.locator("a[href$='.html']:visible").nth(1).click()
        await page.wait_for_load_state("load")
        assert _file(page.url).is_relative_to(mirror)
        await _is_complete(page)
        for href in inner:
            if _file(href).suffix == ".html":
                await page.goto(href)
                await _is_complete(page)
        await page.screenshot(path=tmp_path / "last.png", full_page=True)

    assert [text for text in seen.complained if not text.startswith(CLOSED_TO_FILES)] == []
    assert {_file(url).suffix for url in seen.failed} <= SUFFIXES_CLOSED_TO_FILES
    assert {urlsplit(url).scheme for url in seen.requested} <= {"file", "data", "blob"}
    asked = [_file(url) for url in seen.requested if url.startswith("file:")]
    assert [path for path in asked if not path.is_relative_to(output)] == []
    assert [path for path in asked if not path.exists()] == []
    assert {path.suffix for path in asked} >= {".html", ".css"}


@asynccontextmanager
async def _browser(profile: Path) -> AsyncIterator[tuple[Any, Seen]]:
    """A page of a new browser that is offline, and what it sees."""
    if not CHROMIUM.is_file():
        complain_or_skip("Chromium (package chromium)")
    try:
        async_playwright = importlib.import_module("playwright.async_api").async_playwright
    except ModuleNotFoundError:
        complain_or_skip("Playwright (dependency group browser)")
    seen = Seen()
    async with async_playwright() as playwright:
        context = await playwright.chromium.launch_persistent_context(
            profile, executable_path=CHROMIUM, args=ARGUMENTS, headless=True, offline=True
        )
        try:
            page = await context.new_page()
            page.on("request", lambda request: seen.requested.append(request.url))
            page.on("requestfailed", lambda request: seen.failed.append(request.url))
            page.on("pageerror", lambda error: seen.complained.append(str(error)))
            page.on(
                "console",
                lambda message: seen.complained.append(message.text) if message.type == "error" else None,
            )
            yield page, seen
        finally:
            await context.close()


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


def _file(url: str) -> Path:
    return Path(unquote(urlsplit(url).path))
