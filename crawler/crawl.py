"""Run a crawl over one output: the only place where frontier, archive, mirror and web meet.

```
seeds -> frontier -> pool -> pipeline -> landing -> (archive, mirror, frontier)
                                 ^                       |
                                 +------ more leases <---+
```
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime

from crawler.addresses import Addresses
from crawler.archive.segment import Archive
from crawler.body import Spool
from crawler.clock import Clock, SystemClock
from crawler.closing import Closing
from crawler.errors import StateError, UsageError, first_state_error
from crawler.exchange import Fetch
from crawler.fetch.client import Client
from crawler.fetch.credentials import Credentials
from crawler.fetch.guard import AddressGuard
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.frontier.sqlite import SqliteFrontier
from crawler.gate import Gate
from crawler.journal import Journal, journal_line
from crawler.landing import Landed, Landing
from crawler.login import log_in, login_url
from crawler.mirror.store import Mirror
from crawler.model import Candidate, Lease
from crawler.options import CrawlOptions
from crawler.originals import Originals
from crawler.output import Output
from crawler.page import Page
from crawler.pipeline import Pipeline
from crawler.pool import Pool
from crawler.report import Report, Tally
from crawler.seeds import Seed, read_seed
from crawler.standing import Counts, Run, Statistics
from crawler.study import Study
from crawler.territory import Territory
from crawler.urls import hostname, port
from crawler.version import USER_AGENT

__all__ = ["CrawlJob"]

_SEEDS_AT_ONCE = 5000
_GRACE_SECONDS = 10.0


class CrawlJob:
    """One run over one output.

    Args:
        seeds: in order; read more than once. Empty: the seeds of the last run.
        output: the folder, prepared and held.
        options: what to do.
        clock: the time.
        fetch: another way to the web than the aiohttp client, for tests.
        on_page: awaited for each HTML page once it is stored; it may hold the crawl back.
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
    ) -> None:
        self._seeds = seeds
        self._output = output
        self._options = options
        self._clock = clock or SystemClock()
        self._on_page = on_page
        self._user_agent = options.fetch.user_agent or USER_AGENT
        self._guard = AddressGuard(options.fetch.allow_private)
        self._credentials = Credentials(options.fetch.headers, options.fetch.auth)
        for url in map(login_url, options.fetch.login):
            self._guard.name(hostname(url), port(url))
        self._territory = Territory(options.scope, self._guard, self._credentials)
        self._addresses = Addresses(is_on=options.keep.mirror)
        self._spool = Spool(output.partial)
        self._study = Study(spool=self._spool)
        self._warnings: list[str] = []
        self._pool: Pool | None = None
        self._frontier: Frontier | None = None
        self._tally, self._counts, self._phase, self._stopped = Tally(), Counts(), "starting", ""
        self._wire_bytes = 0
        self._began = self._clock.monotonic()
        # Here already, because what the user brings may be unusable: then nothing is written.
        self._client = Client(
            options.fetch, self._user_agent, self._guard, self._clock, self._credentials, spool=self._spool
        )
        self._fetch = fetch or self._client.fetch

    def stop(self, outcome: str = "stopped") -> None:
        """End in good order: claim no more, let what is being fetched finish for ten seconds at most."""
        self._stopped = self._stopped or outcome
        if self._pool is not None:
            self._pool.stop(outcome)
            asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._pool.abandon)

    async def statistics(self) -> Statistics:
        """How far it is."""
        if self._frontier is not None:
            self._counts = await self._frontier.counts()
        return Statistics(
            phase=self._phase,
            counts=self._counts,
            in_flight=0 if self._pool is None else self._pool.held,
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
        finally:
            self._frontier = None
        raise failure

    async def _run(self) -> Report:
        self._began = self._clock.monotonic()
        async with self._client, self._study:
            for login in self._options.fetch.login:
                await log_in(login, self._fetch)
            return await self._crawl()

    async def _crawl(self) -> Report:
        output, keep = self._output, self._options.keep
        async with await SqliteFrontier.open(output.database, self._clock) as frontier:
            self._frontier = frontier
            await self._take_seeds(frontier)
            run, rereads = await self._open(frontier)
            mirror = Mirror(output.mirror, output.partial) if keep.mirror else None
            archive = Archive(
                output.archive, run.name, segment_bytes=keep.segment_bytes, software=self._user_agent
            )
            originals = Originals(output.archive, frontier, self._spool)
            await self._clean_up(frontier, archive, mirror)
            await self._add_seeds(frontier)
            try:
                with Journal(output.journal) as journal:
                    landing = Landing(
                        archive if keep.archive else None, mirror, frontier, self._after_landing(journal)
                    )
                    outcome = await self._work(frontier, originals, landing, rereads=rereads)
            finally:
                archive.close()
            self._phase = "settling"
            report = await Closing(
                output=output,
                frontier=frontier,
                originals=originals,
                mirror=mirror,
                study=self._study,
                tally=self._tally,
                warnings=self._warnings,
            ).close(outcome, self._clock.monotonic() - self._began)
            self._frontier, self._counts = None, report.counts
            return report

    async def _take_seeds(self, frontier: Frontier) -> None:
        """Without seeds of its own, take the last run's; keep the hosts that seeds redirected to."""
        last = await frontier.seeds()
        if next(iter(self._seeds), None) is None:
            self._seeds = [seed for each in last if each.via is None and (seed := read_seed(each.url))]
            if not self._seeds:
                raise UsageError("no seeds; give a URL, a file of URLs, or put them into seeds.txt here")
        self._territory.inherit(self._seeds, last)

    async def _open(self, frontier: Frontier) -> tuple[Run, bool]:
        """Open the run; gives it, and whether stored pages were read with other options."""
        budget = self._options.budget
        runs = await frontier.runs()
        plan = RunPlan(
            name=datetime.fromtimestamp(self._clock.now(), UTC).strftime("%Y%m%d-%H%M%S"),
            options=self._options.as_json(),
            max_pages=budget.max_pages,
            max_pages_per_host=budget.max_pages_per_host,
            max_depth=self._options.scope.max_depth,
            fresh=self._options.fresh,
        )
        run = await frontier.open_run(plan)
        self._wire_bytes = run.counts.wire_bytes
        return run, bool(runs) and runs[-1].options != plan.options

    async def _clean_up(self, frontier: Frontier, archive: Archive, mirror: Mirror | None) -> None:
        """Cut and sweep what a crash left torn; recall which addresses surprise."""
        torn = await asyncio.to_thread(archive.trim, await frontier.segments())
        if torn:
            self._warnings.append(f"cut {torn} torn bytes of the archive that an interrupted run left")
        await asyncio.to_thread(self._spool.sweep)
        if mirror is not None:
            await asyncio.to_thread(mirror.sweep)
            await self._addresses.load(frontier.surprises())

    async def _add_seeds(self, frontier: Frontier) -> None:
        """Queue the seeds; all of them stand for their hosts before the first URL is claimed."""
        group: list[Candidate] = []
        for candidate in self._territory.claim(self._seeds):
            group.append(candidate)
            if len(group) == _SEEDS_AT_ONCE:
                await frontier.add(group)
                group.clear()
        await frontier.add(group)
        self._warnings.extend(self._credentials.warnings())

    async def _work(
        self, frontier: Frontier, originals: Originals, landing: Landing, *, rereads: bool
    ) -> str:
        """Run pool and landing side by side until the pool is done and all has landed."""
        options = self._options
        gate = Gate(
            self._territory,
            options.polite,
            frontier,
            self._fetch,
            self._clock,
            user_agent=self._user_agent,
            concurrency=options.fetch.concurrency,
            warnings=self._warnings,
        )
        pipeline = Pipeline(
            options=options,
            territory=self._territory,
            gate=gate,
            fetch=self._fetch,
            originals=originals,
            addresses=self._addresses,
            clock=self._clock,
            study=self._study,
            rereads=rereads,
        )

        async def work(lease: Lease) -> None:
            await landing.land(await pipeline.process(lease))

        self._pool = pool = Pool(
            frontier,
            work,
            self._clock,
            concurrency=options.fetch.concurrency,
            max_wait_seconds=options.budget.max_wait,
        )
        if self._stopped:
            pool.stop(self._stopped)
        self._phase = "crawling"
        async with asyncio.TaskGroup() as group:
            writing = group.create_task(landing.run())
            outcome = await self._run_pool(pool)
            await landing.finish()
            await writing
        return outcome

    async def _run_pool(self, pool: Pool) -> str:
        """The pool's outcome, with the time budget on it."""
        seconds = self._options.budget.max_time
        if seconds is None:
            return await pool.run()
        timer = asyncio.get_running_loop().call_later(seconds, self.stop, "max-time")
        try:
            return await pool.run()
        finally:
            timer.cancel()

    def _after_landing(self, journal: Journal) -> Callable[[Sequence[Landed]], Awaitable[None]]:
        """What happens once a group is safe: journal, readers, pool, byte budget."""
        most = self._options.budget.max_bytes

        async def after(group: Sequence[Landed]) -> None:
            assert self._pool is not None
            now = self._clock.now()
            journal.write([journal_line(each, now) for each in group])
            for each in group:
                self._tally.add(each.disposition.state, each.disposition.reason)
                self._wire_bytes += each.disposition.wire_bytes
                self._pool.landed(each.lease)
            if most is not None and self._wire_bytes >= most:
                self._pool.stop("max-bytes")
            if self._on_page is not None:
                for each in group:
                    if each.page is not None:
                        await self._on_page(each.page)

        return after
