"""Run a crawl over one output: the only place where frontier, archive, mirror and web meet.

```
seeds -> frontier -> pool -> pipeline -> landing -> (archive, mirror, frontier)
                                 ^                       |
                                 +------ more leases <---+
```
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crawler.addresses import Addresses
from crawler.archive.index import write_index
from crawler.archive.segment import Archive
from crawler.clock import Clock, SystemClock
from crawler.errors import StateError, StorageError, UsageError
from crawler.exchange import Fetch
from crawler.fetch.client import Client
from crawler.fetch.guard import AddressGuard
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.frontier.sqlite import SqliteFrontier
from crawler.gate import Gate
from crawler.journal import Journal, journal_line
from crawler.landing import Landed, Landing
from crawler.mirror.store import Mirror
from crawler.model import Candidate, Lease
from crawler.options import CrawlOptions
from crawler.originals import Originals
from crawler.output import Output
from crawler.page import Page
from crawler.pipeline import Pipeline
from crawler.pool import Pool
from crawler.report import Report, Tally, bad_seeds
from crawler.scope import Scope
from crawler.seeds import Seed, read_seed
from crawler.settling import settle
from crawler.standing import Counts, Run
from crawler.startpage import write_start_page
from crawler.urls import host_key, hostname, identity, port
from crawler.version import USER_AGENT

__all__ = ["CrawlJob", "Statistics"]

_SEEDS_AT_ONCE = 5000
_GRACE_SECONDS = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """A window on a running crawl, for the progress bar and the like.

    Args:
        phase: what it is doing, one word.
        counts: of the frontier.
        in_flight: leases held.
        elapsed_seconds: since this process began.
    """

    phase: str = "starting"
    counts: Counts = field(default_factory=Counts)
    in_flight: int = 0
    elapsed_seconds: float = 0.0


class CrawlJob:
    """One run over one output.

    Args:
        seeds: in order; read twice. Empty: the seeds of the last run.
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
        self._other_fetch = fetch
        self._on_page = on_page
        self._user_agent = options.fetch.user_agent or USER_AGENT
        self._scope = Scope(options.scope)
        self._guard = AddressGuard(options.fetch.allow_private)
        self._own_hosts: set[str] = set()
        self._bare: set[str] = set()
        self._addresses = Addresses()
        self._tally = Tally()
        self._pool: Pool | None = None
        self._frontier: Frontier | None = None
        self._journal: Journal
        self._phase = "starting"
        self._began = self._clock.monotonic()
        self._bytes_before = 0
        self._bytes = 0
        self._stopped = ""
        self._warnings: list[str] = []

    def stop(self, outcome: str = "stopped") -> None:
        """End in good order: claim no more, let what is being fetched finish for ten seconds at most."""
        self._stopped = self._stopped or outcome
        if self._pool is not None:
            self._pool.stop(outcome)
            asyncio.get_running_loop().call_later(_GRACE_SECONDS, self._pool.abandon)

    async def statistics(self) -> Statistics:
        """How far it is."""
        return Statistics(
            phase=self._phase,
            counts=Counts() if self._frontier is None else await self._frontier.counts(),
            in_flight=0 if self._pool is None else self._pool.held,
            elapsed_seconds=self._clock.monotonic() - self._began,
        )

    async def run(self) -> Report:
        """Crawl until there is nothing left, a budget is spent, or `stop`.

        Raises:
            UsageError: no seeds.
            StateError: our own storage failed; the state is kept.
        """
        try:
            return await self._run()
        except* StateError as group:
            failure = _first(group)
        raise failure

    async def _run(self) -> Report:
        options, output = self._options, self._output
        async with await SqliteFrontier.open(output.database, self._clock) as frontier:
            await self._take_seeds_of_last_run(frontier)
            run, rereads = await self._open(frontier)
            self._frontier = frontier
            mirror = Mirror(output.mirror, output.partial) if options.keep.mirror else None
            archive = Archive(
                output.archive,
                run.name,
                segment_bytes=options.keep.segment_bytes,
                software=self._user_agent,
            )
            originals = Originals(output.archive, frontier)
            await self._clean_up(frontier, archive, mirror)
            await self._add_seeds(frontier)
            try:
                with Journal(output.journal) as self._journal:
                    outcome = await self._work(
                        frontier,
                        originals,
                        archive if options.keep.archive else None,
                        mirror,
                        rereads=rereads,
                    )
            finally:
                archive.close()
            return await self._close(frontier, originals, mirror, outcome)

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
        self._bytes_before = run.counts.wire_bytes
        return run, bool(runs) and runs[-1].options != plan.options

    async def _take_seeds_of_last_run(self, frontier: Frontier) -> None:
        """Keep what seeds led to in scope; without seeds of its own, take the last run's."""
        last = await frontier.seeds()
        if next(iter(self._seeds), None) is None:
            self._seeds = [seed for each in last if each.via is None and (seed := read_seed(each.url))]
            if not self._seeds:
                raise UsageError("no seeds; give a URL, a file of URLs, or put them into seeds.txt here")
        named: set[str] = set()
        redirected = [each for each in last if each.via is not None]
        if redirected:
            named = {identity(seed.url) for seed in self._seeds}
        for each in redirected:
            if each.via is not None and identity(each.via) in named:
                named.add(identity(each.url))
                self._scope.join(each.url)

    async def _clean_up(self, frontier: Frontier, archive: Archive, mirror: Mirror | None) -> None:
        """Cut and sweep what a crash left torn."""
        torn = await asyncio.to_thread(archive.trim, await frontier.segments())
        if torn:
            self._warnings.append(f"cut {torn} torn bytes of the archive that an interrupted run left")
        if mirror is not None:
            await asyncio.to_thread(mirror.sweep)
            await self._addresses.load(frontier.surprises())

    async def _add_seeds(self, frontier: Frontier) -> None:
        """Name hosts and scope first, so that the first claim already knows them all."""
        group: list[Candidate] = []
        for seed in self._seeds:
            host = host_key(seed.url)
            self._scope.join(seed.url)
            self._own_hosts.add(host)
            self._guard.name(hostname(seed.url), port(seed.url))
            if seed.is_bare:
                self._bare.add(host)
                if port(seed.url) == 443:
                    self._guard.name(hostname(seed.url), 80)
            group.append(Candidate(url=seed.url, key=identity(seed.url), host=host, is_seed=True))
            if len(group) == _SEEDS_AT_ONCE:
                await frontier.add(group)
                group.clear()
        await frontier.add(group)

    async def _work(
        self,
        frontier: Frontier,
        originals: Originals,
        archive: Archive | None,
        mirror: Mirror | None,
        *,
        rereads: bool,
    ) -> str:
        """Run pool and landing side by side until the pool is done and all has landed."""
        options = self._options
        async with self._open_fetch() as fetch:
            gate = Gate(
                self._scope,
                options.polite,
                frontier,
                fetch,
                self._clock,
                user_agent=self._user_agent,
                own_hosts=self._own_hosts,
                concurrency=options.fetch.concurrency,
            )
            pipeline = Pipeline(
                options=options,
                scope=self._scope,
                gate=gate,
                fetch=fetch,
                originals=originals,
                addresses=self._addresses,
                clock=self._clock,
                rereads=rereads,
                seed_headers=_headers(options.fetch.headers),
                own_hosts=self._own_hosts,
                bare_hosts=self._bare,
            )
            landing = Landing(archive, mirror, frontier, self._landed)

            async def work(lease: Lease) -> None:
                await landing.land(await pipeline.process(lease))

            self._pool = Pool(
                frontier,
                work,
                self._clock,
                concurrency=options.fetch.concurrency,
                max_wait_seconds=options.budget.max_wait,
            )
            if self._stopped:
                self._pool.stop(self._stopped)
            self._phase = "crawling"
            async with asyncio.TaskGroup() as group:
                writing = group.create_task(landing.run())
                outcome = await self._run_pool(self._pool)
                await landing.finish()
                await writing
        return outcome

    async def _run_pool(self, pool: Pool) -> str:
        """The pool's outcome, with the time budget on it."""
        if self._options.budget.max_time is None:
            return await pool.run()
        timer = asyncio.get_running_loop().call_later(self._options.budget.max_time, self.stop, "max-time")
        try:
            return await pool.run()
        finally:
            timer.cancel()

    @asynccontextmanager
    async def _open_fetch(self) -> AsyncIterator[Fetch]:
        if self._other_fetch is not None:
            yield self._other_fetch
            return
        async with Client(self._options.fetch, self._user_agent, self._guard, self._clock) as client:
            yield client.fetch

    async def _landed(self, group: Sequence[Landed]) -> None:
        """After a group is safe: tell the journal, the budgets, the readers, the pool."""
        now = self._clock.now()
        self._journal.write([journal_line(each, now) for each in group])
        for each in group:
            self._tally.add(each.disposition.state, each.disposition.reason)
            self._bytes += each.disposition.wire_bytes
            if each.page is not None and self._on_page is not None:
                await self._on_page(each.page)
        assert self._pool is not None
        for each in group:
            self._pool.landed(each.lease)
        most = self._options.budget.max_bytes
        if most is not None and self._bytes_before + self._bytes >= most:
            self._pool.stop("max-bytes")

    async def _close(
        self, frontier: Frontier, originals: Originals, mirror: Mirror | None, outcome: str
    ) -> Report:
        """Settle the mirror, index the archive, write the report, close the run."""
        self._phase = "settling"
        repaired = 0
        if mirror is not None:
            try:
                repaired = await settle(frontier, originals, mirror)
            except StorageError as error:
                self._warnings.append(f"some pages keep links that have moved: {error}")
        if self._output.archive.is_dir():
            captures = [capture async for capture in frontier.captures()]
            await asyncio.to_thread(write_index, self._output.archive, captures)
        counts = await frontier.counts()
        if outcome == "finished" and counts.queued:
            outcome = "max-pages"
        run = await frontier.close_run(outcome)
        seeds = await frontier.seeds()
        report = Report(
            run=run,
            seconds=self._clock.monotonic() - self._began,
            seeds=sum(each.via is None for each in seeds),
            bad_seeds=bad_seeds(seeds, outcome),
            failures=self._tally.failures,
            tried=self._tally.decided,
            retries=self._tally.retries,
            refusals=tuple(await frontier.refusals()),
            repaired=repaired,
            warnings=tuple(self._warnings),
        )
        reports = self._output.reports
        await asyncio.to_thread(_write_report, reports, report)
        await write_start_page(self._output.index, report, frontier.entries())
        return report


def _write_report(folder: Path, report: Report) -> None:
    folder.mkdir(exist_ok=True)
    part = folder / f"{report.run.name}.json.part"
    part.write_text(report.as_json(), encoding="utf-8")
    part.replace(folder / f"{report.run.name}.json")


def _headers(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    pairs = (line.partition(":") for line in lines)
    return tuple((name.strip(), value.strip()) for name, _, value in pairs)


def _first(group: BaseExceptionGroup[StateError]) -> StateError:
    """The first of the failures; they all say the same thing."""
    error: BaseException = group
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    assert isinstance(error, StateError)
    return error
