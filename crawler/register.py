"""Remember more names than memory should hold, and ask for each of them: in a temporary file of SQLite's.

The file is private, has no name, and is gone with this object, or with the process.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager

from crawler.errors import StorageError

__all__ = ["Register"]

_CACHE_KIB = 16_000


class Register:
    """Names, each with a number. Blocking; it is no thread's own, but one call at a time."""

    def __init__(self) -> None:
        # "": a private database on disk, of which a few megabytes are held in memory (sqlite.org/inmemorydb.html).
        self._db = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{_CACHE_KIB}"):
            self._db.execute(f"PRAGMA {pragma}")
        self._db.execute(
            "CREATE TABLE entered (name TEXT PRIMARY KEY, number INTEGER NOT NULL) WITHOUT ROWID"
        )

    def close(self) -> None:
        """Forget all of it."""
        self._db.close()

    def enter(self, names: Iterable[tuple[str, int]]) -> None:
        """Remember names; one that is known keeps the least of its numbers.

        Raises:
            StorageError: the disk for temporary files is full or failed.
        """
        with _explained():
            self._db.executemany(
                "INSERT INTO entered VALUES (?, ?)"
                " ON CONFLICT DO UPDATE SET number = min(number, excluded.number)",
                names,
            )

    def number(self, name: str) -> int | None:
        """The number of a name; None: it was not entered."""
        row = self._db.execute("SELECT number FROM entered WHERE name = ?", (name,)).fetchone()
        return None if row is None else int(row[0])

    def strike(self, name: str) -> bool:
        """Forget a name; gives whether it was known."""
        with _explained():
            return self._db.execute("DELETE FROM entered WHERE name = ?", (name,)).rowcount == 1

    def names(self) -> Iterator[str]:
        """Every name that is known, in the order of their bytes."""
        with closing(self._db.execute("SELECT name FROM entered ORDER BY name")) as rows:
            for (name,) in rows:
                yield name


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StorageError(
            f"temporary files: {error}; make room in their folder, or set TMPDIR, then run it again"
        ) from error
