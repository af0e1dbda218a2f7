"""Work for a shared crawl by its terms: one engine, until the run is over, the terms change, or the worker leaves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crawler.engine import Engine
from crawler.fetch.credentials import Credentials
from crawler.fetch.guard import AddressGuard
from crawler.fleet.berth import Berth
from crawler.fleet.terms import Terms
from crawler.opening import trim_logs
from crawler.output import Output
from crawler.pool import Rhythm
from crawler.territory import Territory

__all__ = ["CHANGED", "Stint"]

_log = logging.getLogger(__name__)

CHANGED = "changed"
"""How an engine ends when the terms are others now."""
_RENEWALS = 4
"""So often a lease is renewed before it would be over."""
_LEAST_BEAT_SECONDS, _MOST_BEAT_SECONDS = 0.2, 3.0
_MOST_LOOK_SECONDS = 0.25


class Stint:
    """What one worker does under one version of the terms.

    Args:
        berth: of the worker.
        output: its folder, prepared and held.
        terms: by which it works.
        version: of the terms.
        concurrency: requests at once; None: as the terms say.
    """

    def __init__(
        self, berth: Berth, output: Output, terms: Terms, version: int, *, concurrency: int | None
    ) -> None:
        self._berth = berth
        self._output = output
        self._terms = terms
        self._version = version
        berth.lease_seconds = lease = terms.options.shared.lease
        options = terms.options
        credentials = Credentials(options.fetch.headers, options.fetch.auth)
        guard = AddressGuard(options.fetch.allow_private)
        territory = Territory(options.scope, guard, credentials, clock=berth.clock)
        territory.learn(terms.facts)
        self.finished = 0
        self.is_held_back = False
        self.engine = Engine(
            output,
            options,
            territory,
            clock=berth.clock,
            concurrency=concurrency or options.fetch.concurrency,
            on_landed=self._landed,
            worker=berth.number,
            rhythm=Rhythm(renew_seconds=lease / _RENEWALS, look_seconds=min(_MOST_LOOK_SECONDS, lease / 40)),
        )
        self.engine.client.remember(terms.cookies)

    def _landed(self, leases: int) -> None:
        self.finished += leases

    async def crawl(self) -> str:
        """Work; gives the outcome of the engine.

        Raises:
            UsageError: what the crawl brings (certificates, a proxy) cannot be used on this machine.
            StateError: the disk or the server failed, alone or in a group.
        """
        berth, terms, engine = self._berth, self._terms, self.engine
        frontier = berth.frontier(terms.run, reads_again=terms.rereads)
        await self._tidy()
        async with engine, self._heard():
            outcome = await engine.crawl(frontier, terms.run_name, rereads=terms.rereads)
        # What was given up, so that others need not wait for its leases.
        await frontier.release(berth.number)
        return outcome

    async def _tidy(self) -> None:
        """Cut what a kill left in this folder of what the server was not told."""
        frontier, engine = self._berth.frontier(self._terms.run), self.engine
        run = (await frontier.runs())[-1]
        await trim_logs(self._output, frontier, run)
        archive, believed = engine.archive(run.name), await frontier.segments()
        if torn := await asyncio.to_thread(archive.trim, believed):
            _log.warning("cut %d torn bytes of the archive that a killed worker left here", torn)
        await asyncio.to_thread(engine.spool.sweep)

    @asynccontextmanager
    async def _heard(self) -> AsyncIterator[None]:
        """Be heard of by the others, and hear of them, while the block runs."""
        async with asyncio.TaskGroup() as group:
            beating = group.create_task(self._beat())
            try:
                yield
            finally:
                beating.cancel()

    async def _beat(self) -> None:
        berth, terms, engine = self._berth, self._terms, self.engine
        pause = min(max(berth.lease_seconds / 10, _LEAST_BEAT_SECONDS), _MOST_BEAT_SECONDS)
        while True:
            signal = await berth.beat({"held": engine.held, "finished": self.finished})
            self.is_held_back = signal.is_held_back
            if signal.terms != self._version or signal.run != terms.run:
                engine.stop(CHANGED)
            elif signal.outcome:
                engine.stop(signal.outcome)
            elif terms.ends_at is not None and berth.clock.now() >= terms.ends_at:
                await berth.fleet.conclude("max-time", self._version)
                continue
            await asyncio.sleep(pause)
