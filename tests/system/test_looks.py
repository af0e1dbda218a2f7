"""In a browser, with the network off, a page of the dump looks as it does at its site."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest

from crawler.practice.catalog import catalog
from crawler.practice.options import PracticeOptions
from crawler.practice.serving import serve
from crawler.practice.truth import truth
from tests.system.choosing import choose
from tests.system.chromium import Sight, chromium, file_of
from tests.system.documentation import BUILDBOT, POSTGRESQL, PYTHON, Documentation, serve_documentation
from tests.system.looks import compare, keep, kept_in
from tests.system.running import complaints, crawler, exported

pytestmark = pytest.mark.system

PAGES_A_SITE = 20
LONGEST_BYTES = 100_000
LARGEST_SHARE = 0.001
QUICK = PracticeOptions(slow_seconds=0, drip_seconds=0, retry_after_seconds=0)
ELSEWHERE = r"^https?://(?!127\.0\.0\.1[:/])"


@pytest.mark.parametrize(
    "documentation",
    [
        pytest.param(PYTHON, id="python"),
        pytest.param(POSTGRESQL, id="postgresql"),
        pytest.param(BUILDBOT, id="buildbot"),
    ],
)
async def test_pages_of_documentation_look_the_same_offline(
    documentation: Documentation, tmp_path: Path, output: Path
) -> None:
    folder = tmp_path / "nginx"
    folder.mkdir()
    with serve_documentation(documentation, folder) as site:
        front = f"{site.url}index.html"
        rows = await _crawled(site.url, output)
        pages = {
            url: site.folder / unquote(urlsplit(url).path)[1:]
            for url, row in rows.items()
            if row["media_type"] == "text/html" and row["mirror_path"] and not url.endswith("/")
        }
        chosen = choose(pages, front, PAGES_A_SITE, LONGEST_BYTES)
        assert len(chosen) == PAGES_A_SITE
        await _all_look_the_same(chosen, rows, output, documentation.package)


async def test_the_practice_site_looks_the_same_offline(tmp_path: Path, output: Path) -> None:
    async with serve(options=QUICK) as site:
        rows = await _crawled(site.url, output)
        pages = sorted(truth(site.url, QUICK).pages)
        assert [url for url in pages if not rows[url]["mirror_path"]] == []
        led_on = [site.url + each.target[1:] for each in catalog(QUICK).values() if "Refresh" in each.headers]
        await _all_look_the_same(pages, rows, output, "practice", led_on)


async def test_what_a_copy_lacks_is_told_and_kept(tmp_path: Path) -> None:
    output = tmp_path / "out"
    mirror = output / "mirror"
    mirror.mkdir(parents=True)
    stripe = "<p style='height: 90px; background: teal'>There.</p>"
    (tmp_path / "live.html").write_text(f"<!DOCTYPE html>{stripe}")
    (mirror / "copy.html").write_text(
        "<!DOCTYPE html><img src=gone.png alt=''><script src=https://elsewhere.example/a.js></script>"
    )
    (mirror / "same.html").write_text(f"<!DOCTYPE html>{stripe}<script>throw new Error('planted')</script>")
    here = (tmp_path / "live.html").as_uri()
    async with chromium() as browser:
        live = await browser.online.look(here)
        copy = await browser.offline.look((mirror / "copy.html").as_uri())
        same = await browser.offline.look((mirror / "same.html").as_uri())

    assert compare(live.bands, same.bands).differing == 0
    look = compare(live.bands, copy.bands)
    assert look.sizes == ((1280, 800), (1280, 800))
    assert look.share == pytest.approx(90 * (1280 - 16) / (1280 * 800), rel=0.01)
    keep(tmp_path / "kept", _name_of(here), live.bands, copy.bands)
    words = [path.stem.rpartition("-")[2] for path in sorted((tmp_path / "kept").iterdir())]
    assert words == ["copy", "difference", "live"]

    told = list(_faults(live, copy, {here: {"mirror_path": "copy.html"}}, output))
    gone = (mirror / "gone.png").as_uri()
    assert f"asks for {gone}, which is not there" in told
    assert f"cannot load {gone}" in told
    assert "asks for https://elsewhere.example/a.js" in told
    assert "says: Failed to load resource: net::ERR_FILE_NOT_FOUND" in told
    told = list(_faults(live, same, {here: {"mirror_path": "other.html"}}, output))
    assert [fault.partition(" ")[0] for fault in told] == ["leads", "says:"]


async def _crawled(seed: str, output: Path) -> Mapping[str, Mapping[str, Any]]:
    """What a crawl left in `output`, by URL; it asks for nothing that lies elsewhere."""
    line = ("crawl", seed, "-o", output.name, "--exclude", ELSEWHERE)
    result = await asyncio.to_thread(crawler, *line, cwd=output.parent)
    assert result.returncode == 0, result.stderr
    assert complaints(result.stderr) == []
    return await asyncio.to_thread(exported, output)


async def _all_look_the_same(
    urls: Sequence[str],
    rows: Mapping[str, Mapping[str, Any]],
    output: Path,
    name: str,
    led_on: Collection[str] = (),
) -> None:
    """Compare each page as it is served with its file; tell all that is wrong at once.

    Args:
        urls: of the pages.
        rows: what the crawl knows of them.
        output: of the crawl.
        name: of the site.
        led_on: those that a `Refresh` header leads on: a file has no headers.
    """
    folder = kept_in(output.parent / "pictures") / name
    shares, faults = [], []
    async with chromium() as browser:
        for url in led_on:
            await browser.online.page.route(url, _without_refresh)
        first, second = [await browser.online.look(urls[0]) for _ in range(2)]
        noise = compare(first.bands, second.bands).share
        for url in urls:
            file = output / "mirror" / rows[url]["mirror_path"]
            live, copy = await asyncio.gather(browser.online.look(url), browser.offline.look(file.as_uri()))
            look = compare(live.bands, copy.bands)
            shares.append(look.share)
            if look.share >= LARGEST_SHARE:
                faults.append(f"{url}: {look.sizes[0]} and {look.sizes[1]}: {look.share:.3%} differ")
                keep(folder, _name_of(url), live.bands, copy.bands)
            faults += [f"{url}: {fault}" for fault in _faults(live, copy, rows, output)]
    figures = {"pages": len(shares), "worst": max(shares), "same": shares.count(0), "noise": noise}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "figures.json").write_text(json.dumps(figures))
    assert noise < LARGEST_SHARE
    assert not faults, "\n".join([*faults, f"pictures are in {folder}"])


async def _without_refresh(route: Any) -> None:
    answer = await route.fetch()
    headers = {name: value for name, value in answer.headers.items() if name.lower() != "refresh"}
    await route.fulfill(response=answer, headers=headers)


def _faults(live: Sight, copy: Sight, rows: Mapping[str, Mapping[str, Any]], output: Path) -> Iterator[str]:
    """What a copy did that it should not."""
    ends_at = (output / "mirror" / rows[live.url.partition("#")[0]]["mirror_path"]).as_uri()
    if copy.url.partition("#")[0] != ends_at:
        yield f"leads to {copy.url}, not to {ends_at}"
    for url in copy.seen.requested:
        if urlsplit(url).scheme not in {"file", "data", "blob"}:
            yield f"asks for {url}"
        elif url.startswith("file:") and not file_of(url).is_relative_to(output):
            yield f"asks for {url}, outside the dump"
        elif url.startswith("file:") and not file_of(url).is_file():
            yield f"asks for {url}, which is not there"
    yield from (f"cannot load {url}" for url in copy.seen.failed)
    yield from (f"says: {text}" for text in copy.seen.complained if text not in live.seen.complained)


def _name_of(url: str) -> str:
    """A file name that says which page it is of."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", unquote(url).partition("://")[2])[-80:].strip("-")
