"""Crawl from a program: iterate over stored pages, or just run.

```python
async with Crawl(["https://example.org/"], output="output", max_pages=100) as crawl:
    async for page in crawl:
        print(page.url, page.soup.title)
```
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from crawler.clock import Clock
from crawler.crawl import CrawlJob
from crawler.errors import StateError, UsageError
from crawler.exchange import Fetch
from crawler.hooks import Model, OnFailure, OnItem, OnPage, OnRequest, OnResponse, hooks_of
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.page import Page
from crawler.planning import CrawlPlan, PlanJob
from crawler.report import Report
from crawler.seeds import SeedList
from crawler.standing import Statistics
from crawler.wording import read_options

__all__ = ["Crawl", "plan"]

_PAGES_AHEAD = 32


class Crawl:
    """One run of a crawl over an output folder.

    Iterating gives each HTML page once it is safely stored (of one process: with more, `run()` is
    awaited); a slow reader holds the crawl back, so memory stays flat. Leaving the block early ends the crawl in good order; the same line continues it.

    Args:
        seeds: URLs, or paths of files with one URL a line. Empty: the seeds of the last run.
        output: the folder, made if need be.
        options: the options, whole; or
        clock: another time, for tests.
        fetch: another way to the web, for tests.
        on_request, on_response, on_page, on_item, on_failure: hooks (`crawler.hooks`), each a plain async function
            or a list of them, awaited in order by the worker that has the URL; with any there is one process.
        models: what items are checked by, by their name: pydantic models.
        **values: some of them by name, as in crawler.toml (`max_pages=100, max_time="1h"`,
            `host={"*.example.org": {"delay": 5}}`).

    Raises:
        UsageError: a seed, an option or the output cannot be used.
        OutputBusyError: another run holds the output (when the block is entered).
    """

    def __init__(
        self,
        seeds: Iterable[str] = (),
        output: str | Path = "output",
        *,
        options: CrawlOptions | None = None,
        clock: Clock | None = None,
        fetch: Fetch | None = None,
        on_request: OnRequest | Iterable[OnRequest] = (),
        on_response: OnResponse | Iterable[OnResponse] = (),
        on_page: OnPage | Iterable[OnPage] = (),
        on_item: OnItem | Iterable[OnItem] = (),
        on_failure: OnFailure | Iterable[OnFailure] = (),
        models: Mapping[str, Model] | None = None,
        **values: Any,
    ) -> None:
        if options is not None and values:
            raise UsageError(f"options are given whole and by name ({', '.join(values)}); give them one way")
        self._options = options if options is not None else read_options(values)
        self._hooks = hooks_of(
            on_request=on_request,
            on_response=on_response,
            on_page=on_page,
            on_item=on_item,
            on_failure=on_failure,
            models=models,
        )
        if self._hooks and self._options.processes != 1:
            raise UsageError("hooks run in one process; leave processes at 1")
        self._seeds = SeedList([seeds] if isinstance(seeds, str) else [str(seed) for seed in seeds])
        self._output = Output(Path(output))
        self._clock = clock
        self._fetch = fetch
        self._resources = ExitStack()
        self._pages: asyncio.Queue[Page | None] = asyncio.Queue(_PAGES_AHEAD)
        self._is_read = False
        self._job: CrawlJob | None = None
        self._running: asyncio.Task[Report] | None = None

    async def __aenter__(self) -> Self:
        if self._job is not None:
            raise UsageError("a Crawl is one run; make another for the next")
        if self._seeds.has_sources:
            self._seeds.check()
        elif not self._output.holds_crawl:
            raise UsageError(
                f"no seeds; give some, or an output that holds a crawl, unlike {self._output.folder}"
            )
        job = CrawlJob(
            self._seeds,
            self._output,
            self._options,
            clock=self._clock,
            fetch=self._fetch,
            on_page=self._give,
            hooks=self._hooks,
        )
        self._output.prepare()
        with ExitStack() as stack:
            stack.enter_context(self._output.hold())
            self._job = job
            self._resources = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._resources:
            if self._running is None:
                return
            self._is_read = False
            self.stop()
            self._drop_pages()
            try:
                await self._running
            except StateError:
                if error is None:
                    raise

    async def __aiter__(self) -> AsyncIterator[Page]:
        if self._options.processes != 1:
            raise UsageError("pages come out of one process; leave processes at 1, or await run()")
        running = self._start()
        self._is_read = not running.done()
        while (page := await self._pages.get()) is not None:
            yield page
        # For whoever reads beside us, or once more.
        self._pages.put_nowait(None)
        await asyncio.shield(running)

    async def run(self) -> Report:
        """Crawl to the end and give the report; pages nobody iterates over are only stored.

        Raises:
            StateError: our own storage failed; the state is kept, the same line continues.
        """
        # Shielded: who gives up waiting leaves the block, and that ends the crawl in good order.
        return await asyncio.shield(self._start())

    async def statistics(self) -> Statistics:
        """How far it is."""
        return await self._entered().statistics()

    def stop(self) -> None:
        """End in good order, soon."""
        if self._running is None or not self._running.done():
            self._entered().stop()

    @property
    def report(self) -> Report:
        """What the run did, once it has ended.

        Raises:
            StateError: it has not.
        """
        if self._running is None or not self._running.done():
            raise StateError("the crawl has not ended yet; iterate to its end or await run()")
        return self._running.result()

    def _entered(self) -> CrawlJob:
        if self._job is None:
            raise UsageError("the crawl is not open; use it inside `async with crawler.Crawl(...)`")
        return self._job

    def _start(self) -> asyncio.Task[Report]:
        if self._running is None:
            self._running = asyncio.create_task(self._run(self._entered()))
        return self._running

    async def _run(self, job: CrawlJob) -> Report:
        try:
            return await job.run()
        finally:
            if self._is_read:
                await self._pages.put(None)
            else:
                self._drop_pages()
                self._pages.put_nowait(None)

    async def _give(self, page: Page) -> None:
        if self._is_read:
            await self._pages.put(page)

    def _drop_pages(self) -> None:
        """Free whoever waits to hand over a page that nobody will read."""
        while not self._pages.empty():
            self._pages.get_nowait()


async def plan(
    seeds: Iterable[str] = (),
    output: str | Path = "output",
    *,
    options: CrawlOptions | None = None,
    clock: Clock | None = None,
    fetch: Fetch | None = None,
    **values: Any,
) -> CrawlPlan:
    """Tell what a crawl would take, without crawling; the arguments are those of `Crawl`.

    Only robots.txt, sitemaps and the seeds are asked for. An output that holds a crawl is read, not written.

    Raises:
        UsageError: a seed or an option cannot be used.
        StateError: the folder for temporary files, or the output, failed.
    """
    if options is not None and values:
        raise UsageError(f"options are given whole and by name ({', '.join(values)}); give them one way")
    named = SeedList([seeds] if isinstance(seeds, str) else [str(seed) for seed in seeds])
    if named.has_sources:
        named.check()
    job = PlanJob(
        named,
        Output(Path(output)),
        options if options is not None else read_options(values),
        clock=clock,
        fetch=fetch,
    )
    return await job.run()
