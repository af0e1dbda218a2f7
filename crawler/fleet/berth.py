"""Join a shared crawl: a number that stays with the folder, and a clock that shows the server's time."""

from __future__ import annotations

import asyncio
import secrets
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from crawler.clock import SystemClock
from crawler.errors import StateError, disk_error
from crawler.frontier.redis.address import read_address
from crawler.frontier.redis.fleet import RedisFleet, Signal
from crawler.frontier.redis.frontier import RedisFrontier
from crawler.frontier.redis.scripts import Scripts
from crawler.frontier.redis.server import connect
from crawler.output import Output, write_whole

__all__ = ["Berth", "clock_of", "joined"]

_LOOKS = 5
_LEAVE_SECONDS = 5.0
_SILENCE_SECONDS = 120.0


@dataclass(slots=True)
class Berth:
    """A worker's place in a shared crawl.

    Args:
        scripts: of the crawl.
        number: of the worker.
        place: machine and folder, for people.
        clock: that shows the server's time.
    """

    scripts: Scripts
    number: int
    place: str
    clock: SystemClock
    lease_seconds: float = _SILENCE_SECONDS

    @property
    def fleet(self) -> RedisFleet:
        """All workers."""
        return RedisFleet(self.scripts, self.lease_seconds)

    def frontier(self, run: int | None = None, *, reads_again: bool = False) -> RedisFrontier:
        """The frontier as this worker uses it.

        Args:
            run: number of the run that it works for; None: it opens one.
            reads_again: what a 304 confirms is read again.
        """
        return RedisFrontier(
            self.scripts, self.lease_seconds, holder=self.number, run=run, reads_again=reads_again
        )

    async def beat(self, facts: Mapping[str, int]) -> Signal:
        """Say that this worker is there, and how it stands."""
        away = round(self.fleet.away_seconds, 3)
        return await self.fleet.beat(self.number, {**facts, "place": self.place, "away_seconds": away})


@asynccontextmanager
async def joined(url: str, output: Output, patience_seconds: float) -> AsyncIterator[Berth]:
    """Be a worker of a shared crawl while the block runs; what it holds at the end is queued again.

    Args:
        url: of the frontier.
        output: the worker's folder, prepared and held.
        patience_seconds: how long a server that is away is waited for.

    Raises:
        UsageError: the URL is none, or the server cannot be trusted with a crawl.
        StorageError: the server does not answer.
    """
    scripts = await connect(read_address(url), patience_seconds)
    try:
        fleet = RedisFleet(scripts, _SILENCE_SECONDS)
        clock = await clock_of(fleet)
        place = f"{socket.gethostname()}:{output.folder.absolute()}"
        number = await fleet.join(f"{await asyncio.to_thread(_name, output)}@{place}")
        berth = Berth(scripts=scripts, number=number, place=place, clock=clock)
        # What an earlier process in this folder held: it is gone, or we would not hold the folder.
        await berth.frontier().release(number)
        try:
            yield berth
        finally:
            # A server that is away hears of it when the leases are over.
            with suppress(StateError, TimeoutError):
                async with asyncio.timeout(_LEAVE_SECONDS):
                    await berth.frontier().release(number)
                    await fleet.leave(number)
    finally:
        await scripts.line.client.aclose()


async def clock_of(fleet: RedisFleet) -> SystemClock:
    """A clock that shows the server's time: by no more ahead of it than a question takes, and never behind.

    A host rests from when our clock says that it answered; so a clock that is behind would cut its rest short.
    """
    steady = SystemClock(0.0)
    shortest, offset = float("inf"), 0.0
    for _ in range(_LOOKS):
        before = steady.now()
        told = await fleet.now()
        if (took := steady.now() - before) < shortest:
            shortest, offset = took, told - before
    return SystemClock(offset)


def _name(output: Output) -> str:
    """What tells this folder from others, kept in it. Blocking.

    Raises:
        StorageError: it cannot be read or written.
    """
    path = output.worker_mark
    try:
        if path.is_file() and (name := path.read_text(encoding="ascii", errors="replace").strip()):
            return name[:40]
        name = secrets.token_hex(8)
        write_whole(path, f"{name}\n")
    except OSError as error:
        raise disk_error(path, error) from error
    return name
