"""Tell the ledger of a union what is new of a run, under the options of that run, and close it."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import NoReturn, TypeVar

from crawler.archive.growth import told_options
from crawler.archive.recovery import segments_in
from crawler.clock import ManualClock, SystemClock
from crawler.closing import Closing
from crawler.engine import Engine
from crawler.errors import PermanentError, UsageError
from crawler.exchange import Request
from crawler.fetch.guard import AddressGuard
from crawler.frontier.sqlite import SqliteFrontier
from crawler.options import CrawlOptions, KeepOptions
from crawler.output import Output
from crawler.report import GATHERED, Report
from crawler.segmentnames import run_name
from crawler.standing import Counts, Run
from crawler.startpage.keeping import StartPage
from crawler.territory import Territory
from crawler.union.news import News, run_at
from crawler.union.replay import Replay
from crawler.union.source import Source, run_as_told
from crawler.union.timeline import answers_in_order
from crawler.union.verdicts import Verdict, verdicts

__all__ = ["Retelling"]

T = TypeVar("T")
_AT_ONCE = 256
# Of the options that a run writes down: it is no field of theirs.
_OVERRIDES = "robots_of"


class Retelling:
    """What tells the ledger of one union.

    Args:
        output: of the union.
        frontier: its ledger.
        clock: of the ledger; is set to when things happened.
        sources: tell how runs ended.
        mirror: write the browsable copy.
    """

    def __init__(
        self,
        output: Output,
        frontier: SqliteFrontier,
        clock: ManualClock,
        sources: Sequence[Source],
        *,
        mirror: bool,
    ) -> None:
        self._output = output
        self._frontier = frontier
        self._clock = clock
        self._sources = sources
        self._mirror = mirror
        self._system = SystemClock()
        self.landed = 0

    async def counts(self) -> Counts:
        """How many URLs stand where by now."""
        return await self._frontier.counts()

    async def tell(self, news: News) -> Report | None:
        """Let what is new of a run land, and close the run; gives its report, None: a later one is known.

        Raises:
            OutOfOrderError: that cannot be told any more, because later runs were told of.
            StateError: our own storage failed.
        """
        began = self._system.monotonic()
        run = await asyncio.to_thread(run_as_told, news.name, self._sources)
        told = await asyncio.to_thread(self._options, news.name)
        options = _options_of(told, mirror=self._mirror)
        run = dataclasses.replace(run, options=told or options.as_json())
        run = dataclasses.replace(run, number=await self._frontier.enter(run))
        # From the year of its run a calendar is told from a trap.
        territory = Territory(options.scope, AddressGuard(), clock=ManualClock(run.started_at))
        engine = Engine(self._output, options, territory, clock=self._system, concurrency=1, fetch=_nowhere)
        async with engine:
            await self._let_land(news, engine, territory)
            if run.number != (await self._frontier.runs())[-1].number:
                return None
            return await self._close(run, engine, territory, self._system.monotonic() - began)

    async def _let_land(self, news: News, engine: Engine, territory: Territory) -> None:
        await asyncio.to_thread(engine.spool.sweep)
        if engine.mirror is not None:
            await asyncio.to_thread(engine.mirror.sweep)
        await engine.addresses.load(self._frontier.surprises())
        async for seed in self._frontier.seeds():
            territory.scope.join(seed.url)
        replay = Replay(
            self._frontier,
            engine.pipeline(self._frontier, rereads=False),
            engine.originals(self._frontier),
            territory.scope,
            addresses=engine.addresses,
            mirror=engine.mirror,
            clock=self._clock,
        )
        found = answers_in_order(news.segments, engine.spool)
        while group := await asyncio.to_thread(_next, found):
            await replay.answers(group)
        sizes = {path.name: path.stat().st_size for path in news.segments}
        await self._frontier.believe(sizes)
        decided = _of_run(verdicts(self._output.journal, *news.lines), news)
        while lines := await asyncio.to_thread(_next, decided):
            await replay.verdicts(lines)
        self.landed += replay.landed

    async def _close(self, run: Run, engine: Engine, territory: Territory, seconds: float) -> Report:
        counts = await self._frontier.counts()
        is_whole = run.ended_at is not None and not (run.outcome == "finished" and counts.queued)
        if run.ended_at is not None:
            self._clock.advance(run.ended_at - self._clock.now())
        elif self._clock.now() < run.started_at:
            self._clock.advance(self._system.now() - self._clock.now())
        closing = Closing(
            output=self._output,
            frontier=self._frontier,
            run=run,
            clock=self._clock,
            originals=engine.originals(self._frontier),
            mirror=engine.mirror,
            study=engine.study,
            warnings=engine.warnings,
            traps=territory.traps,
            start_page=StartPage(self._output, self._system, hides_twins=territory.traps.is_on("canonical")),
            keep=KeepOptions(),
            software=engine.user_agent,
        )
        return await closing.close(run.outcome if is_whole else GATHERED, seconds)

    def _options(self, name: str) -> str:
        """The options of a run, as its segments tell them; "": they do not. Blocking."""
        paths = (path for path in segments_in(self._output.archive) if run_name(path.name) == name)
        return next(filter(None, map(told_options, paths)), "")


def _options_of(told: str, *, mirror: bool) -> CrawlOptions:
    """The options under which a run is read again: those that it told, as far as this version knows them."""
    values = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in json.loads(told or "{}").items()
        if name != _OVERRIDES
    }
    try:
        options = CrawlOptions.of(values)
    except (UsageError, TypeError):
        options = CrawlOptions()
    return dataclasses.replace(options, keep=KeepOptions(mirror=mirror))


def _of_run(found: Iterable[Verdict], news: News) -> Iterator[Verdict]:
    return (each for each in found if run_at(each.at, news.runs) == news.name)


def _next(found: Iterator[T]) -> list[T]:
    return list(islice(found, _AT_ONCE))


async def _nowhere(request: Request) -> NoReturn:
    raise PermanentError("internal", f"{request.url} was to be asked for where nobody is")
