"""Read an output for somebody who looks at it: lists a stretch at a time, and what a URL was at an instant."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from crawler.frontier.database import explain, open_database, statements
from crawler.frontier.fingerprints import key_hash
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.rows import capture_of, entry_of, host_of
from crawler.model import Capture, State
from crawler.standing import Entry, HostState

__all__ = ["MOST_VERSIONS", "Browsing"]

MOST_VERSIONS = 1000
"""So many answers of one URL are listed at most, the last ones."""


class Browsing:
    """One connection to read with, in a thread of its own.

    Args:
        path: the database.
        connection: used by `thread` alone.
        thread: executor of one thread.

    Attributes:
        ledger: over the same connection.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._path = path
        self._db = connection
        self._thread = thread
        self._sql = statements("browsing")
        self.ledger = SqliteLedger(path, connection, thread)

    @classmethod
    async def open(cls, path: Path) -> Browsing:
        """Open for reading only.

        Raises:
            StorageError: there is no such database.
        """
        thread = ThreadPoolExecutor(1, thread_name_prefix="browsing")
        try:
            connection = await asyncio.get_running_loop().run_in_executor(
                thread, lambda: open_database(path, read_only=True)
            )
        except BaseException:
            thread.shutdown(wait=False)
            raise
        return cls(path, connection, thread)

    async def close(self) -> None:
        """Let go of the database."""
        await self.ledger.close()

    async def versions(self, key: str) -> Sequence[tuple[int, Capture]]:
        """The answers of a URL that were kept, each with its number, the last first; at most `MOST_VERSIONS`."""
        return _captures(await self._all("versions", key_hash=key_hash(key), limit=MOST_VERSIONS))

    async def as_of(self, key: str, at: float) -> Capture | None:
        """What a URL was at an instant: its last good answer or redirect up to then.

        To the second: what came within the same second counts. Where there was none yet, the first one after.
        """
        terms = {"key_hash": key_hash(key), "before": at + 1.0}
        for name in ("as_of", "first_since"):
            if found := _captures(await self._all(name, **terms)):
                return found[0][1]
        return None

    async def captures(self, after: int, limit: int) -> Sequence[tuple[int, Capture]]:
        """Answers that were kept beyond a number, in order, each with its number."""
        return _captures(await self._all("captures_after", after=after, limit=limit))

    async def entries(
        self, after: int, limit: int, *, state: State | None = None, host: str | None = None
    ) -> Sequence[tuple[int, Entry]]:
        """URLs beyond a number, as they were met, each with its number; of one state or host if given."""
        rows = await self._all("entries_after", after=after, limit=limit, state=state, host=host)
        return [entry_of(row) for row in rows]

    async def hosts(self, after: str, limit: int) -> Sequence[HostState]:
        """Hosts whose name is beyond this one, by name."""
        return [host_of(row) for row in await self._all("hosts_after", after=after, limit=limit)]

    async def busy_hosts(self, limit: int) -> Sequence[HostState]:
        """Hosts that are asked now, then those with the longest queue."""
        return [host_of(row) for row in await self._all("busy_hosts", limit=limit)]

    async def slow_hosts(self, limit: int) -> Sequence[tuple[str, float]]:
        """The hosts that answer slowest, with their smoothed latency in seconds."""
        return [(str(name), float(seconds)) for name, seconds in await self._all("slow_hosts", limit=limit)]

    async def pages(self, after: int, limit: int) -> Sequence[tuple[int, int, Capture]]:
        """Good copies of pages beyond a capture's number: that number, the URL's, the capture."""
        rows = await self._all("pages_after", after=after, limit=limit)
        return [(row[0], row[1], capture) for row in rows if (capture := capture_of(row[2:])) is not None]

    async def last_capture(self) -> int:
        """The number of the last answer that was kept; 0: none was."""
        return int((await self._all("last_capture"))[0][0])

    async def _all(self, name: str, **terms: Any) -> list[Any]:
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._thread, lambda: self._db.execute(self._sql[name], terms).fetchall()
            )
        except sqlite3.Error as error:
            raise explain(error, self._path) from error


def _captures(rows: Sequence[Any]) -> list[tuple[int, Capture]]:
    return [(row[0], capture) for row in rows if (capture := capture_of(row[1:])) is not None]
