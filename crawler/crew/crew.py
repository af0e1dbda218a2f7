"""Start the further processes of a run, watch over them, and let none outlive it.

Each is an engine with a share of the requests at once. They talk to the frontier, not to each other; here
they only hear when to stop, and say what is for the log and the report. One that dies costs the run nothing:
what it held is queued again.
"""

from __future__ import annotations

import asyncio
import dataclasses
import json
import logging
import os
import time
from asyncio.subprocess import Process
from contextlib import suppress

from crawler.confinement.lifeline import end, import_path, launch
from crawler.crew.order import PAUSE, RESUME, STOP, Order, order_line, read_answer
from crawler.engine import GRACE_SECONDS, Engine
from crawler.errors import DamageError, StorageError
from crawler.frontier.protocol import Frontier
from crawler.options import CrawlOptions

__all__ = ["Crew", "cpus", "shares"]

_log = logging.getLogger(__name__)

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from crawler.crew.member import main; main()"
)
_LEAVE_SECONDS = GRACE_SECONDS + 5.0
_LOOK_SECONDS = 1.0
_BUSY = 0.85
"""The part of a processor that an engine takes when it is what holds the crawl up."""
_BUSY_LOOKS = 2
_QUEUED_EACH = 100


class Crew:
    """The engines beside the first one.

    Args:
        order: what each is told; number and share are filled in.
        frontier: takes back what a dead one held.
        first: the engine of this process; its warnings become the report's.
    """

    def __init__(self, order: Order, frontier: Frontier, first: Engine) -> None:
        self._order = order
        self._frontier = frontier
        self._first = first
        self._is_over = asyncio.Event()
        self._outcome = ""
        self._is_paused = False
        self._processes: dict[int, Process] = {}
        self._last_holder = 0
        self.lost = 0
        """How many ended without a word: what they were writing may be torn."""

    @property
    def size(self) -> int:
        """How many there are now."""
        return len(self._processes)

    def stop(self, outcome: str) -> None:
        """Let them end in good order."""
        self._outcome = self._outcome or outcome
        self._is_over.set()

    def pause(self) -> None:
        """Let them claim no more until `resume`; one that is started meanwhile does not either."""
        self._is_paused = True
        self._say(PAUSE)

    def resume(self) -> None:
        """Let them go on."""
        self._is_paused = False
        self._say(RESUME)

    def _say(self, word: str) -> None:
        for process in self._processes.values():
            assert process.stdin is not None
            if not process.stdin.is_closing():
                process.stdin.write(f"{word}\n".encode())

    async def run(self) -> None:
        """Have them crawl until they are told to stop or find nothing more.

        Raises:
            StorageError: one of them could not write, or found the database damaged; the run must stop.
        """
        async with asyncio.TaskGroup() as group:
            if self._order.options.processes == "auto":
                await self._grow(group)
            else:
                for share in shares(self._order.options):
                    await self._hire(group, share)

    async def _grow(self, group: asyncio.TaskGroup) -> None:
        """Add one whenever the processor holds up the ones there are, and there is work and a processor for it."""
        most = min(cpus(), self._order.options.fetch.concurrency)
        share = max(self._order.options.fetch.concurrency // most, 1)
        busy_looks = 0
        while self._last_holder < most - 1 and not self._is_over.is_set():
            wall, cpu = time.monotonic(), time.process_time()
            with suppress(TimeoutError):
                async with asyncio.timeout(_LOOK_SECONDS):
                    await self._is_over.wait()
            load = (time.process_time() - cpu) / max(time.monotonic() - wall, 0.001)
            busy_looks = busy_looks + 1 if load >= _BUSY else 0
            if busy_looks >= _BUSY_LOOKS:
                busy_looks = 0
                if (await self._frontier.counts()).queued >= _QUEUED_EACH * (self._last_holder + 2):
                    await self._hire(group, share)

    async def _hire(self, group: asyncio.TaskGroup, share: int) -> None:
        """Start one more, with requests at once that the first engine gives up for it."""
        await self._first.lend(share)
        self._last_holder += 1
        group.create_task(self._employ(self._last_holder, share))

    async def _employ(self, holder: int, share: int) -> None:
        """One process, from its start to its end."""
        order = dataclasses.replace(self._order, holder=holder, concurrency=share)
        try:
            process = await launch(_PROGRAM, is_apart=False)
        except OSError as error:
            self._first.take_back(share)
            self._first.warnings.append(f"process {holder} could not be started: {error}")
            return
        self._processes[holder] = process
        leaving = asyncio.create_task(self._take_leave(process))
        try:
            await self._brief(process, order)
            outcome = await self._listen(process)
            code = await process.wait()
        finally:
            leaving.cancel()
            del self._processes[holder]
            await end(process)
        if not outcome:
            self._first.take_back(share)
            await self._bury(holder, code)

    async def _brief(self, process: Process, order: Order) -> None:
        assert process.stdin is not None
        with suppress(ConnectionError):
            process.stdin.write(json.dumps(import_path()).encode() + b"\n" + order_line(order))
            if self._is_paused:
                process.stdin.write(f"{PAUSE}\n".encode())
            await process.stdin.drain()

    async def _listen(self, process: Process) -> str:
        """Take in what it says until it ends; gives its outcome, "" if it did not say one."""
        assert process.stdout is not None
        outcome = ""
        async for line in process.stdout:
            answer = read_answer(line)
            if answer.damage:
                raise DamageError(answer.damage)
            if answer.failure:
                raise StorageError(answer.failure)
            if answer.log is not None:
                name, level, text = answer.log
                logging.getLogger(name).log(level, "%s", text)
            if answer.warning:
                self._first.warnings.append(answer.warning)
            outcome = answer.outcome or outcome
        return outcome

    async def _take_leave(self, process: Process) -> None:
        """Once all is over, let it end in good order; if it does not, it is killed."""
        await self._is_over.wait()
        assert process.stdin is not None
        with suppress(ConnectionError):
            process.stdin.write(f"{STOP} {self._outcome}\n".encode())
            await process.stdin.drain()
        await asyncio.sleep(_LEAVE_SECONDS)
        with suppress(ProcessLookupError):
            process.kill()

    async def _bury(self, holder: int, code: int) -> None:
        """Queue again what a dead one held, and say so."""
        self.lost += 1
        leases = await self._frontier.release(holder)
        how = f"signal {-code}" if code < 0 else f"code {code}"
        _log.warning("process %d ended by %s; the %d URLs it held are queued again", holder, how, leases)


def shares(options: CrawlOptions) -> list[int]:
    """How many requests at once each process beside the first one gets; none gets none."""
    requests = options.fetch.concurrency
    count = 1 if options.processes == "auto" else min(options.processes, requests)
    return [requests // count + (place < requests % count) for place in range(1, count)]


def cpus() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
