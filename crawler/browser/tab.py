"""Render one page in a window of its own, in which nothing is reached but through who answers here."""

from __future__ import annotations

import asyncio
import time
from importlib import resources
from typing import Any

from crawler.browser.wanted import Provide, Sight, Supply, Wanted
from crawler.errors import RenderError

__all__ = ["WINDOW", "Tab"]

WINDOW = {"width": 1280, "height": 1600}
"""Taller than a screen: what comes into view only by scrolling comes sooner."""

_DEADLINE_SECONDS = 120.0
_PATIENCE_SECONDS = 20.0
_RESTLESS_SECONDS = 30.0
_READ_SECONDS = 15.0
_STILL_SECONDS = 0.3
_STILL = [250, 3000]
_MOST_CHARS = 15_000_000
_MOST_LED = 20
_MOST_LOADS = 3
_MAIN = "document"
# They speak of the connection, or of a body that is sent otherwise; the rest a page is to know.
_LEFT_OUT = frozenset(
    {
        "content-encoding",
        "content-length",
        "transfer-encoding",
        "connection",
        "keep-alive",
        "alt-svc",
        "set-cookie",
    }
    | {"strict-transport-security", "clear-site-data", "nel", "report-to", "reporting-endpoints", "refresh"}
)


def script(name: str) -> str:
    """A program of this folder that runs in the page."""
    return resources.files("crawler.browser").joinpath(f"{name}.js").read_text(encoding="utf-8")


class Tab:
    """One page in one context of the browser; used once.

    Args:
        context: of Playwright, for this page alone.
        url: of the page.
        page: its answer.
        provide: answers what it asks for.
        error: what Playwright raises.
    """

    def __init__(
        self, context: Any, url: str, page: Supply, provide: Provide, *, error: type[Exception]
    ) -> None:
        self._context = context
        self._error = error
        self._failure: BaseException | None = None
        self._loads = 0
        self._url = url
        self._answer = page
        self._provide = provide
        self._page: Any = None
        self._waiting = 0
        self._answered_at = time.monotonic()
        self._stirs = asyncio.Event()
        self._led_to: dict[str, None] = {}
        self._has_crashed = False

    async def see(self, *, shoots: bool) -> Sight:
        """Load the page, wait until it is at rest, and write down what stands there.

        Raises:
            RenderError: it hangs, crashes or is too long.
        """
        context = self._context
        await context.add_init_script(script("closed"))
        await context.route("**/*", self._route)
        await context.route_web_socket("**/*", lambda socket: socket.close())
        self._page = await context.new_page()
        context.on("page", lambda other: asyncio.ensure_future(other.close()))
        self._page.on("crash", self._crashes)
        remark = ""
        try:
            async with asyncio.timeout(_DEADLINE_SECONDS):
                await self._page.goto(self._url, wait_until="commit", timeout=0)
                remark = await self._settle()
        except TimeoutError:
            remark = f"it was not at rest after {_DEADLINE_SECONDS:g} s"
        return await self._written(remark, shoots=shoots)

    async def _written(self, remark: str, *, shoots: bool) -> Sight:
        try:
            async with asyncio.timeout(_READ_SECONDS):
                shot = await self._page.screenshot(timeout=0) if shoots else b""
                text = await self._page.evaluate(script("written"), [self._url, _MOST_CHARS])
        except TimeoutError:
            raise RenderError("its scripts never end") from None
        if not isinstance(text, str):
            raise RenderError(f"its scripts make more than {_MOST_CHARS} characters of it")
        return Sight(text=text, shot=shot, led_to=tuple(self._led_to), remark=remark)

    async def _settle(self) -> str:
        """Wait until nothing is under way and nothing changes; gives a remark if that does not come."""
        had_all_at = None
        while True:
            while await self._has_stirred() or self._waiting:
                if had_all_at is None and not self._waiting:
                    had_all_at = time.monotonic()
                if had_all_at is not None and time.monotonic() - had_all_at > _RESTLESS_SECONDS:
                    return f"it asked for more and more for {_RESTLESS_SECONDS:g} s"
                if self._failure is not None:
                    raise self._failure
                if self._has_crashed:
                    raise RenderError("its scripts take more memory than there is")
                if self._waiting and time.monotonic() - self._answered_at > _PATIENCE_SECONDS:
                    return f"it waits for an answer that has not come in {_PATIENCE_SECONDS:g} s"
            self._stirs.clear()
            state = await self._page.evaluate(script("still"), _STILL)
            if not self._stirs.is_set() and not self._waiting and state != "loading":
                return ""

    async def _has_stirred(self) -> bool:
        """Whether anything is asked or answered within a short time."""
        self._stirs.clear()
        try:
            async with asyncio.timeout(_STILL_SECONDS):
                await self._stirs.wait()
        except TimeoutError:
            return False
        return True

    async def _route(self, route: Any) -> None:
        self._stirs.set()
        self._waiting += 1
        try:
            await self._answer_to(route)
        except self._error:
            # The page is gone, or wants it no more.
            pass
        except Exception as error:  # noqa: BLE001 - Playwright would only log it
            self._failure = error
        finally:
            self._waiting -= 1
            self._answered_at = time.monotonic()
            self._stirs.set()

    async def _answer_to(self, route: Any) -> None:
        request = route.request
        supply: Supply | None = None
        leads = request.is_navigation_request() and not self._is_framed(request)
        if leads and request.url.partition("#")[0] == self._url.partition("#")[0]:
            # It may load itself anew, but not for ever.
            self._loads += 1
            supply = self._answer if self._loads <= _MOST_LOADS else None
        elif leads and len(self._led_to) < _MOST_LED:
            self._led_to[request.url] = None
        elif not leads:
            told = request.headers
            supply = await self._provide(
                Wanted(
                    url=request.url,
                    method=request.method,
                    kind=request.resource_type,
                    accept=told.get("accept", ""),
                    origin=told.get("origin", ""),
                )
            )
        if supply is None:
            # So it stays where it is; anything else would put a page of the browser in its place.
            await route.abort("aborted" if leads else "blockedbyclient")
            return
        headers: dict[str, str] = {}
        for name, value in supply.headers:
            if (low := name.lower()) not in _LEFT_OUT:
                headers[low] = f"{headers[low]}, {value}" if low in headers else value
        await route.fulfill(status=supply.status, headers=headers, body=supply.body.read())

    def _is_framed(self, request: Any) -> bool:
        """Whether a document is asked for within the page; else it would be a whole one, here or in another window."""
        try:
            return request.frame.parent_frame is not None
        except self._error:
            # A window that is not there yet.
            return False

    def _crashes(self, _page: Any) -> None:
        self._has_crashed = True
        self._stirs.set()
