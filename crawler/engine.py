"""Crawl what the frontier gives, in one process: workers, the way of a URL, and its landing.

```
frontier -> pool -> pipeline -> landing -> (archive, mirror, frontier)
                        ^                       |
                        +------ more leases <---+
```

A run has one engine or several, each in a process of its own; they share the frontier and nothing else.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from crawler.addresses import Addresses
from crawler.archive.segment import Archive
from crawler.attending import Attending
from crawler.body import Spool
from crawler.browser.wanted import Browser
from crawler.clock import Clock
from crawler.exchange import Fetch
from crawler.fetch.client import Client
from crawler.frontier.protocol import Frontier
from crawler.gate import Gate
from crawler.gathering import Gatherer, load_rules
from crawler.hooks import NO_HOOKS, Hooks
from crawler.itemlog import ItemLog
from crawler.journal import Journal
from crawler.landing import Landed, Landing
from crawler.mirror.store import Mirror
from crawler.model import Claim, Lease
from crawler.options import CrawlOptions
from crawler.originals import Originals
from crawler.output import Output
from crawler.page import Page
from crawler.pipeline import Pipeline
from crawler.pool import USUAL, Pool, Rhythm
from crawler.room import Reserve
from crawler.studio import Studio
from crawler.study import Study
from crawler.territory import Territory
from crawler.version import USER_AGENT

__all__ = ["GRACE_SECONDS", "Engine"]

GRACE_SECONDS = 10.0
"""How long what is being fetched may take once the crawl is to stop."""
_PAGES_TO_COME = 2
"""So many links for each page that may come are expected to have a file in the end: some lead to failures."""


class Engine:
    """What crawls in one process. Use it as an async context manager.

    Args:
        output: the folder, prepared and held.
        options: of the crawl.
        territory: what the seeds stand for.
        clock: of all processes of the run alike.
        concurrency: this engine's share of the requests at once.
        fetch: another way to the web than the aiohttp client, for tests.
        on_page: awaited for each HTML page once it is stored; it may hold the crawl back.
        on_landed: told of how many leases once they are safe.
        hooks: of a program.
        worker: its number in a shared crawl, which its segments bear; None: the folder is the whole crawl's.
        rhythm: of looking after leases.
        browser: another one than the installed Chromium, for tests.

    Raises:
        UsageError: what the user brings (certificates, cookies, a proxy, rules, a browser) cannot be used.
    """

    def __init__(
        self,
        output: Output,
        options: CrawlOptions,
        territory: Territory,
        *,
        clock: Clock,
        concurrency: int,
        fetch: Fetch | None = None,
        on_page: Callable[[Page], Awaitable[None]] | None = None,
        on_landed: Callable[[int], None] = lambda _: None,
        hooks: Hooks = NO_HOOKS,
        worker: int | None = None,
        rhythm: Rhythm = USUAL,
        browser: Browser | None = None,
    ) -> None:
        self._output = output
        self._options = options
        self._territory = territory
        self._clock = clock
        self._concurrency = concurrency
        self._worker, self._rhythm = worker, rhythm
        self._on_page, self._on_landed = on_page, on_landed
        self._reserve = Reserve(output.folder, options.keep.min_free)
        self._pool: Pool | None = None
        self._stopped, self._is_paused = "", False
        self.user_agent = options.fetch.user_agent or USER_AGENT
        self.warnings: list[str] = []
        self.spool = Spool(output.partial)
        self.study = Study(spool=self.spool)
        self.mirror = Mirror(output.mirror, output.partial) if options.keep.mirror else None
        self.addresses = Addresses(
            is_on=self.mirror is not None,
            stand_in=territory.traps.stand_in,
            may_be_free=None if self.mirror is None else self.mirror.may_be_free,
        )
        self.client = Client(
            dataclasses.replace(options.fetch, concurrency=concurrency),
            self.user_agent,
            territory.guard,
            clock,
            territory.credentials,
            spool=self.spool,
        )
        self.fetch = fetch or self.client.fetch
        gatherer = Gatherer(load_rules(options.keep.rules), self.study) if options.keep.rules else None
        self._attending = Attending(gatherer, hooks, clock) if gatherer or hooks else None
        self._studio = Studio(output.templates, options.keep, clock, browser=browser)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as begun:
            for each in (self.client, self.study, self._studio):
                await begun.enter_async_context(each)
            self._begun = begun.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._begun.__aexit__(kind, error, trace)

    @property
    def held(self) -> int:
        """Leases of this engine."""
        return 0 if self._pool is None else self._pool.held

    def stop(self, outcome: str) -> None:
        """End in good order: claim no more, let what is being fetched finish for `GRACE_SECONDS` at most."""
        self._stopped = self._stopped or outcome
        if self._pool is not None:
            self._pool.stop(outcome)
            asyncio.get_running_loop().call_later(GRACE_SECONDS, self._pool.abandon)

    def pause(self) -> None:
        """Claim no more until `resume`; what is being fetched is finished."""
        self._is_paused = True
        if self._pool is not None:
            self._pool.pause()

    def resume(self) -> None:
        """Go on claiming."""
        self._is_paused = False
        if self._pool is not None:
            self._pool.resume()

    async def lend(self, requests: int) -> None:
        """Give up a part of our requests at once: another engine has it from now on."""
        self._concurrency -= requests
        if self._pool is not None:
            self._pool.lend(requests)
        await self.client.lend(requests)

    def take_back(self, requests: int) -> None:
        """Have back what was lent: the engine that had it is gone."""
        self._concurrency += requests
        if self._pool is not None:
            self._pool.take_back(requests)
        self.client.take_back(requests)

    def archive(self, run_name: str) -> Archive:
        """The segments that a run writes."""
        return Archive(
            self._output.archive,
            run_name,
            segment_bytes=self._options.keep.segment_bytes,
            software=self.user_agent,
            options=self._options.as_json(),
            worker=self._worker,
        )

    def originals(self, frontier: Frontier) -> Originals:
        """The stored bodies of the output."""
        return Originals(self._output.archive, frontier, self.spool)

    async def crawl(self, frontier: Frontier, run_name: str, *, rereads: bool) -> str:
        """Work until nothing is left in any process, a budget is spent, or `stop`; gives the outcome.

        Args:
            frontier: of the run, with its seeds.
            run_name: names the segments.
            rereads: the options differ from those the stored pages were read with.

        Raises:
            StateError: our own storage failed, alone or in a group; the state is kept.
        """
        self._reserve.check()
        most = self._options.budget.max_pages
        if most is not None and not (await frontier.counts()).done:
            self.addresses.expect(_PAGES_TO_COME * most)
        if self.mirror is not None:
            await self.addresses.load(frontier.surprises())
        archive = self.archive(run_name)
        try:
            with (
                Journal(self._output.journal, self._clock) as journal,
                ItemLog(self._output.items_of(run_name), self._clock) as items,
            ):

                def note(group: Sequence[Landed]) -> None:
                    items.note(group)
                    journal.note(group)

                landing = Landing(
                    archive if self._options.keep.archive else None,
                    self.mirror,
                    frontier,
                    note,
                    self._after_landing,
                )
                return await self._work(frontier, landing, rereads=rereads)
        finally:
            archive.close()
            self.warnings += self._attending.warnings() if self._attending else []
            self.warnings += self._studio.warnings()

    async def _work(self, frontier: Frontier, landing: Landing, *, rereads: bool) -> str:
        """Run pool and landing side by side until the pool is done and all has landed."""
        pipeline = self.pipeline(frontier, rereads=rereads)

        async def work(lease: Lease) -> None:
            landed = await pipeline.process(lease)
            if self._attending is not None:
                landed = await self._attending.attend(landed, pipeline.reader.judge)
            await landing.land(landed)

        async def heed(claim: Claim) -> None:
            await self._territory.hear(frontier, claim.seeds)

        self._pool = pool = Pool(
            frontier,
            work,
            heed,
            self._clock,
            concurrency=self._concurrency,
            max_wait_seconds=self._options.budget.max_wait,
            rhythm=self._rhythm,
        )
        if self._stopped:
            pool.stop(self._stopped)
        if self._is_paused:
            pool.pause()
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(landing.run())
            outcome = await pool.run()
            await landing.finish()
            await writing
        return outcome

    def pipeline(self, frontier: Frontier, *, rereads: bool) -> Pipeline:
        """What takes a lease the whole way."""
        options = self._options
        parts = (self._territory, options, frontier, self.fetch, self._clock)
        gate = Gate(*parts, user_agent=self.user_agent, warnings=self.warnings)
        originals = self.originals(frontier)
        fetch = self.fetch if self._attending is None else self._attending.around(self.fetch)
        pipeline = Pipeline(
            options=options,
            territory=self._territory,
            gate=gate,
            fetch=self._studio.around(fetch),
            originals=originals,
            addresses=self.addresses,
            clock=self._clock,
            study=self.study,
            ledger=frontier,
            rereads=rereads,
            mirror=self.mirror,
        )
        pipeline.view = self._studio.viewing(gate, frontier, originals, self.spool, pipeline.reader.judge)
        return pipeline

    async def _after_landing(self, group: Sequence[Landed]) -> None:
        """Tell pool and readers once a group is safe."""
        assert self._pool is not None
        for each in group:
            self._pool.landed(each.lease)
        self._on_landed(len(group))
        if self._on_page is not None:
            for each in group:
                if each.page is not None:
                    await self._on_page(each.page)
        self._reserve.check()
