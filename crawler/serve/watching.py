"""Sample a crawl once a second for whoever watches: one reader of the database for any number of them."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import TracebackType
from typing import Any, Self

from crawler.browse.shelf import Shelf
from crawler.clock import Clock
from crawler.errors import StorageError
from crawler.frontier.browsing import Browsing
from crawler.model import State
from crawler.serve.sharing import Sharing, shared_values
from crawler.standing import Run
from crawler.telling import host_values

__all__ = ["Watching"]

_SECONDS = 1.0
_HOSTS = 200
_SLOWEST = 10
_KEPT = 600
# Failures by class are read from every URL: so much more time goes by than that took.
_REST_FACTOR = 20.0


class Watching:
    """What is going on in one output. Use it as an async context manager.

    Args:
        shelf: lends connections.
        clock: tells when.
        crawls: the crawls that were asked for, as the API shows them; the first ones.
        sharing: looks at the shared crawl.
    """

    def __init__(
        self, shelf: Shelf, clock: Clock, crawls: Callable[[], list[dict[str, Any]]], sharing: Sharing
    ) -> None:
        self._shelf = shelf
        self._clock = clock
        self._crawls = crawls
        self._sharing = sharing
        self._listeners: set[asyncio.Queue[str | None]] = set()
        self._news = asyncio.Event()
        self._history: deque[list[float]] = deque(maxlen=_KEPT)
        self._failures: dict[str, int] = {}
        self._failures_known = -1
        self._failures_due = 0.0
        self._task: asyncio.Task[None] | None = None
        self._is_closed = False

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._task is not None
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def close(self) -> None:
        """Tell whoever watches that the server ends; nothing more is sampled."""
        if self._task is not None:
            self._task.cancel()
        self._is_closed = True
        for queue in self._listeners:
            _put(queue, None)

    @property
    def listeners(self) -> int:
        """How many watch."""
        return len(self._listeners)

    @asynccontextmanager
    async def listened(self) -> AsyncIterator[AsyncIterator[str]]:
        """Samples as JSON, the newest; who is slow misses some. The first one has the last ten minutes with it."""
        queue: asyncio.Queue[str | None] = asyncio.Queue(1)
        self._listeners.add(queue)
        self._news.set()
        try:
            yield self._samples(queue)
        finally:
            self._listeners.discard(queue)

    async def _samples(self, queue: asyncio.Queue[str | None]) -> AsyncIterator[str]:
        try:
            first = await self.sample()
            yield json.dumps({**first, "history": list(self._history)})
        except StorageError as error:
            yield json.dumps({"error": str(error)})
        while not self._is_closed and (sample := await queue.get()) is not None:
            yield sample

    async def _run(self) -> None:
        while True:
            if not self._listeners:
                self._news.clear()
                await self._news.wait()
            try:
                text = json.dumps(await self.sample())
            except StorageError as error:
                text = json.dumps({"error": str(error)})
            for queue in self._listeners:
                _put(queue, text)
            await asyncio.sleep(_SECONDS)

    async def sample(self) -> dict[str, Any]:
        """What there is to see now.

        Raises:
            StorageError: the database cannot be read.
        """
        async with self._shelf.reader() as reader:
            now = self._clock.now()
            counts = await reader.ledger.counts()
            hosts = await reader.busy_hosts(_HOSTS)
            slowest = await reader.slow_hosts(_SLOWEST)
            runs = await reader.ledger.runs()
            await self._look_at_failures(reader, counts.failed)
        point = [
            round(now, 2),
            counts.pages,
            counts.wire_bytes,
            counts.queued,
            counts.requests,
            counts.failed,
        ]
        if not self._history or self._history[-1][0] < point[0]:
            self._history.append(point)
        return {
            "at": round(now, 3),
            "counts": dataclasses.asdict(counts),
            "known": counts.known,
            "run": _run_values(runs[-1]) if runs else None,
            "hosts": [host_values(host, now) for host in hosts],
            "slowest": [{"host": host, "latency_seconds": seconds} for host, seconds in slowest],
            "failures": self._failures,
            "crawls": self._crawls(),
            "shared": shared_values(await self._sharing.look()),
        }

    async def _look_at_failures(self, reader: Browsing, failed: int) -> None:
        """Count failures by class when there are others than before, and not for most of our time."""
        began = self._clock.monotonic()
        if failed == self._failures_known or began < self._failures_due:
            return
        outcomes = await reader.ledger.outcomes()
        self._failures = {each.word: each.urls for each in outcomes if each.state is State.FAILED}
        self._failures_known = failed
        now = self._clock.monotonic()
        self._failures_due = now + (now - began) * _REST_FACTOR


def _run_values(run: Run) -> dict[str, Any]:
    return {
        "number": run.number,
        "name": run.name,
        "started_at": run.started_at,
        "ended_at": run.ended_at,
        "outcome": run.outcome,
    }


def _put(queue: asyncio.Queue[str | None], text: str | None) -> None:
    """Hand over the newest in place of what was not taken yet."""
    while not queue.empty():
        queue.get_nowait()
    queue.put_nowait(text)
