"""The start page in a real browser, from the file system: its filter, its looks, and the portable file it leads."""

from __future__ import annotations

import asyncio
import re
import zipfile
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from crawler.practice.options import PracticeOptions
from crawler.practice.serving import serve
from crawler.startpage.front import About, write_start_page
from tests.startpage.entries import EVIL, entry, lost, report, stream
from tests.system.chromium import Seen, opened
from tests.system.running import crawler

pytestmark = pytest.mark.system

QUICK = PracticeOptions(slow_seconds=0, drip_seconds=0, retry_after_seconds=0)
PHONE = {"width": 320, "height": 640}
HOSTILE = [EVIL, "x" * 10_000, "\u202egnp.exe", "A" + "\u0301" * 150, "\u0627\u0644" * 90, "W" * 199]


def told_by(seen: Seen) -> list[str]:
    """What a page could not load, and what it complained about."""
    return [*seen.failed, *seen.complained]


@pytest.fixture
async def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The front page of a long list, some of it hostile; every page of it is there."""
    monkeypatch.setattr("crawler.startpage.parts.ROWS", 50)
    entries = [entry(f"http://a.example/{'y' * n * 40}", title) for n, title in enumerate(HOSTILE)]
    entries += [lost(f"http://a.example/gone-{'z' * 400}")]
    entries += [entry(f"http://b.example/{n}", f"Page {n} of b") for n in range(300)]
    entries += [lost("http://b.example/missing", "http_404: Not Found")]
    entries += [entry(f"http://{'long-' * 11}name.{n:02}.example/", "Far away") for n in range(30)]

    async def write(name: str, text: str) -> None:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")

    about = About(report=report(outcome="", warnings=("something " * 30, "w" * 300)), seen_at=1e9)
    await write_start_page(stream(entries), about, "pages/", write)
    page = tmp_path / "mirror/a.example/x.html"
    page.parent.mkdir(parents=True)
    page.write_text("<!DOCTYPE html><title>there</title>")
    return tmp_path / "index.html"


async def test_the_filter_works_over_all_parts(start: Path) -> None:
    async with opened(offline=True) as window:
        page = window.page
        await page.goto(start.as_uri())
        assert await page.locator("#found").is_hidden()
        await page.keyboard.press("/")
        await page.keyboard.type("page 29")
        await page.locator("#told", has_text=re.compile("^13 of 338$")).wait_for()
        assert await page.locator("#whole").is_hidden()
        found = await page.locator("#found li bdi").all_text_contents()
        assert found == [f"Page {n} of b" for n in range(300) if "29" in str(n)]
        await page.locator("#filter").fill("not found")
        assert await page.locator("#found li em").all_text_contents() == ["failed: http_404: Not Found"]
        await page.locator("#filter").fill("<script>")
        assert await page.locator("#found li bdi").all_text_contents() == [EVIL]
        await page.locator("#filter").fill("page 299")
        await page.keyboard.press("Tab")
        async with page.expect_navigation():
            await page.keyboard.press("Enter")
        assert await page.title() == "there"
    assert told_by(window.seen) == []


async def test_every_part_is_reached_without_a_script(start: Path) -> None:
    async with opened(offline=True, java_script_enabled=False) as window:
        page = window.page
        await page.goto(start.as_uri())
        assert await page.locator("#filter").is_hidden()
        seen = await page.locator("#pages bdi").count()
        while await page.locator("a[rel=next]").count():
            async with page.expect_navigation():
                await page.locator("a[rel=next]").first.click()
            seen += await page.locator("#pages bdi").count()
        assert seen == 338
        async with page.expect_navigation():
            await page.locator("#pages a").last.click()
        assert await page.title() == "there"
    assert told_by(window.seen) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_a_phone_and_can_be_read(start: Path, scheme: str) -> None:
    async with opened(offline=True, viewport=PHONE, color_scheme=scheme) as window:
        page = window.page
        for path in (start, start.parent / "pages/2.html"):
            await page.goto(path.as_uri())
            await page.eval_on_selector_all("details", "all => all.forEach(each => { each.open = true; })")
            assert await page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
            pairs = await page.evaluate(_COLOURS)
            assert len(pairs) > 2
            assert [pair for pair in pairs if _contrast(*pair) < 4.5] == []
    assert told_by(window.seen) == []


_COLOURS = """
() => {
    const paper = getComputedStyle(document.body).backgroundColor;
    const inks = new Set([...document.querySelectorAll("body, body *")].map(each => getComputedStyle(each).color));
    return [...inks].map(ink => [ink, paper]);
}
"""


def _contrast(ink: str, paper: str) -> float:
    """The contrast of two colours (WCAG 2.2, section 1.4.3)."""
    lights = sorted(_luminance(colour) for colour in (ink, paper))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return sum(share * part for share, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


async def test_a_portable_file_is_browsed_where_it_was_unpacked(tmp_path: Path) -> None:
    async with serve(options=QUICK) as site:
        crawled = await asyncio.to_thread(crawler, "crawl", site.url, "-o", "out", cwd=tmp_path)
    assert crawled.returncode == 0, crawled.stderr
    made = await asyncio.to_thread(
        crawler, "export", "out", "--format", "zip", "-O", "copy.zip", cwd=tmp_path
    )
    assert (made.returncode, made.stderr) == (0, "")
    (tmp_path / "out").rename(tmp_path / "elsewhere")
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(tmp_path / "copy.zip") as portable:
        portable.extractall(unpacked)

    async with opened(offline=True) as window:
        page = window.page
        await page.goto((unpacked / "index.html").as_uri())
        hrefs = await page.eval_on_selector_all("a[href]", "links => links.map(link => link.href)")
        files = {Path(unquote(urlsplit(href).path)) for href in hrefs if href.startswith("file:")}
        assert len(files) > 20
        assert [path for path in files if not path.is_file() or not path.is_relative_to(unpacked)] == []
        async with page.expect_navigation():
            await page.locator("th a").first.click()
        pictures = await page.eval_on_selector_all("img[src]", "all => all.map(each => each.naturalWidth)")
        assert pictures
        assert all(pictures)
        assert await page.eval_on_selector_all("link[rel=stylesheet]", "all => all.every(each => each.sheet)")
    assert [text for text in told_by(window.seen) if "ERR_FILE_NOT_FOUND" in text] == []
