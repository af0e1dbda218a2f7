"""Be one worker of a shared crawl, from its coming to its going; whoever opens the crawl is one too.

```
join -> open the run, or wait for one -> stint by its terms, another whenever they change -> end it once -> report
```

The end of a run is decided once, on the server; then every worker that is there reads the same report from it.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable

from crawler.clock import SystemClock
from crawler.engine import GRACE_SECONDS, Engine
from crawler.errors import StateError, StorageError, UsageError, first_state_error, remedy
from crawler.fetch.credentials import Credentials
from crawler.fetch.guard import AddressGuard
from crawler.fleet.announcing import Announcement, announce, shared_options
from crawler.fleet.berth import Berth, joined
from crawler.fleet.stint import CHANGED, Stint
from crawler.fleet.terms import Terms, read_terms
from crawler.login import log_in, login_url
from crawler.options import CrawlOptions
from crawler.output import Output, write_whole
from crawler.pool import DONE
from crawler.report import Report
from crawler.reporting import read_report
from crawler.seeds import Seed
from crawler.standing import Counts, Run, Statistics
from crawler.territory import Territory
from crawler.urls import hostname, port

__all__ = ["FleetJob"]

_LOOK_SECONDS = 0.2
_STOPPED = "stopped"


class FleetJob:
    """One worker's part of a shared crawl.

    Args:
        url: of the frontier; it may hold a password.
        output: the worker's folder, prepared and held when it runs.
        seeds: of the run that it opens, in order; read more than once. None: it opens none, but waits for one.
        options: of that run; without seeds, of nothing.
        concurrency: requests at once; None: as the crawl says.
        wait_seconds: how long it waits for a run.
        patience_seconds: how long it waits for a server that is away; None: as the options say.

    Raises:
        UsageError: what the user brings cannot be used.
    """

    def __init__(
        self,
        url: str,
        output: Output,
        *,
        seeds: Iterable[Seed] | None = None,
        options: CrawlOptions | None = None,
        concurrency: int | None = None,
        wait_seconds: float = 0.0,
        patience_seconds: float | None = None,
    ) -> None:
        self._url = url
        self._output = output
        self._seeds = seeds
        self._concurrency = concurrency
        self._wait_seconds = wait_seconds
        self._options = options or CrawlOptions()
        self._shared = shared_options(self._options)
        patience = self._options.shared.patience
        self._patience_seconds = patience if patience_seconds is None else patience_seconds
        self._berth: Berth | None = None
        self._stint: Stint | None = None
        self._is_leaving = asyncio.Event()
        self._counts, self._phase = Counts(), "joining"
        self._finished = 0
        self._clock = SystemClock()
        self._began = self._clock.monotonic()
        fetch = self._options.fetch
        guard = AddressGuard(fetch.allow_private)
        for each in map(login_url, fetch.login):
            guard.name(hostname(each), port(each))
        credentials = Credentials(fetch.headers, fetch.auth)
        self._territory = Territory(self._shared.scope, guard, credentials, clock=self._clock)
        # Here already, because what the user brings may be unusable: then nobody is troubled with it.
        self._porch = Engine(
            output,
            dataclasses.replace(self._shared, fetch=fetch),
            self._territory,
            clock=self._clock,
            concurrency=fetch.concurrency,
        )

    @property
    def finished(self) -> int:
        """URLs that this worker finished."""
        return self._finished + (0 if self._stint is None else self._stint.finished)

    @property
    def number(self) -> int:
        """Of this worker; 0: it has not joined yet."""
        return 0 if self._berth is None else self._berth.number

    def stop(self, outcome: str = _STOPPED) -> None:  # noqa: ARG002 - jobs are told how they end; this one only leaves
        """Leave in good order: claim no more, let what is being fetched finish for ten seconds at most."""
        self._is_leaving.set()
        if self._stint is not None:
            self._stint.engine.stop(_STOPPED)

    async def statistics(self) -> Statistics:
        """How far the whole crawl is."""
        if self._berth is not None:
            self._counts = await self._berth.frontier().counts()
        is_held_back = self._stint is not None and self._stint.is_held_back
        return Statistics(
            phase="paused" if is_held_back and self._phase == "crawling" else self._phase,
            counts=self._counts,
            in_flight=self._counts.claimed,
            elapsed_seconds=self._clock.monotonic() - self._began,
        )

    async def run(self) -> Report:
        """Work until the run is over, or `stop`.

        Raises:
            UsageError: there is no run, no seeds, or the server cannot be trusted with a crawl.
            LoginError: a site did not let the user in.
            StateError: the server was away for too long, or the disk failed; the state is kept.
        """
        try:
            async with joined(self._url, self._output, self._patience_seconds) as self._berth:
                return await self._run(self._berth)
        except* StateError as group:
            failure = first_state_error(group)
        finally:
            self._berth = None
        raise failure

    async def _run(self, berth: Berth) -> Report:
        terms, version = await (self._await_run(berth) if self._seeds is None else self._announce(berth))
        outcome = ""
        while terms is not None and not outcome:
            self._phase = "crawling"
            self._stint = stint = Stint(berth, self._output, terms, version, concurrency=self._concurrency)
            if self._is_leaving.is_set():
                stint.engine.stop(_STOPPED)
            found = await stint.crawl()
            self._finished, self._stint = self.finished, None
            await berth.fleet.warn(stint.engine.warnings)
            if self._is_leaving.is_set():
                break
            if found != CHANGED:
                outcome = await self._conclude(berth, found, version)
            if not outcome:
                terms, version = await self._await_run(berth)
        return await self._report(berth, outcome)

    async def _announce(self, berth: Berth) -> tuple[Terms | None, int]:
        """Open the run that the user wants."""
        self._phase = "opening"
        berth.lease_seconds = self._shared.shared.lease
        async with self._porch as porch:
            for login in self._options.fetch.login:
                await log_in(login, porch.fetch)
            cookies = porch.client.cookies()
        assert self._seeds is not None
        wanted = Announcement(
            seeds=self._seeds, options=self._shared, territory=self._territory, cookies=cookies
        )
        return await announce(berth, self._output, wanted)

    async def _await_run(self, berth: Berth) -> tuple[Terms | None, int]:
        """Wait for a run that is open; None: the last one is over, and nobody opened another.

        Raises:
            UsageError: there never was one.
        """
        self._phase = "waiting"
        until = self._clock.monotonic() + self._wait_seconds
        while True:
            signal = await berth.fleet.signal()
            if signal.terms and not signal.outcome:
                terms = read_terms(await berth.fleet.terms())
                if terms.run == signal.run:
                    return terms, signal.terms
            left = until - self._clock.monotonic()
            if self._is_leaving.is_set() or (left <= 0 and signal.outcome):
                return None, 0
            if left <= 0 and not (signal.terms and signal.is_held_back):
                raise UsageError(
                    "no crawl has begun there; start one with: crawler crawl SEED --frontier FRONTIER-URL"
                )
            await self._clock.wait(self._is_leaving, _LOOK_SECONDS)

    async def _conclude(self, berth: Berth, found: str, version: int) -> str:
        """Say how the run ends, if nobody did before; gives how it does, "" if it goes on."""
        if found == DONE and (await berth.frontier().counts()).queued:
            # Nothing was left to claim though something is queued: the page slots are spent.
            found = "max-pages"
        return await berth.fleet.conclude(found, version)

    async def _report(self, berth: Berth, outcome: str) -> Report:
        """What the run did, the same in every worker's folder; of one that goes on without us, how it stands."""
        self._phase = "closing"
        frontier = berth.frontier()
        if outcome:
            await self._close(berth, outcome)
        runs = await frontier.runs()
        run = runs[-1] if runs else Run(number=0, name="", started_at=self._clock.now())
        if run.ended_at is None:
            run = dataclasses.replace(run, outcome=_STOPPED, counts=await frontier.counts())
            return Report(run=run, seconds=self._clock.monotonic() - self._began)
        self._counts = run.counts
        seconds = run.ended_at - run.started_at
        report = await read_report(frontier, run, seconds, await berth.fleet.warnings())
        await asyncio.to_thread(self._write, report)
        return report

    async def _close(self, berth: Berth, outcome: str) -> Run:
        """Close the run once nobody works for it any more."""
        frontier = berth.frontier()
        try:
            async with asyncio.timeout(berth.lease_seconds + GRACE_SECONDS):
                while not self._is_leaving.is_set() and (await frontier.counts()).claimed:
                    await self._clock.wait(self._is_leaving, _LOOK_SECONDS)
        except TimeoutError:
            # Whoever holds something still was not heard of since: it is queued, and fenced.
            pass
        run = (await frontier.runs())[-1]
        return run if run.ended_at is not None else await frontier.close_run(outcome)

    def _write(self, report: Report) -> None:
        folder = self._output.reports
        try:
            folder.mkdir(exist_ok=True)
            write_whole(folder / f"{report.run.name}.json", report.as_json())
        except OSError as error:
            what = f"{folder}: {error.strerror or error}"
            raise StorageError(f"{what}; {remedy(error, 'free some space')}") from error
