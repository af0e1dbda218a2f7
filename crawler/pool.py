"""Keep the workers busy: claim leases into a bounded queue, let workers take them, know when it is over.

The crawl is over when the frontier has nothing to give and nobody holds a lease, in no process, never
because the asyncio queue happens to be empty. A worker never sleeps for a host: the frontier gives out URLs
of hosts that are ready, and the claimer waits for the next one, or for a lease to land. What lands in other
processes it hears of by asking again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from crawler.clock import Clock
from crawler.frontier.protocol import Frontier
from crawler.model import Claim, Lease

__all__ = ["DONE", "USUAL", "WAITING", "Pool", "Rhythm"]

DONE = "finished"
WAITING = "waiting"
_SPARE_WORKERS = 32


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """How often a pool looks after what time does to its leases, and to others'.

    Args:
        renew_seconds: leases are renewed as often; well below what a lease holds.
        look_seconds: how soon what landed in another process is heard of, while there is nothing to do here.
    """

    renew_seconds: float = 120.0
    look_seconds: float = 0.05


USUAL = Rhythm()
"""For a frontier of this machine."""


class Pool:
    """The workers of one process.

    Args:
        frontier: where leases come from.
        work: takes a lease the whole way, through its landing.
        heed: is shown each claim before its leases are worked on.
        clock: waits.
        concurrency: requests at once; there are some more workers, because parsing and writing
            hold no request.
        max_wait_seconds: longest wait when nothing but hosts that are not yet due is left.
        rhythm: of looking after leases.
    """

    def __init__(
        self,
        frontier: Frontier,
        work: Callable[[Lease], Awaitable[None]],
        heed: Callable[[Claim], Awaitable[None]],
        clock: Clock,
        *,
        concurrency: int,
        max_wait_seconds: float,
        rhythm: Rhythm = USUAL,
    ) -> None:
        self._frontier = frontier
        self._work = work
        self._heed = heed
        self._clock = clock
        self._workers = self._most_queued = concurrency + _SPARE_WORKERS
        self._max_wait_seconds = max_wait_seconds
        self._rhythm = rhythm
        self._queue: asyncio.Queue[Lease | None] = asyncio.Queue(self._workers)
        self._held: dict[str, Lease] = {}
        self._changed = asyncio.Event()
        self._wants_room = True
        self._outcome = ""
        self._is_paused = False
        self._renewed_at = clock.now()
        self._renewing = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    def stop(self, outcome: str) -> None:
        """Claim no more; what is being worked on is finished. The first reason stands."""
        self._outcome = self._outcome or outcome
        self._changed.set()

    def pause(self) -> None:
        """Claim no more until `resume`; what is claimed already is finished."""
        self._is_paused = True

    def resume(self) -> None:
        """Claim again."""
        self._is_paused = False
        self._changed.set()

    def lend(self, requests: int) -> None:
        """Claim for so many requests at once less: another engine makes them."""
        self._most_queued -= requests

    def take_back(self, requests: int) -> None:
        """Claim for so many requests at once more: the other engine is gone."""
        self._most_queued += requests
        self._changed.set()

    def abandon(self) -> None:
        """Let go of what is being worked on: its leases are queued again when the run is closed."""
        self.stop("stopped")
        for task in self._tasks:
            task.cancel()

    def landed(self, lease: Lease) -> None:
        """A lease is closed: its host may be ready again, its links may be claimed."""
        self._let_go(lease)
        self._changed.set()

    @property
    def held(self) -> int:
        """Leases claimed and not landed yet."""
        return len(self._held)

    async def run(self) -> str:
        """Work until there is nothing left; gives `finished`, `waiting`, or the reason of `stop`."""
        async with asyncio.TaskGroup() as group:
            self._tasks = [group.create_task(self._take()) for _ in range(self._workers)]
            outcome = await self._claim()
            self._drop_waiting()
            for _ in range(self._workers):
                self._queue.put_nowait(None)
        return outcome

    async def _claim(self) -> str:
        while not self._outcome:
            self._changed.clear()
            await self._renew()
            if self._is_paused:
                await self._clock.wait(self._changed, self._rhythm.renew_seconds)
                continue
            room = min(self._most_queued, self._queue.maxsize) - self._queue.qsize()
            if room <= 0:
                self._wants_room = True
                await self._clock.wait(self._changed, self._rhythm.renew_seconds)
                continue
            claim = await self._frontier.claim(room)
            self._wants_room = is_more_ready = len(claim.leases) == room
            await self._heed(claim)
            for lease in claim.leases:
                self._held[lease.candidate.key] = lease
                self._queue.put_nowait(lease)
            if is_more_ready or self._changed.is_set():
                continue
            if claim.spent or (over := self._is_over(claim)):
                return self._outcome or claim.spent or over
            await self._clock.wait(self._changed, self._wait_seconds(claim))
        return self._outcome

    def _is_over(self, claim: Claim) -> str:
        """The outcome, where a claim that gave nothing means that there is nothing more to wait for."""
        if claim.held or claim.is_held_back:
            return ""
        if claim.ready_at is None:
            return DONE
        return WAITING if claim.ready_at - self._clock.now() > self._max_wait_seconds else ""

    def _wait_seconds(self, claim: Claim) -> float:
        """How long to wait, at most, after a claim that gave nothing."""
        rhythm = self._rhythm
        most = rhythm.look_seconds if claim.held > len(self._held) else rhythm.renew_seconds
        if claim.ready_at is None:
            return most
        return min(max(claim.ready_at - self._clock.now(), 0.001), most)

    async def _take(self) -> None:
        while (lease := await self._queue.get()) is not None:
            # Who was held still for longer than a lease holds must not ask for what is another's by now.
            await self._renew()
            if self._holds(lease):
                await self._work(lease)
            if self._wants_room:
                self._changed.set()

    def _drop_waiting(self) -> None:
        """Leave what no worker has begun: closing the run queues it again."""
        while not self._queue.empty():
            lease = self._queue.get_nowait()
            if lease is not None:
                self._let_go(lease)

    def _holds(self, lease: Lease) -> bool:
        return self._held.get(lease.candidate.key) is lease

    def _let_go(self, lease: Lease) -> None:
        if self._holds(lease):
            del self._held[lease.candidate.key]

    async def _renew(self) -> None:
        """Keep the leases of slow answers, and let go of what was lost. The clock is the one by which leases expire."""
        if self._clock.now() - self._renewed_at < self._rhythm.renew_seconds:
            return
        async with self._renewing:
            now = self._clock.now()
            if now - self._renewed_at >= self._rhythm.renew_seconds:
                for lost in await self._frontier.renew(list(self._held.values())):
                    self._let_go(lost)
                self._renewed_at = now
