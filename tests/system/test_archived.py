"""Pages are shown out of `crawler serve` as they were at their site, scripts and all, and nothing asks the site."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from crawler.practice.catalog import catalog
from crawler.practice.options import PracticeOptions
from crawler.practice.serving import serve
from crawler.practice.truth import truth
from tests.serve.serving import Served, served
from tests.system.choosing import choose
from tests.system.chromium import Chromium, Sight, chromium
from tests.system.documentation import POSTGRESQL, PYTHON, Documentation, serve_documentation
from tests.system.looks import compare, keep, kept_in
from tests.system.running import complaints, crawler, exported

pytestmark = pytest.mark.system

PAGES_A_SITE = 15
LONGEST_BYTES = 100_000
TALLEST = 800
# Where everything stands, and in what colours and letters. What a page carries of sprites stands there otherwise.
LAYOUT = """() => [...document.querySelectorAll("body, body *:not(svg *)")].map(each => {
    const { x, y, width, height } = each.getBoundingClientRect();
    const { color, backgroundColor, fontFamily, fontSize, fontWeight, display } = getComputedStyle(each);
    return [each.localName, x, y, width, height, color, backgroundColor, fontFamily, fontSize, fontWeight, display].join(" ");
})"""
LARGEST_SHARE = 0.001
# A frame is drawn by another process, and a busy machine may not have drawn it when the picture is taken.
LOOKS = 3
QUICK = PracticeOptions(slow_seconds=0, drip_seconds=0, retry_after_seconds=0)
ELSEWHERE = r"^https?://(?!127\.0\.0\.1[:/])"
ARCHIVED = re.compile(r"http://archive\.localhost:\d+/[^/]+/(?:now|\d+)e?/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A site that is up, and crawled.

    Args:
        name: of the folder that pictures are kept in.
        output: of the crawl.
        asked: how often the site was asked for something.
        led_on: pages that a `Refresh` header leads on, which is not archived with them.
    """

    name: str
    output: Path
    asked: Callable[[], int]
    led_on: Collection[str] = ()


@pytest.mark.parametrize(
    "documentation", [pytest.param(PYTHON, id="python"), pytest.param(POSTGRESQL, id="postgresql")]
)
async def test_documentation_is_shown_as_it_was(
    documentation: Documentation, tmp_path: Path, output: Path
) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    with serve_documentation(documentation, folder) as site:
        rows = await _crawled(site.url, output)
        pages = {
            url: site.folder / unquote(urlsplit(url).path)[1:]
            for url, row in rows.items()
            if row["media_type"] == "text/html" and row["mirror_path"] and not url.endswith("/")
        }
        chosen = choose(pages, f"{site.url}index.html", PAGES_A_SITE, LONGEST_BYTES)
        assert len(chosen) == PAGES_A_SITE
        shown = Site(name=documentation.package, output=output, asked=site.requests_served)
        await _all_are_shown(chosen, shown)


async def test_the_practice_site_is_shown_as_it_was(tmp_path: Path, output: Path) -> None:
    async with serve(options=QUICK) as site:
        await _crawled(site.url, output)
        led_on = [site.url + each.target[1:] for each in catalog(QUICK).values() if "Refresh" in each.headers]
        shown = Site(name="practice", output=output, asked=lambda: len(site.requests), led_on=led_on)
        await _all_are_shown(sorted(truth(site.url, QUICK).pages), shown)


async def test_the_search_of_a_documentation_works(tmp_path: Path, output: Path) -> None:
    """A form leads to a page whose script reads an index, then each page that it found."""
    folder = tmp_path / "nginx"
    folder.mkdir()
    with serve_documentation(PYTHON, folder) as site:
        await _crawled(site.url, output)
        async with served(output) as server, chromium() as browser:
            window = browser.online
            await window.page.goto(f"{site.url}index.html")
            live = await _searched(window.page, window.page.main_frame)
            before = site.requests_served()
            await window.page.goto(f"{server.url}view/now/{site.url}index.html")
            window.seen.requested.clear()
            copy = await _searched(window.page, window.page.main_frame.child_frames[0])
            assert site.requests_served() == before
            assert list(_elsewhere(window.seen.requested, server)) == []
            where = await window.page.locator("#where").text_content()
            assert where is not None
            assert where.startswith(f"{site.url}search.html?q=zipapp")
            assert "without its query" in await window.page.locator("#shown").text_content()
    assert len(live) > 5
    assert copy == live


