"""Look at pages in Debian's Chromium: with Playwright, the same picture every time, and what they asked for."""

from __future__ import annotations

import asyncio
import base64
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from tests.system.running import complain_or_skip

__all__ = ["Chromium", "Seen", "Sight", "Window", "chromium", "file_of", "launched", "opened"]

CHROMIUM = Path("/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # A picture is drawn when it is decoded, and a frame when all of it is there.
    "--disable-checker-imaging",
    "--run-all-compositor-stages-before-draw",
    # Nothing moves inside of pictures, which no script can stop.
    "--blink-settings=imageAnimationPolicy=2",
    # Nothing leaves this machine, whatever a page names.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE *.localhost",
]
WIDTH, HEIGHT = 1280, 800
LATEST_SECONDS = 60
# Chromium draws at most 16384 pixels at once.
TALLEST = 16_000
# Of a page that is taller only the beginning is looked at.
WHOLE = 100_000
# Whatever differs from one look to the next: chance, and (below) the time.
_STILL = """
    let state = 20261127;
    Math.random = () => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return state / 4294967296;
    };
"""
# What waits until it comes into view comes, what has come can be drawn, and what moves stands at its end. Frames
# are drawn on their own, because the frame of a file is of another origin, and such are.
_ARRIVED = """
    async () => {
        for (const each of document.querySelectorAll("[loading]")) {
            each.loading = "eager";
        }
        for (const each of document.querySelectorAll("iframe, object, embed")) {
            each.style.willChange = "transform";
        }
        await Promise.all([...document.images].map(each => each.decode().catch(() => {})));
        for (const each of document.querySelectorAll("audio, video")) {
            if (!each.paused) {
                each.pause();
                each.currentTime = 0;
            }
            // The player is the browser's own, and turns a wheel while it waits.
            each.controls = each.localName === "audio" && each.controls;
        }
        await document.fonts.ready;
        for (const each of document.getAnimations()) {
            try { each.finish(); } catch { each.cancel(); }
        }
        document.documentElement.style.caretColor = "transparent";
    }
"""
_DRAWN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))"
_ALONE = """
    frame => {
        Object.assign(document.documentElement.style, { overflow: "hidden", scrollbarGutter: "auto" });
        Object.assign(frame.style, {
            position: "fixed", inset: 0, width: "100vw", height: "100vh", border: 0, zIndex: 9, borderRadius: 0,
        });
    }
"""
_HEIGHT = "() => Math.max(document.documentElement.scrollHeight, innerHeight)"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a page asked for, what failed or was refused, what is still under way, and what it complained about."""

    requested: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    waiting: set[Any] = field(default_factory=set)
    complained: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sight:
    """A page that was looked at.

    Args:
        url: where it ended.
        bands: its picture: PNGs, from the top.
        seen: what it did.
    """

    url: str
    bands: list[bytes]
    seen: Seen


class Window:
    """A window of a browser, in which one page is looked at after the other.

    Args:
        page: of Playwright.

    Attributes:
        page: the same.
        frame: of it that is looked at.
        seen: what the page did that is looked at.
    """

    def __init__(self, page: Any) -> None:
        self.page = page
        self.seen = Seen()
        self.frame = page.main_frame
        page.on("request", self._asks)
        page.on("requestfinished", self._ends)
        page.on("requestfailed", self._fails)
        page.on("response", self._answers)
        page.on("pageerror", lambda error: self.seen.complained.append(str(error)))
        page.on("console", self._says)
        page.on("dialog", self._asks_reader)

    async def look(self, url: str, *, is_framed: bool = False, tallest: int = WHOLE) -> Sight:
        """Look at the page at `url`, or where that leads by itself, when all of it has come and been drawn.

        Args:
            url: of the page.
            is_framed: at what its one frame shows, as if that were the page.
            tallest: of a page that is taller only so much, in pixels; of a frame 800 are drawn for certain.
        """
        await self.page.goto("about:blank")
        self.frame = self.page.main_frame
        await self.page.set_viewport_size({"width": WIDTH, "height": HEIGHT})
        seen = self.seen = Seen()
        await self.page.goto(url, wait_until="load")
        if is_framed:
            await self.page.eval_on_selector("iframe", _ALONE)
            (self.frame,) = self.page.main_frame.child_frames
        await self._settle()
        return Sight(self.frame.url, await self._picture(tallest), seen)

    async def _picture(self, tallest: int) -> list[bytes]:
        """What the page looks like in a window of its height.

        A screenshot of what lies outside the window (`full_page`) would be drawn now one way, now another.
        """
        page, frame = self.page, self.frame
        height = min(await frame.evaluate(_HEIGHT), TALLEST, tallest)
        if height > HEIGHT:
            await page.set_viewport_size({"width": WIDTH, "height": height})
            await self._settle()
        session = await page.context.new_cdp_session(page)
        bands = []
        tall = await frame.evaluate(_HEIGHT)
        for top in range(0, tall if tall <= tallest else 1, TALLEST):
            if top:
                await frame.evaluate("top => scrollTo({top, behavior: 'instant'})", top)
                await self._settle()
            # Playwright's own screenshot does the same at twice the time.
            answer = await session.send("Page.captureScreenshot", {"format": "png", "optimizeForSpeed": True})
            bands.append(base64.b64decode(answer["data"]))
        await session.detach()
        return bands

    async def _settle(self) -> None:
        """Wait until nothing is under way any more, and what came has been drawn."""
        page = self.page
        async with asyncio.timeout(LATEST_SECONDS):
            while True:
                url = self.frame.url
                try:
                    for frame in page.frames:
                        await frame.evaluate(_ARRIVED)
                    await self.frame.evaluate(_DRAWN)
                    await page.evaluate(_DRAWN)
                except _playwright().Error as error:
                    if not any(word in str(error) for word in ("navigat", "detached")):
                        raise
                    await page.wait_for_load_state("load")
                    continue
                if not self.seen.waiting and self.frame.url == url:
                    return

    def _asks(self, request: Any) -> None:
        self.seen.requested.append(request.url)
        # Of a film as much is asked for as will be shown, and the rest of it never ends.
        if request.resource_type != "media":
            self.seen.waiting.add(request)

    def _answers(self, response: Any) -> None:
        if response.status >= 400:
            self.seen.refused.append(response.url)

    def _ends(self, request: Any) -> None:
        self.seen.waiting.discard(request)

    def _fails(self, request: Any) -> None:
        # What a page no longer waits for, because it leads on, did not fail.
        if request.failure != "net::ERR_ABORTED":
            self.seen.failed.append(request.url)
        self._ends(request)

    async def _asks_reader(self, dialog: Any) -> None:
        self.seen.complained.append(dialog.message)
        await dialog.dismiss()

    def _says(self, message: Any) -> None:
        if message.type == "error":
            self.seen.complained.append(message.text)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chromium:
    """A browser with two windows that differ in nothing but the network.

    Args:
        online: reaches 127.0.0.1.
        offline: reaches nothing.
    """

    online: Window
    offline: Window


@asynccontextmanager
async def launched(*arguments: str) -> AsyncIterator[Any]:
    """A browser of its own, Playwright's; skips the test, or in CI fails it, where there is none.

    Args:
        arguments: of Chromium, further ones, or in place of ours.
    """
    if not CHROMIUM.is_file():
        complain_or_skip("Chromium (package chromium)")
    names = {each.partition("=")[0] for each in arguments}
    line = [each for each in ARGUMENTS if each.partition("=")[0] not in names]
    async with _playwright().async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*line, *arguments], headless=True
        )
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def opened(**terms: Any) -> AsyncIterator[Window]:
    """One window of a browser of its own, as people have it: time goes by in it.

    Args:
        terms: of Playwright's `new_context`, e.g. `offline`.
    """
    async with launched() as browser:
        yield Window(await (await browser.new_context(**terms)).new_page())


@asynccontextmanager
async def chromium() -> AsyncIterator[Chromium]:
    """A browser of its own with two windows in which nothing is left to chance."""
    async with launched() as browser:
        windows = []
        for is_offline in (False, True):
            context = await browser.new_context(
                offline=is_offline,
                device_scale_factor=1,
                locale="en-GB",
                timezone_id="UTC",
                reduced_motion="reduce",
                color_scheme="light",
            )
            await context.add_init_script(_STILL)
            await context.clock.set_fixed_time("2026-11-27T12:00:00Z")
            windows.append(Window(await context.new_page()))
        yield Chromium(online=windows[0], offline=windows[1])


def file_of(url: str) -> Path:
    """The file that a file: URL names."""
    return Path(unquote(urlsplit(url).path))


def _playwright() -> Any:
    try:
        return importlib.import_module("playwright.async_api")
    except ModuleNotFoundError:
        complain_or_skip("Playwright (dependency group browser)")
