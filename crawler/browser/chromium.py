"""Wrap a Chromium that reaches no network: it renders what it is given.

Playwright (extra `browser`) drives it. Whatever a page asks for is answered here or not at all; what Chromium might
ask for by itself meets a proxy that is nowhere. Each page has a context of its own, without memory of the ones
before. When this process ends, in whichever way, the pipe to the driver does, and the browser with it.
"""

from __future__ import annotations

import asyncio
import os
from contextlib import AsyncExitStack, suppress
from types import TracebackType
from typing import Any, Self

from crawler.browser.installed import find_chromium, find_playwright
from crawler.browser.tab import WINDOW, Tab
from crawler.browser.wanted import Provide, Sight, Supply
from crawler.errors import RenderError, UsageError

__all__ = ["Chromium"]

_CLOSE_SECONDS = 10.0
_START_SECONDS = 60.0
_ARGUMENTS = (
    # No name has an address, and the way to any is over what has none, loopback included.
    "--host-resolver-rules=MAP * ~NOTFOUND",
    "--proxy-server=http://nowhere.invalid:9",
    "--proxy-bypass-list=<-loopback>",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--disable-quic",
    "--no-pings",
    "--dns-prefetch-disable",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--disable-gpu",
    "--no-first-run",
    # A page that takes more is given up.
    "--js-flags=--max-old-space-size=512",
)


class Chromium:
    """The one browser of a process. Use it as an async context manager.

    Raises:
        UsageError: Playwright or Chromium is not installed.
    """

    def __init__(self) -> None:
        self._playwright = find_playwright()
        self._path = find_chromium()
        self._starting = asyncio.Lock()
        self._stack = AsyncExitStack()
        self._browser: Any = None

    async def __aenter__(self) -> Self:
        try:
            await self._start()
        except RenderError as error:
            await self._end()
            raise UsageError(f"--render: {self._path} does not start: {error}") from None
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def see(self, url: str, page: Supply, provide: Provide, *, shoots: bool) -> Sight:
        """Render one page.

        Raises:
            RenderError: it cannot be rendered.
        """
        context = await self._context()
        try:
            return await Tab(context, url, page, provide, error=self._playwright.Error).see(shoots=shoots)
        except self._playwright.Error as error:
            raise RenderError(_line(error)) from None
        finally:
            await self._close(context)

    async def _context(self) -> Any:
        """A window without memory; where the browser or its driver is lost, in another one."""
        terms = {
            "viewport": WINDOW,
            "service_workers": "block",
            "accept_downloads": False,
            "reduced_motion": "reduce",
            "locale": "en-US",
        }
        lost: Exception | None = None
        for _ in range(2):
            browser = await self._start()
            try:
                return await browser.new_context(**terms)
            except Exception as error:  # noqa: BLE001 - of a lost driver Playwright says so with the plainest
                lost = error
                await self._end()
        assert lost is not None
        raise RenderError(_line(lost))

    async def _start(self) -> Any:
        """The browser; a new one where there is none (any more)."""
        async with self._starting:
            if self._browser is not None and self._browser.is_connected():
                return self._browser
            await self._end()
            try:
                async with asyncio.timeout(_START_SECONDS):
                    driver = await self._stack.enter_async_context(self._playwright.async_playwright())
                    self._browser = await driver.chromium.launch(
                        executable_path=self._path,
                        args=_ARGUMENTS,
                        # Chromium refuses to be root's within a sandbox.
                        chromium_sandbox=os.geteuid() != 0,
                        handle_sigint=False,
                        handle_sigterm=False,
                        handle_sighup=False,
                    )
            except (self._playwright.Error, OSError) as error:
                raise RenderError(_line(error)) from None
            except TimeoutError:
                raise RenderError(f"no answer in {_START_SECONDS:g} s") from None
            return self._browser

    async def _close(self, context: Any) -> None:
        """Close the window of one page; if that hangs, the whole browser goes."""
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                with suppress(self._playwright.Error):
                    await context.close()
        except TimeoutError:
            await self._end()

    async def _end(self) -> None:
        browser, self._browser = self._browser, None
        stack, self._stack = self._stack, AsyncExitStack()
        with suppress(self._playwright.Error, TimeoutError, OSError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                if browser is not None:
                    await browser.close()
        with suppress(self._playwright.Error, TimeoutError, OSError):
            async with asyncio.timeout(_CLOSE_SECONDS):
                await stack.aclose()


def _line(error: BaseException) -> str:
    """What an error of Playwright's says, without its log."""
    return next((line for line in str(error).splitlines() if line.strip()), type(error).__name__)[:200]
