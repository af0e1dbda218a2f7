"""Start the process of a crawl, tell it things, hear what it says, and never let it outlive us."""

from __future__ import annotations

import asyncio
import json
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Protocol

from crawler.confinement.lifeline import end, import_path, launch
from crawler.errors import StorageError
from crawler.serve.errand import Errand, Word, errand_line, read_word

__all__ = ["Employ", "Worker", "employ"]

_PROGRAM = (
    "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); "
    "from crawler.serve.worker import main; main()"
)


class Worker(Protocol):
    """A process that crawls."""

    def tell(self, word: str) -> None:
        """Tell it `pause`, `resume` or `stop`."""
        ...

    def words(self) -> AsyncIterator[Word]:
        """What it says, until it ends."""
        ...

    async def end(self) -> None:
        """Have it gone, whatever it does."""
        ...


class Employ(Protocol):
    """Starts one."""

    async def __call__(self, errand: Errand) -> Worker:
        """A process on its errand.

        Raises:
            StorageError: there is none to be had.
        """
        ...


class _ProcessWorker:
    def __init__(self, process: Process) -> None:
        self._process = process

    def tell(self, word: str) -> None:
        """Write a line into its lifeline."""
        assert self._process.stdin is not None
        if not self._process.stdin.is_closing():
            self._process.stdin.write(f"{word}\n".encode())

    async def words(self) -> AsyncIterator[Word]:
        """Read its lines."""
        assert self._process.stdout is not None
        async for line in self._process.stdout:
            if (word := read_word(line)) is not None:
                yield word

    async def end(self) -> None:
        """Kill it if it is still there."""
        await end(self._process)


async def employ(errand: Errand) -> Worker:
    """A process of this machine on its errand; passwords go through a pipe, never through its arguments.

    Raises:
        StorageError: there is none to be had.
    """
    try:
        process = await launch(_PROGRAM)
    except OSError as error:
        raise StorageError(f"no process for the crawl: {error.strerror}; free some memory") from error
    assert process.stdin is not None
    with suppress(ConnectionError):
        process.stdin.write(json.dumps(import_path()).encode() + b"\n" + errand_line(errand))
        await process.stdin.drain()
    return _ProcessWorker(process)


async def wait_for(worker: Worker, seconds: float) -> None:
    """Let it end by itself for a while, then have it gone."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            async for _ in worker.words():
                pass
    await worker.end()
