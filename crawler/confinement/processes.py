"""Lend out reading processes: started when first needed, used again, at most a few at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crawler.confinement.process import ReadingProcess

__all__ = ["MEMORY_BYTES", "ReadingProcesses"]

MEMORY_BYTES = 1_000_000_000
"""Address space of a process: three times what the heaviest text of 20 MB was measured to take."""

_CPU_SECONDS = 30
_MOST = 2
# What a process once held it seldom gives back.
_MOST_KEPT_BYTES = 256_000_000


class ReadingProcesses:
    """The reading processes of one crawl.

    Args:
        memory_bytes: address space of each.
    """

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES) -> None:
        self._memory_bytes = memory_bytes
        self._idle: list[ReadingProcess] = []
        self._room = asyncio.Semaphore(_MOST)

    @asynccontextmanager
    async def borrow(self) -> AsyncIterator[ReadingProcess]:
        """A process for one text; if that goes wrong in any way, the process is not used again.

        Raises:
            PermanentError: none could be started.
        """
        async with self._room:
            process = self._idle.pop() if self._idle else await self._start()
            try:
                yield process
            except BaseException:
                await process.kill()
                raise
            if process.is_busy:
                await process.kill()
            elif process.peak_bytes > _MOST_KEPT_BYTES:
                await process.close()
            else:
                self._idle.append(process)

    async def close(self) -> None:
        """End them all; none may be lent out."""
        while self._idle:
            await self._idle.pop().close()

    async def _start(self) -> ReadingProcess:
        return await ReadingProcess.start(memory_bytes=self._memory_bytes, cpu_seconds=_CPU_SECONDS)
