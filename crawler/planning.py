"""Find out what a crawl would take, without crawling: ask for robots.txt, sitemaps and the seeds alone.

The same territory, gate and pipeline as a crawl, over a frontier in a folder of its own that is gone
afterwards; nothing of the output is written. What the seeds and sitemaps lead to is counted, each URL once,
in two more frontiers of which nobody claims, because it may be millions.
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections import defaultdict
from collections.abc import Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from crawler.addresses import Addresses
from crawler.body import Spool
from crawler.census import Census
from crawler.clock import Clock, SystemClock
from crawler.errors import StateError, UsageError, first_state_error
from crawler.estimate import RunForecast, forecast
from crawler.exchange import Fetch
from crawler.fates import SeedFates, read_fates
from crawler.fetch.client import Client
from crawler.fetch.credentials import Credentials
from crawler.fetch.guard import AddressGuard
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.protocol import RunPlan
from crawler.frontier.sqlite import SqliteFrontier
from crawler.gate import Gate
from crawler.landing import Landed
from crawler.model import Candidate, Claim, Finish, Hop, Lease, State
from crawler.options import CrawlOptions
from crawler.originals import Originals
from crawler.output import Output
from crawler.pipeline import Pipeline
from crawler.pool import Pool
from crawler.seeds import Seed
from crawler.study import Study
from crawler.tempo import LEAST_DELAY_SECONDS
from crawler.territory import Territory, seeds_of_the_last_run
from crawler.version import USER_AGENT

__all__ = ["CrawlPlan", "PlanJob"]

_AT_ONCE = 5000


@dataclass(frozen=True, slots=True, kw_only=True)
class CrawlPlan:
    """What a crawl of the seeds would take.

    Args:
        forecast: pages, bytes and time, by host.
        fates: the seeds; `dead` and `waiting` ones could not be had, and why.
        warnings: what a person should know, one line each.
    """

    forecast: RunForecast
    fates: SeedFates
    warnings: tuple[str, ...] = ()

    @property
    def has_lost_seeds(self) -> bool:
        """Whether a seed could not be had."""
        return bool(self.fates.dead or self.fates.waiting)


class PlanJob:
    """One forecast.

    Args:
        seeds: in order. Empty: those of the output's last run.
        output: an output, which may hold a crawl; only read.
        options: of the crawl that is planned; nobody is logged in.
        clock: the time.
        fetch: another way to the web than the aiohttp client, for tests.
    """

    def __init__(
        self,
        seeds: Iterable[Seed],
        output: Output,
        options: CrawlOptions,
        *,
        clock: Clock | None = None,
        fetch: Fetch | None = None,
    ) -> None:
        self._seeds = seeds
        self._output = output
        self._options = options
        self._clock = clock or SystemClock()
        self._fetch = fetch
        self._user_agent = options.fetch.user_agent or USER_AGENT
        self._guard = AddressGuard(options.fetch.allow_private)
        self._credentials = Credentials(options.fetch.headers, options.fetch.auth)
        self._territory = Territory(options.scope, self._guard, self._credentials)

    async def run(self) -> CrawlPlan:
        """Ask, count, and work it out.

        Raises:
            UsageError: no seeds, or an option that cannot be used.
            StateError: the folder for temporary files, or the output, failed.
        """
        try:
            with tempfile.TemporaryDirectory(prefix="crawler-plan-", ignore_cleanup_errors=True) as folder:
                return await self._plan(Path(folder))
        except* StateError as group:
            failure = first_state_error(group)
        raise failure

    async def _plan(self, folder: Path) -> CrawlPlan:
        options = self._options
        spool = Spool(folder)
        client = Client(
            options.fetch, self._user_agent, self._guard, self._clock, self._credentials, spool=spool
        )
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(client)
            study = await stack.enter_async_context(Study(spool=spool))
            frontier = await stack.enter_async_context(
                await SqliteFrontier.open(folder / "asked.db", self._clock)
            )
            census = await stack.enter_async_context(await Census.open(folder, self._clock))
            polite = options.polite
            plan = RunPlan(
                name="plan",
                options=options.as_json(),
                delay_seconds=LEAST_DELAY_SECONDS if polite.delay is None else polite.delay,
                overrides=polite.overrides,
            )
            await frontier.open_run(plan)
            await self._read_output(census)
            await self._add_seeds(frontier)
            survey = _Survey(self._options, self._territory, frontier, census, self._clock)
            await survey.run(self._fetch or client.fetch, study, spool, self._user_agent)
            run = await frontier.close_run("finished")
            hosts = await census.forecasts({each.host: each for each in await frontier.hosts()}, options)
            budget = options.budget
            return CrawlPlan(
                forecast=forecast(
                    hosts,
                    concurrency=options.fetch.concurrency,
                    max_pages=budget.max_pages,
                    max_seconds=budget.max_time,
                ),
                fates=await read_fates(frontier, run),
                warnings=(*survey.warnings, *self._credentials.warnings()),
            )

    async def _read_output(self, census: Census) -> None:
        """What earlier runs know, and their seeds where none are named."""
        has_seeds = next(iter(self._seeds), None) is not None
        if not self._output.database.is_file():
            if not has_seeds:
                raise UsageError("no seeds; give a URL, a file of URLs, or put them into seeds.txt here")
            return
        ledger = await SqliteLedger.open(self._output.database)
        try:
            if not has_seeds:
                self._seeds = await seeds_of_the_last_run(ledger, self._output.seeds)
            # Twice through the seeds: what is known counts only where they stand.
            for _ in self._territory.claim(self._seeds):
                pass
            await census.recall(ledger, self._territory)
        finally:
            await ledger.close()

    async def _add_seeds(self, frontier: SqliteFrontier) -> None:
        group: list[Candidate] = []
        for candidate in self._territory.claim(self._seeds):
            group.append(candidate)
            if len(group) == _AT_ONCE:
                await frontier.add(group)
                group.clear()
        await frontier.add(group)


class _Survey:
    """Asks for robots.txt, sitemaps and seeds, and counts what they lead to."""

    def __init__(
        self,
        options: CrawlOptions,
        territory: Territory,
        frontier: SqliteFrontier,
        census: Census,
        clock: Clock,
    ) -> None:
        # Nothing is kept: the archive is named so that texts are not packed for the database.
        keep = dataclasses.replace(options.keep, mirror=False, archive=True)
        self._options = dataclasses.replace(options, keep=keep)
        self._territory = territory
        self._frontier = frontier
        self._census = census
        self._clock = clock
        self._gate: Gate
        self.warnings: list[str] = []

    async def run(self, fetch: Fetch, study: Study, spool: Spool, user_agent: str) -> None:
        """Until all of them have answered."""
        options = self._options
        self._gate = Gate(
            self._territory,
            options,
            self._frontier,
            fetch,
            self._clock,
            user_agent=user_agent,
            warnings=self.warnings,
        )
        pipeline = Pipeline(
            options=options,
            territory=self._territory,
            gate=self._gate,
            fetch=fetch,
            originals=Originals(Path(), self._frontier, spool),
            addresses=Addresses(is_on=False),
            clock=self._clock,
            study=study,
            ledger=self._frontier,
        )

        async def work(lease: Lease) -> None:
            await self._take(await pipeline.process(lease))
            pool.landed(lease)

        async def heed(claim: Claim) -> None:
            """Nobody else claims."""

        pool = Pool(
            self._frontier,
            work,
            heed,
            self._clock,
            concurrency=options.fetch.concurrency,
            max_wait_seconds=options.budget.max_wait,
        )
        await pool.run()

    async def _take(self, landed: Landed) -> None:
        """Ask on for where seeds and robots.txt lead; count the rest."""
        lease, done = landed.lease, landed.disposition
        asked_on: list[Candidate] = []
        counted: list[Candidate] = []
        for each in done.found:
            (asked_on if each.is_seed or _is_manifest(each) else counted).append(each)
        await self._measure(landed)
        await self._count(lease, counted)
        await self._frontier.finish(
            [Finish(lease=lease, disposition=dataclasses.replace(done, found=tuple(asked_on)))]
        )

    async def _measure(self, landed: Landed) -> None:
        """Count what was asked, and note what one answer took."""
        lease, done = landed.lease, landed.disposition
        sight = self._census.hosts[lease.candidate.host]
        if done.state is State.QUEUED:
            # robots.txt was asked for in its place.
            sight.asked += not done.counts_attempt
            return
        if done.answered:
            await self._census.note(lease.candidate, is_page=done.is_page)
        if done.capture is not None:
            sight.answers += 1
            sight.answer_seconds += max(done.ended_at - done.capture.captured_at, 0.0)
            if done.capture.is_good and lease.candidate.is_seed:
                sight.weigh(done.wire_bytes, is_page=done.is_page)

    async def _count(self, lease: Lease, led_to: list[Candidate]) -> None:
        """Count what an answer leads to, as far as robots.txt allows it."""
        allowed: defaultdict[str, list[Candidate]] = defaultdict(list)
        for each in led_to:
            if (await self._gate.foresee(each)).accepted:
                allowed[each.host].append(each)
            else:
                self._census.hosts[each.host].forbidden += 1
        for host, candidates in allowed.items():
            sight = self._census.hosts[host]
            new = await self._census.add(candidates)
            if _is_manifest(lease.candidate):
                sight.in_sitemaps += len(candidates)
            else:
                sight.on_seeds += new


def _is_manifest(candidate: Candidate) -> bool:
    return candidate.hops.endswith(Hop.PREREQUISITE)
