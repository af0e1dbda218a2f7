"""The report of a run in a real browser: from the file system, without a network, its charts drawn."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.sites import small_site
from tests.system.chromium import chromium
from tests.system.running import crawler

pytestmark = pytest.mark.system

_WIDTHS = (320, 1280)
# Every shape that stands for something: its size on the screen, and whether it has a colour.
_SHAPES = """
() => [...document.querySelectorAll("svg rect")].filter(
    each => parseFloat(each.getAttribute("width")) * parseFloat(each.getAttribute("height"))
).map(each => {
    const box = each.getBoundingClientRect();
    const style = getComputedStyle(each);
    return [box.width, box.height, style.fill !== "none" && !style.fill.endsWith(", 0)") && style.visibility === "visible"];
})
"""
_CHARTS = (
    """() => [...document.querySelectorAll("caption, figcaption")].map(each => each.textContent.trim())"""
)
_WIDE = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


def nightly(folder: Path) -> list[Path]:
    """The reports of three nights, in which pages changed, came and went."""
    pages: dict[str, Any] = {"/": (200, {}, b"<title>Home</title><a href=/a>a</a><a href=/b>b</a>")}
    pages |= {f"/{name}": (200, {}, f"<title>{name}</title>{name}".encode()) for name in "ab"}
    with small_site(pages) as url:
        for night in range(3):
            pages["/a"] = (200, {}, f"<title>a</title>night {night} <script>alert(1)</script>".encode())
            if night == 2:
                pages["/b"] = (404, {}, b"gone")
            done = crawler("crawl", url, "-o", "out", "-q", cwd=folder)
            assert (done.returncode, done.stderr) == (0, "")
    # Two runs of one second differ in what stands behind it.
    return sorted((folder / "out" / "reports").glob("*.html"), key=lambda report: report.stem)


async def test_it_opens_offline_with_its_charts_drawn(tmp_path: Path) -> None:
    reports = nightly(tmp_path)
    assert len(reports) == 3
    async with chromium() as browser:
        window = browser.offline
        for report in reports:
            sight = await window.look(report.as_uri())
            # Nothing is asked for but the page itself, and nothing is complained about.
            assert sight.seen.requested == [report.as_uri()]
            assert (sight.seen.failed, sight.seen.complained) == ([], [])
            for width in _WIDTHS:
                await window.page.set_viewport_size({"width": width, "height": 800})
                assert await window.page.evaluate(_WIDE) <= 0
                shapes = await window.page.evaluate(_SHAPES)
                assert len(shapes) >= 3
                assert all(across > 0 and tall > 0 and is_seen for across, tall, is_seen in shapes), shapes
        captions = await window.page.evaluate(_CHARTS)
        assert len(captions) >= 3
        text = await window.page.inner_text("body")
    assert {"changed", "gone"} <= set(text.lower().split())
