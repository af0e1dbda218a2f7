"""Run a crawl over one output: seeds in, engines at work, and all closed in good order.

```
seeds -> frontier -> engine (and the crew's engines, each in its process) -> settling, report, start page
```
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from crawler.browser.wanted import Browser
from crawler.clock import Clock, SystemClock
from crawler.closing import Closing
from crawler.crew.crew import Crew
from crawler.crew.order import Order
from crawler.engine import Engine
from crawler.errors import StateError, UsageError, disk_error, first_state_error
from crawler.exchange import Fetch
from crawler.fetch.credentials import Credentials
from crawler.fetch.guard import AddressGuard
from crawler.frontier.protocol import Frontier
from crawler.frontier.sqlite import SqliteFrontier
from crawler.hooks import NO_HOOKS, Hooks
from crawler.login import log_in, login_url
from crawler.losses import noticed
from crawler.opening import open_run
from crawler.options import CrawlOptions
from crawler.output import Output, remove_whole, write_whole
from crawler.page import Page
from crawler.rebuilding import note_damage, recover
from crawler.report import Report
from crawler.retention import clear_dropped
from crawler.seeds import Seed
from crawler.standing import Counts, Run, Statistics
from crawler.startpage.keeping import StartPage
from crawler.territory import Territory, seeds_of_the_last_run
from crawler.urls import hostname, port

__all__ = ["CrawlJob"]

_SEEDS_AT_ONCE = 5000


class CrawlJob:
    """One run over one output.

    Args:
        seeds: in order; read more than once. Empty: the seeds of the last run.
        output: the folder, prepared and held.
        options: what to do.
        clock: the time.
        fetch: another way to the web than the aiohttp client, for tests; then there is one process.
        on_page: awaited for each HTML page that this process stored; it may hold the crawl back.
        hooks: of a program; then there is one process.
        opens_seeds: naming a seed opens its private address; else `allow_private` alone does.
        browser: another one than the installed Chromium, for tests; then there is one process.
    """

    def __init__(
        self,
        seeds: Iterable[Seed],
        output: Output,
        options: CrawlOptions,
        *,
        clock: Clock | None = None,
        fetch: Fetch | None = None,
        on_page: Callable[[Page], Awaitable[None]] | None = None,
        hooks: Hooks = NO_HOOKS,
        opens_seeds: bool = True,
        browser: Browser | None = None,
    ) -> None:
        if options.shared.frontier is not None:
            raise UsageError("a shared crawl is run by the command alone: crawler crawl --frontier URL")
        self._seeds = seeds
        self._output = output
        self._options = options
        self._clock = clock or SystemClock()
        guard = AddressGuard(options.fetch.allow_private, opens_named=opens_seeds)
        for url in map(login_url, options.fetch.login):
            guard.name(hostname(url), port(url))
        credentials = Credentials(options.fetch.headers, options.fetch.auth)
        self._territory = Territory(options.scope, guard, credentials, clock=self._clock)
        self._frontier: Frontier | None = None
        self._crew: Crew | None = None
        self._counts, self._phase, self._is_paused = Counts(), "starting", False
        self._began = self._clock.monotonic()
        has_real_parts = (
            fetch is None and browser is None and not hooks and isinstance(self._clock, SystemClock)
        )
        self._is_alone = options.processes == 1 or not has_real_parts
        self._start_page = StartPage(
            output, self._clock, hides_twins=self._territory.traps.is_on("canonical")
        )
        # Here already, because what the user brings may be unusable: then nothing is written.
        self._engine = Engine(
            output,
            options,
            self._territory,
            clock=self._clock,
            concurrency=options.fetch.concurrency,
            fetch=fetch,
            on_page=on_page,
            on_landed=self._start_page.landed,
            hooks=hooks,
            browser=browser,
        )

    def stop(self, outcome: str = "stopped") -> None:
        """End in good order: claim no more, let what is being fetched finish for ten seconds at most."""
        self._engine.stop(outcome)
        if self._crew is not None:
            self._crew.stop(outcome)

    def pause(self) -> None:
        """Ask for nothing more until `resume`; what is being fetched is finished, in every process."""
        self._is_paused = True
        self._engine.pause()
        if self._crew is not None:
            self._crew.pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._is_paused = False
        self._engine.resume()
        if self._crew is not None:
            self._crew.resume()

    async def statistics(self) -> Statistics:
        """How far it is."""
        if self._frontier is not None:
            self._counts = await self._frontier.counts()
        return Statistics(
            phase="paused" if self._is_paused and self._phase == "crawling" else self._phase,
            counts=self._counts,
            in_flight=self._counts.claimed,
            processes=1 if self._crew is None else 1 + self._crew.size,
            elapsed_seconds=self._clock.monotonic() - self._began,
        )

    async def run(self) -> Report:
        """Crawl until there is nothing left, a budget is spent, or `stop`.

        Raises:
            UsageError: no seeds.
            LoginError: a site did not let the user in; nothing was written.
            StateError: our own storage failed; the state is kept.
        """
        try:
            return await self._run()
        except* StateError as group:
            failure = first_state_error(group)
            note_damage(self._output, failure)
        finally:
            self._frontier = None
        raise failure

    async def _run(self) -> Report:
        self._began = self._clock.monotonic()
        async with self._engine:
            for login in self._options.fetch.login:
                await log_in(login, self._engine.fetch)
            return await self._crawl()

    async def _crawl(self) -> Report:
        engine = self._engine
        engine.warnings += await recover(self._output, self._clock, engine.spool, engine.mirror)
        async with await SqliteFrontier.open(self._output.database, self._clock) as frontier:
            self._frontier = frontier
            await self._take_seeds(frontier)
            run, rereads = await open_run(self._output, self._options, frontier, self._clock)
            if not self._options.fresh:
                keeps_mirror = engine.mirror is not None and not rereads
                engine.warnings += await noticed(self._output, frontier, keeps_mirror=keeps_mirror)
            await self._clean_up(frontier, run)
            await self._add_seeds(frontier, run)
            self._phase = "crawling"
            async with self._start_page.kept():
                outcome = await self._work(frontier, run, rereads=rereads)
            self._phase = "settling"
            report = await Closing(
                output=self._output,
                frontier=frontier,
                run=run,
                clock=self._clock,
                originals=self._engine.originals(frontier),
                mirror=self._engine.mirror,
                study=self._engine.study,
                warnings=self._engine.warnings,
                traps=self._territory.traps,
                start_page=self._start_page,
                keep=self._options.keep,
                software=self._engine.user_agent,
            ).close(outcome, self._clock.monotonic() - self._began)
            self._frontier, self._counts = None, report.counts
            return report

    async def _take_seeds(self, frontier: Frontier) -> None:
        """Without seeds of its own, take the last run's; whatever ends this crawl, they are not lost."""
        if next(iter(self._seeds), None) is None:
            kept = self._output.seeds
            self._seeds = seeds = await seeds_of_the_last_run(frontier, kept)
            with _told_of(kept):
                await asyncio.to_thread(write_whole, kept, seeds.lines())

    async def _clean_up(self, frontier: Frontier, run: Run) -> None:
        """Cut and sweep what a crash left torn."""
        engine = self._engine
        await asyncio.to_thread(clear_dropped, self._output)
        torn = await asyncio.to_thread(engine.archive(run.name).trim, await frontier.segments())
        if torn:
            engine.warnings.append(f"cut {torn} torn bytes of the archive that an interrupted run left")
        await asyncio.to_thread(engine.spool.sweep)
        if engine.mirror is not None:
            await asyncio.to_thread(engine.mirror.sweep)

    async def _add_seeds(self, frontier: Frontier, run: Run) -> None:
        """Queue the seeds; they, and where they led before, are joined before the first URL is claimed."""
        candidates = self._territory.claim(self._seeds)
        while group := list(islice(candidates, _SEEDS_AT_ONCE)):
            await frontier.add(group)
        with _told_of(self._output.seeds):
            remove_whole(self._output.seeds)
        self._engine.warnings.extend(self._territory.credentials.warnings())
        if run.number > 1 or run.is_continued:
            async for way in frontier.seed_ways():
                self._territory.inherit(way)

    async def _work(self, frontier: Frontier, run: Run, *, rereads: bool) -> str:
        """Let the engines run, with the time budget on them; gives how it ended."""
        seconds = self._options.budget.max_time
        timer = None
        if seconds is not None:
            timer = asyncio.get_running_loop().call_later(seconds, self.stop, "max-time")
        try:
            if self._is_alone:
                return await self._engine.crawl(frontier, run.name, rereads=rereads)
            return await self._work_together(frontier, run, rereads=rereads)
        finally:
            if timer is not None:
                timer.cancel()

    async def _work_together(self, frontier: Frontier, run: Run, *, rereads: bool) -> str:
        """Crawl beside a crew: whoever ends first, by having nothing left or by failing, ends all."""
        # The cookies of the file are in the jar already.
        fetch = dataclasses.replace(self._options.fetch, cookies=None)
        assert isinstance(self._clock, SystemClock)
        order = Order(
            folder=str(self._output.folder.absolute()),
            options=dataclasses.replace(self._options, fetch=fetch),
            facts=self._territory.facts(),
            cookies=self._engine.client.cookies(),
            run_name=run.name,
            rereads=rereads,
            epoch_offset_seconds=self._clock.epoch_offset_seconds,
            log_level=logging.getLogger("crawler").getEffectiveLevel(),
        )
        self._crew = crew = Crew(order, frontier, self._engine)
        if self._is_paused:
            crew.pause()
        async with asyncio.TaskGroup() as group:
            group.create_task(crew.run())
            outcome = await self._engine.crawl(frontier, run.name, rereads=rereads)
            crew.stop(outcome)
        if crew.lost:
            await self._clean_up(frontier, run)
        return outcome


@contextmanager
def _told_of(path: Path) -> Iterator[None]:
    """Say of an error of the disk which file it hit, and what to do."""
    try:
        yield
    except OSError as error:
        raise disk_error(path, error) from error
