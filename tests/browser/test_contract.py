"""What holds for every browser: the one on paper that other tests use, and Chromium."""

from __future__ import annotations

import importlib.util
import re
import shutil
from collections.abc import AsyncIterator

import pytest

from crawler.body import Body
from crawler.browser.chromium import Chromium
from crawler.browser.wanted import Browser, Supply, Wanted
from tests.rendered import PaperBrowser, loads, shell, shows
from tests.system.running import complain_or_skip

URL = "http://shop.example/app"
MARKUP = '<h1>A &amp; B \u00e9</h1><a href="/deep">deep</a>'


@pytest.fixture(params=["paper", pytest.param("chromium", marks=pytest.mark.system)])
async def browser(request: pytest.FixtureRequest) -> AsyncIterator[Browser]:
    if request.param == "paper":
        begun: Browser = PaperBrowser()
    elif not shutil.which("chromium") or importlib.util.find_spec("playwright") is None:
        complain_or_skip("Chromium and Playwright (package chromium, dependency group browser)")
    else:
        begun = Chromium()
    async with begun:
        yield begun


async def seen(browser: Browser, page: str, answers: dict[str, str]) -> tuple[str, list[Wanted], bytes]:
    """What stands in the root, what was asked for, and the picture."""
    wants: list[Wanted] = []

    async def provide(wanted: Wanted) -> Supply | None:
        wants.append(wanted)
        body = answers.get(wanted.url.removeprefix("http://shop.example"))
        kind = "text/javascript" if wanted.kind == "script" else "text/plain"
        headers = (("Content-Type", f"{kind}; charset=utf-8"),)
        return None if body is None else Supply(headers=headers, body=Body.of(body.encode()))

    supply = Supply(headers=(("Content-Type", "text/html; charset=utf-8"),), body=Body.of(page.encode()))
    sight = await browser.see(URL, supply, provide, shoots=True)
    root = re.search(r'<div id="root">(.*?)</div>', sight.text)
    assert root is not None
    assert "<script" not in sight.text
    assert '<meta charset="utf-8">' in sight.text
    assert sight.remark == ""
    return root[1], wants, sight.shot


async def test_a_script_shows(browser: Browser) -> None:
    root, wants, shot = await seen(browser, shell("/app.js"), {"/app.js": shows(MARKUP)})
    assert root == MARKUP
    assert [(each.url, each.kind, each.method) for each in wants] == [
        ("http://shop.example/app.js", "script", "GET")
    ]
    assert shot.startswith(b"\x89PNG")


async def test_a_script_loads(browser: Browser) -> None:
    root, wants, _ = await seen(browser, shell("/app.js"), {"/app.js": loads("/api"), "/api": MARKUP})
    assert root == MARKUP
    assert [(each.url, each.kind) for each in wants] == [
        ("http://shop.example/app.js", "script"),
        ("http://shop.example/api", "fetch"),
    ]


async def test_a_script_that_is_not_given(browser: Browser) -> None:
    assert (await seen(browser, shell("/app.js"), {}))[0] == ""
