"""Ask the database what nobody asks while crawling: whether it contradicts itself, and what it says lies where."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from crawler.frontier.database import explain, open_untouched, statements
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.rows import capture_of
from crawler.model import Capture

__all__ = ["Audit", "untouching_ledger"]

_STATES = ("queued", "claimed", "done", "failed", "excluded")
_BATCH = 500


async def untouching_ledger(path: Path) -> SqliteLedger:
    """The ledger of a database to which nobody writes meanwhile; its folder is left as it is.

    Raises:
        StorageError: there is none, or it cannot be read.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
    try:
        connection = await asyncio.get_running_loop().run_in_executor(thread, open_untouched, path)
    except BaseException:
        thread.shutdown()
        raise
    return SqliteLedger(path, connection, thread)


class Audit:
    """A look at a whole database, which leaves its folder as it is. Blocking; one call at a time.

    Args:
        path: of the database, to which nobody writes meanwhile.

    Raises:
        StorageError: there is none, or it cannot be read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sql = statements("auditing")
        self._db = open_untouched(path)

    def close(self) -> None:
        """Let go of the database."""
        self._db.close()

    def contradictions(self) -> Iterator[str]:
        """Whatever is counted or pointed at wrongly, as sentences that begin with the database.

        Raises:
            DamageError: the database is damaged.
        """
        with self._explained():
            (told,), (counted,) = self._rows("totals"), self._rows("counted")
            for name, one, other in zip((*_STATES, "hosts"), told, counted, strict=True):
                if one != other:
                    yield f"says that {name} are {one}, but they are {other}"
            for (host,) in self._rows("hosts_that_differ"):
                yield f"counts the URLs of {host} wrongly"
            for (url,) in self._rows("urls_that_differ"):
                yield f"shows the answer of another URL for {url}"
            for (segment,) in self._rows("segments_that_differ"):
                yield f"knows of answers behind the end that it has of {segment}"

    def stored(self) -> Iterator[Capture]:
        """Every capture that lies in the archive, segment by segment, each from its beginning on.

        Raises:
            DamageError: the database is damaged.
        """
        with self._explained():
            for row in self._rows("stored"):
                if (capture := capture_of(row)) is not None:
                    yield capture

    def older_files(self) -> Iterator[str]:
        """Mirror paths of captures that are no longer the good ones.

        Raises:
            DamageError: the database is damaged.
        """
        with self._explained():
            for (name,) in self._rows("older_files"):
                yield name

    def _rows(self, statement: str) -> Iterator[tuple[Any, ...]]:
        with closing(self._db.execute(self._sql[statement])) as cursor:
            while rows := cursor.fetchmany(_BATCH):
                yield from rows

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise explain(error, self._path) from error
