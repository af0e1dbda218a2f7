"""The server in a real browser: a crawl is started, watched and held back; pages are looked at, found and compared."""

from __future__ import annotations

import importlib
import io
import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from crawler.practice.options import PracticeOptions
from crawler.practice.serving import serve
from tests.serve.conftest import crawled as crawled  # noqa: PLC0414 - a fixture
from tests.serve.conftest import output as output  # noqa: PLC0414 - a fixture
from tests.serve.serving import Served, served
from tests.system.running import complain_or_skip
from tests.web import OWN

pytestmark = pytest.mark.system

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-sync",
    "--no-first-run",
]
PICTURES = os.environ.get("CRAWLER_PICTURES")
"""The folder that `make screenshots` wants pictures in."""
QUICK = PracticeOptions(slow_seconds=0, drip_seconds=0, retry_after_seconds=0, mazes=True)


@asynccontextmanager
async def browser_page(**terms: Any) -> AsyncIterator[tuple[Any, list[str], set[str]]]:
    """A page, what it complains about, and the hosts that it asks."""
    if not CHROMIUM.is_file():
        complain_or_skip("Chromium (package chromium)")
    try:
        async_playwright = importlib.import_module("playwright.async_api").async_playwright
    except ModuleNotFoundError:
        complain_or_skip("Playwright (dependency group browser)")
    complained: list[str] = []
    asked: set[str] = set()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = await (await browser.new_context(viewport={"width": 1000, "height": 720}, **terms)).new_page()
        page.on("pageerror", lambda error: complained.append(str(error)))
        page.on("request", lambda request: asked.add(urlsplit(request.url).netloc))
        try:
            yield page, complained, asked
        finally:
            await browser.close()


async def picture(page: Any, name: str) -> None:
    if PICTURES:
        pixels = io.BytesIO(await page.screenshot())
        image = importlib.import_module("PIL.Image").open(pixels)
        # A palette makes a picture of text a third of the size.
        image.convert("RGB").quantize(64).save(f"{PICTURES}/{name}.png", optimize=True)


async def serious(page: Any) -> list[str]:
    """What axe finds serious or critical in a page."""
    try:
        axe = importlib.import_module("axe_playwright_python.async_playwright").Axe()
    except ModuleNotFoundError:
        complain_or_skip("axe (dependency group browser)")
    # Playwright evaluates past the page's policy, so the page is looked at as it is.
    found = (await axe.run(page)).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:200]}"
        for each in found
        if each["impact"] in {"serious", "critical"}
    ]


async def test_a_crawl_is_started_watched_and_looked_at(tmp_path: Path) -> None:
    async with (
        serve(options=QUICK) as site,
        served(tmp_path / "out") as server,
        browser_page() as (page, complained, asked),
    ):
        await page.goto(server.url)
        await page.get_by_label("Seeds").fill(site.url)
        await page.get_by_label("Delay, seconds").fill("0.1")
        await page.get_by_role("button", name="Start a crawl").click()
        await page.get_by_role("button", name="Pause", exact=True).click()
        await page.locator("#crawls li[data-state=paused]").wait_for()
        await page.get_by_label("Delay, s", exact=True).fill("0")
        await page.get_by_role("button", name="Change").click()
        await page.get_by_role("button", name="Resume").click()
        await page.locator("#crawls li[data-state=finished]").wait_for(timeout=60_000)
        await page.locator("#hosts tbody tr").first.wait_for()
        await page.get_by_role("button", name="Queued", exact=True).click()
        await picture(page, "watch")
        assert await page.locator("#hosts th[aria-sort]").get_attribute("aria-sort") == "ascending"

        await page.goto(f"{server.url}pages")
        await picture(page, "pages")
        await page.keyboard.press("/")
        await page.keyboard.type("long tom")
        await page.locator("#list tbody tr:visible a").first.click()
        frame = page.frame_locator("iframe.archived")
        await frame.locator("h1").wait_for()
        await page.frames[1].wait_for_load_state("load")
        await page.frames[1].evaluate(
            "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
        )
        await picture(page, "view")
        link = frame.locator("a[href]:not([href*='#'])").first
        await link.click()
        before = page.url
        await page.wait_for_function("before => location.href !== before", arg=before)
        await page.goto(f"{server.url}search?q=harbour")
        await page.locator("mark").first.wait_for()
        await picture(page, "search")
        await page.goto(f"{server.url}why?url={site.url}wrecks/ghost")
        assert "failed" in await page.locator("pre").text_content()
        await picture(page, "why")
        assert asked == {f"127.0.0.1:{server.port}", server.archive}
    assert complained == []


KEEPS = """(() => {
    localStorage.a = 1;
    sessionStorage.setItem("x", 2);
    sessionStorage.removeItem("x");
    document.cookie = "b=c; path=/";
    document.cookie = "d=e";
    document.cookie = "f=g";
    document.cookie = "f=; max-age=0";
    return [localStorage.getItem("a"), localStorage.length, Object.keys(localStorage), sessionStorage.getItem("x"),
        document.cookie, "serviceWorker" in navigator];
})()"""


async def test_an_archived_page_gets_at_nothing(output: Path) -> None:
    async with served(output) as server, browser_page() as (page, _, asked):
        await page.goto(f"{server.url}view/1990/{OWN}a")
        frame = page.frame_locator("iframe.archived")
        await frame.locator("p").first.wait_for()
        inner = page.frames[1]
        for script in (
            f"fetch('{server.url}api/status').then(() => 'read', () => 'refused')",
            "(() => { try { return parent.document.title; } catch { return 'refused'; } })()",
            "fetch('http://127.0.0.1:9/').then(() => 'read', () => 'refused')",
        ):
            assert await inner.evaluate(script) == "refused"
        # What it keeps is its own, and goes with the page.
        assert await inner.evaluate(KEEPS) == ["1", 1, ["a"], None, "b=c; d=e", False]
        assert await inner.evaluate("document.scripts.length") == 1
        await page.reload()
        await frame.locator("p").first.wait_for()
        assert await page.frames[1].evaluate("[localStorage.length, document.cookie]") == [0, ""]
        assert asked == {f"127.0.0.1:{server.port}", server.archive}


async def test_two_versions_are_compared_by_hand(output: Path) -> None:
    async with served(output) as server, browser_page() as (page, complained, _):
        await page.goto(f"{server.url}versions?url={OWN}a")
        await picture(page, "versions")
        await page.get_by_role("button", name="Compare the text").click()
        assert await page.locator("ins").all_text_contents() == ["second words"]
        await picture(page, "diff")
    assert complained == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_everybody_can_use_it(output: Path, scheme: str) -> None:
    async with served(output) as server, browser_page(color_scheme=scheme) as (page, complained, _):
        for width in (1000, 360):
            await page.set_viewport_size({"width": width, "height": 700})
            for path in _views(server):
                await page.goto(f"{server.url}{path}")
                assert await page.evaluate("document.documentElement.scrollWidth") <= width
                assert (path, await serious(page)) == (path, [])
    assert complained == []


def _views(server: Served) -> list[str]:
    when = re.sub(r"\D", "", "19950509")
    about = f"url={OWN}a"
    return [
        "",
        "pages",
        "urls",
        "changes",
        "search?q=words",
        f"why?{about}",
        f"versions?{about}",
        f"diff?{about}&from={when}&to=now",
    ]