async def _searched(page: Any, frame: Any) -> list[tuple[str, str]]:
    """What the search of Python's documentation finds: titles, and what it says of each page."""
    field = frame.locator("input[name=q]:visible").first
    await field.fill("zipapp")
    await field.press("Enter")
    await frame.locator("#search-results p.search-summary", has_text="finished").wait_for()
    await page.wait_for_load_state("networkidle")
    found = await frame.locator("#search-results li").all()
    return [
        (
            await each.locator("a").first.text_content(),
            " ".join(await each.locator("p.context").all_text_contents()),
        )
        for each in found
    ]


async def _crawled(seed: str, output: Path) -> dict[str, dict[str, Any]]:
    """What a crawl left in `output`, by URL; it asks for nothing that lies elsewhere."""
    line = ("crawl", seed, "-o", output.name, "--exclude", ELSEWHERE)
    result = await asyncio.to_thread(crawler, *line, cwd=output.parent)
    assert result.returncode == 0, result.stderr
    assert complaints(result.stderr) == []
    return await asyncio.to_thread(exported, output)


async def _all_are_shown(urls: Sequence[str], site: Site) -> None:
    """Look at each page at its site and as it is shown, and tell all that is wrong at once."""
    folder = kept_in(site.output.parent / "pictures") / f"archived-{site.name}"
    shares, faults = [], []
    async with served(site.output) as server, chromium() as browser:
        live = await _at_the_site(browser, urls, site)
        window = browser.online
        before = site.asked()
        for url in urls:
            sight, place = live[url]
            for _ in range(LOOKS):
                copy = await window.look(f"{server.url}view/now/{url}", is_framed=True, tallest=TALLEST)
                layout = await window.frame.evaluate(LAYOUT)
                look = compare(sight.bands, copy.bands)
                if look.share < LARGEST_SHARE:
                    break
            moved = sum(one != other for one, other in zip(place, layout, strict=False))
            if moved or len(place) != len(layout):
                faults.append(
                    f"{url}: of {len(place)} elements {moved} look otherwise, {len(layout)} are there"
                )
            shares.append(look.share)
            if look.share >= LARGEST_SHARE:
                faults.append(f"{url}: {look.sizes[0]} and {look.sizes[1]}: {look.share:.3%} differ")
                keep(folder, re.sub(r"[^A-Za-z0-9.]+", "-", url)[-80:].strip("-"), sight.bands, copy.bands)
            faults += [f"{url}: {fault}" for fault in _faults(sight, copy, server)]
        asked = site.asked() - before
    figures = {"pages": len(shares), "worst": max(shares), "same": shares.count(0)}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures.json").write_text(json.dumps(figures))
    assert not faults, "\n".join([*faults, f"pictures are in {folder}"])
    assert asked == 0


async def _at_the_site(
    browser: Chromium, urls: Sequence[str], site: Site
) -> dict[str, tuple[Sight, list[str]]]:
    """What each page looks like at its site: a picture of its beginning, and the whole of its layout."""
    for url in site.led_on:
        await browser.online.page.route(url, _without_refresh)
    window = browser.online
    return {
        url: (await window.look(url, tallest=TALLEST), await window.frame.evaluate(LAYOUT)) for url in urls
    }


async def _without_refresh(route: Any) -> None:
    answer = await route.fetch()
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "refresh"}
    await route.fulfill(response=answer, headers=headers)


def _faults(live: Sight, copy: Sight, server: Served) -> Iterator[str]:
    """What a page that is shown did that it did not do at its site."""
    if _original(copy.url) != live.url:
        yield f"leads to {copy.url}, not to {live.url}"
    yield from (f"asks for {url}" for url in _elsewhere(copy.seen.requested, server))
    for url in map(_original, copy.seen.failed):
        if url not in live.seen.failed:
            yield f"cannot load {url}"
    for url in map(_original, copy.seen.refused):
        if url not in live.seen.refused:
            yield f"is refused {url}"
    yield from (f"says: {text}" for text in copy.seen.complained if text not in live.seen.complained)


def _elsewhere(requested: Sequence[str], server: Served) -> Iterator[str]:
    ours = {f"127.0.0.1:{server.port}", server.archive}
    for url in requested:
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob", "about"} and parts.netloc not in ours:
            yield url


def _original(url: str) -> str:
    """The URL of which an address of the server shows a capture."""
    return ARCHIVED.sub("", url)
