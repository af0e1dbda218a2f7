"""Set up what rendering takes in one engine: the browser, the answers that pages ask for; or nothing of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.body import Spool
from crawler.browser.chromium import Chromium
from crawler.browser.wanted import Browser
from crawler.clock import Clock
from crawler.exchange import Fetch
from crawler.frontier.protocol import Frontier
from crawler.gate import Gate
from crawler.larder import Larder
from crawler.model import Lease, Outlink
from crawler.offers import Offers
from crawler.options import KeepOptions
from crawler.originals import Originals
from crawler.provision import Provider
from crawler.renderer import Renderer, Viewing, as_sent
from crawler.templatefile import Templates

__all__ = ["Studio"]


class Studio:
    """Where the pages of one engine are rendered. Use it as an async context manager.

    Args:
        templates: file in which is remembered what rendering brought.
        keep: whether to render at all.
        clock: tells the instants.
        browser: another one than the installed Chromium, for tests.

    Raises:
        UsageError: there is no browser.
    """

    def __init__(
        self,
        templates: Path,
        keep: KeepOptions,
        clock: Clock,
        *,
        browser: Browser | None = None,
    ) -> None:
        self._keep = keep
        self._clock = clock
        self._is_on = keep.render != "never"
        self._browser = browser or (Chromium() if self._is_on else None)
        self._templates = Templates(templates)
        self._larder: Larder | None = None
        self._begun = AsyncExitStack()
        self._renderer: Renderer | None = None

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as begun:
            if self._browser is not None and self._is_on:
                begun.push_async_callback(self._clear)
                await begun.enter_async_context(self._browser)
            self._begun = begun.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._begun.__aexit__(kind, error, trace)

    def around(self, fetch: Fetch) -> Fetch:
        """The same way to the web for leases, over what pages asked for before them."""
        if not self._is_on:
            return fetch
        self._larder = Larder(fetch)
        return self._larder.fetch

    def viewing(
        self,
        gate: Gate,
        frontier: Frontier,
        originals: Originals,
        spool: Spool,
        judge: Callable[[Lease, Sequence[Outlink]], Offers],
    ) -> Viewing:
        """How good answers are read; to be called after `around`.

        Args:
            gate: robots.txt and pace.
            frontier: of the run.
            originals: stored bodies.
            spool: where large texts lie.
            judge: asks the scope about links.
        """
        if self._browser is None or self._larder is None:
            return as_sent
        provider = Provider(
            gate=gate,
            frontier=frontier,
            originals=originals,
            larder=self._larder,
            judge=judge,
            clock=self._clock,
            gives_looks=self._keep.screenshots,
        )
        self._renderer = Renderer(
            self._browser,
            provider,
            templates=self._templates,
            originals=originals,
            spool=spool,
            clock=self._clock,
            is_always=self._keep.render == "always",
            shoots=self._keep.screenshots,
        )
        return self._renderer.view

    async def _clear(self) -> None:
        if self._larder is not None:
            await self._larder.close()

    def warnings(self) -> list[str]:
        """What a person should know of pages that could not be rendered, a line each."""
        return [] if self._renderer is None else self._renderer.warnings()
