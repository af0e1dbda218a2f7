"""What pages carry, in a real browser: from files, without a network, everything that needs an origin works."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from crawler.practice.options import PracticeOptions
from crawler.practice.serving import serve
from tests.system.chromium import opened
from tests.system.running import complaints, crawler
from tests.web import OWN, Web, crawl

pytestmark = pytest.mark.system

QUICK = PracticeOptions(slow_seconds=0, drip_seconds=0, retry_after_seconds=0)
DRAWN = """uses => uses.map(use => {
    const box = use.getBBox();
    return [use.href.baseVal, box.width > 0 && box.height > 0];
})"""


async def test_icons_modules_and_tracks_of_the_practice_site(output: Path, tmp_path: Path) -> None:
    async with serve(options=QUICK) as site:
        result = await asyncio.to_thread(crawler, "crawl", site.url, "-o", "out", cwd=tmp_path)
    assert complaints(result.stderr) == []
    # One that sends its reader on at once is gone before it can be looked at.
    pages = [
        path
        for path in sorted((output / "mirror").rglob("*.*html"))
        if b'http-equiv="refresh"' not in path.read_bytes()
    ]
    assert len(pages) > 40
    icons = modules = tracks = 0
    async with opened(offline=True) as window:
        page, seen = window.page, window.seen
        for path in pages:
            await page.goto(path.as_uri())
            drawn = await page.eval_on_selector_all("svg use", DRAWN)
            assert [href for href, is_drawn in drawn if not href.startswith("#") or not is_drawn] == [], path
            icons += len(drawn)
            if await page.locator("script[type=module]").count():
                # Only the module gives these a source.
                await page.locator("img[data-src]").first.scroll_into_view_if_needed()
                await page.wait_for_function("document.querySelector('img[data-src]').naturalWidth > 0")
                modules += 1
            for track in await page.locator("track").element_handles():
                await track.evaluate("track => { track.track.mode = 'hidden'; }")
                await page.wait_for_function("track => track.readyState >= 2", arg=track)
                assert await track.evaluate("track => track.readyState") == 2, path
                tracks += 1
    assert (seen.failed, seen.complained) == ([], [])
    assert icons > 200
    assert modules > 0
    assert tracks > 0


SPRITE = b"""<svg xmlns='http://www.w3.org/2000/svg'><style>.s{fill:#00f}</style>
<linearGradient id='g'><stop stop-color='#0f0'/></linearGradient>
<symbol id='plain' viewBox='0 0 10 10'><path d='M0 0h10v10H0z'/></symbol>
<symbol id='styled' viewBox='0 0 10 10'><path class='s' d='M0 0h10v10H0z' onclick='x()'/><script>alert(1)</script></symbol>
<symbol id='painted' viewBox='0 0 10 10'><rect width='10' height='10' fill='url(#g)'/></symbol>
<g id='nested' fill='#f0f'><use href='#plain' width='20' height='20'/></g></svg>"""
MASK = b"<svg xmlns='http://www.w3.org/2000/svg' width='20' height='20'><rect width='10' height='20'/></svg>"
BOXES = """<!DOCTYPE html><title>%s</title><style>body{margin:0} .b{display:block;width:20px;height:20px;margin:5px}
path{fill:#f00} .s{stroke:#0ff}</style>%s"""
# A rule of the page for the path of an icon does not reach into another file; nor does one that hides the first of them.
CARRYING = BOXES % ("carried", """<link rel=stylesheet href=/m.css><div style='display:none'>
<svg><use href='/s.svg#painted'/></svg></div>
<svg class=b><use href='/s.svg#plain'/></svg><svg class=b><use xlink:href='/s.svg#styled'/></svg>
<svg class=b><use href='/s.svg#painted'/></svg><svg class=b><use href='/s.svg#nested'/></svg>
<div class=b style='background:#000;-webkit-mask:url(/m.svg)'></div><div class='b m' style='background:#000'></div>""")  # fmt: skip
DRAWING = BOXES % ("drawn", """<div class=b style='background:#000'></div><div class=b style='background:#00f'></div>
<div class=b style='background:#0f0'></div><div class=b style='background:#f0f'></div>
<div class=b style='background:linear-gradient(#000,#000) 0 0/10px no-repeat'></div>
<div class=b style='background:linear-gradient(#000,#000) 0 0/10px no-repeat'></div>""")  # fmt: skip


async def test_what_is_carried_looks_as_if_it_were_loaded(tmp_path: Path) -> None:
    web = Web({OWN: CARRYING + "<a href=/drawn></a>", f"{OWN}drawn": DRAWING, f"{OWN}s.svg": SPRITE})
    web.says |= {f"{OWN}m.svg": MASK, f"{OWN}m.css": ".m{color:red;mask-image:url('m.svg')}"}
    await crawl(web, tmp_path / "out", OWN)
    folder = tmp_path / "out" / "mirror" / "127.0.0.1_8000"
    async with opened(offline=True) as window:
        looks = {}
        for name in ("index.html", "drawn~.html"):
            await window.page.goto((folder / name).as_uri())
            looks[name] = await window.page.screenshot()
        assert (window.seen.failed, window.seen.complained) == ([], [])
    assert looks["index.html"] == looks["drawn~.html"]
