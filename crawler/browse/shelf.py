"""Lend connections to the database of an output, which a crawl may write to, make, or set aside meanwhile.

A reader never waits for the writer and never holds it up; each answer is of one instant. Where there is no
database yet, an empty one is read.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.errors import DamageError, StorageError
from crawler.frontier.browsing import Browsing
from crawler.frontier.database import open_database
from crawler.frontier.history import History
from crawler.output import Output

__all__ = ["Shelf"]

_READERS = 4
_LOOKS = 10
_LOOK_SECONDS = 0.1


class Shelf:
    """The readers of one output. Use it as an async context manager.

    Args:
        output: its folder; need not exist.
        readers: so many read at once; others wait for their turn.
    """

    def __init__(self, output: Output, readers: int = _READERS) -> None:
        self._path = output.database
        self._free: list[tuple[tuple[int, int], Browsing]] = []
        self._turns = asyncio.Semaphore(readers)
        self._empty = tempfile.TemporaryDirectory(prefix="crawler-empty-")

    async def __aenter__(self) -> Self:
        await asyncio.to_thread(self._make_empty)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._free:
            await self._free.pop()[1].close()
        await asyncio.to_thread(self._empty.cleanup)

    @asynccontextmanager
    async def reader(self) -> AsyncIterator[Browsing]:
        """A connection to read with, for a moment.

        Raises:
            StorageError: the database cannot be read.
        """
        async with self._turns:
            mark, reader = await self._take()
            try:
                yield reader
            except BaseException:
                # What was asked of it may still be under way in its thread, which closes it when that is over.
                await asyncio.shield(reader.close())
                raise
            self._free.append((mark, reader))

    @asynccontextmanager
    async def history(self) -> AsyncIterator[History]:
        """A connection of its own, for what reads the same rows more than once: all is of one instant.

        Raises:
            StorageError: the database cannot be read.
        """
        async with self._turns:
            path, _ = await asyncio.to_thread(self._found)
            async with await History.open(path) as history:
                yield history

    async def _take(self) -> tuple[tuple[int, int], Browsing]:
        path, mark = await asyncio.to_thread(self._found)
        while self._free:
            known, reader = self._free.pop()
            if known == mark:
                return known, reader
            # It was made anew in another file.
            await reader.close()
        return mark, await _opened(path)

    def _found(self) -> tuple[Path, tuple[int, int]]:
        """The database there is, and by what its file is known again."""
        empty = Path(self._empty.name) / "crawl.db"
        for path in (self._path, empty):
            try:
                known = path.stat()
            except OSError:
                continue
            # A crawl that has just begun has a file without a table in it.
            if known.st_size:
                return path, (known.st_dev, known.st_ino)
        return empty, (0, 0)

    def _make_empty(self) -> None:
        with closing(open_database(Path(self._empty.name) / "crawl.db")):
            pass


async def _opened(path: Path) -> Browsing:
    """A reader; one that a crawl is making this very moment is looked at again.

    Raises:
        StorageError: it cannot be read.
    """
    for _ in range(_LOOKS):
        try:
            return await Browsing.open(path)
        except DamageError:
            raise
        except StorageError:
            await asyncio.sleep(_LOOK_SECONDS)
    return await Browsing.open(path)
