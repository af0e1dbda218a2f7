"""Let the database of an output forget old runs, step by step, so that a kill between two steps loses nothing.

A segment of whose bytes nothing is believed (`segment.length` is 0) is one whose file goes: it is entered so
before the file is made, and set so once all that is needed of it lies elsewhere. Whoever finds such a row removes
the file, then the row.
"""

from __future__ import annotations

import json
import sqlite3
from array import array
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.frontier.database import explain, open_database, statements
from crawler.frontier.rows import COLUMNS, capture_of
from crawler.model import Capture
from crawler.rendering import read_rendering

__all__ = ["RetainedRun", "Retaining"]


def _is_last(kind: str) -> str:
    """Whether a capture is the last of its kind that its URL had when the run `:first` was over."""
    what = COLUMNS[kind]
    later = what.replace("capture.", "later.")
    return (
        f"({what} AND NOT EXISTS (SELECT 1 FROM capture AS later"  # noqa: S608 - our own columns
        f" WHERE later.url_id = capture.url_id AND later.id > capture.id AND later.run <= :first AND {later}))"
    )


# What a URL shows and what it answered last; and when the run `:first` was over its good copy, as an answer of then
# that nothing had changed refers to it, and what it showed, which may be a redirect.
_IS_NEEDED = f"""(capture.id IN (url.good_id, url.last_id) OR (capture.run < :first AND (
    {_is_last("{good}")} OR {_is_last("{shown}")})))"""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainedRun:
    """A run that the database knows.

    Args:
        number: of it.
        name: its segments and reports begin with it.
        last_at: when it ended; of one that was interrupted when it began.
    """

    number: int
    name: str
    last_at: float


class Retaining:
    """The database while old runs are let go of. Blocking; nobody else may write to it meanwhile.

    Use it as a context manager, in one thread. Every method may raise `StorageError`.

    Args:
        path: of the database.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sql = {
            name: text.replace("{is_needed}", _IS_NEEDED) for name, text in statements("retaining").items()
        }
        self._db = open_database(path)
        # What it says goes before the files do, also if the power fails: each transaction is on the disk when it ends.
        self._db.execute("PRAGMA synchronous = FULL")
        # As many rows as there are old captures: not in memory.
        self._db.execute("PRAGMA temp_store = FILE")
        self._db.execute(self._sql["old_capture"])

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._db.close()

    def runs(self) -> list[RetainedRun]:
        """Every run, the oldest first."""
        with self._explained():
            rows = self._db.execute(self._sql["run_ends"]).fetchall()
        return [RetainedRun(number=number, name=name, last_at=last_at) for number, name, last_at in rows]

    def segments(self) -> dict[str, int]:
        """How many bytes of each segment are believed in, in the order of their names."""
        with self._explained():
            return dict(self._db.execute(self._sql["segments"]).fetchall())

    def look_through(self, segments: Iterable[str], first_kept: int) -> None:
        """Find what of these segments must stay, in one walk through all captures.

        Args:
            segments: their names; those of before are forgotten.
            first_kept: number of the oldest run that is kept.
        """
        terms = {"segments": json.dumps(list(segments)), "first": first_kept}
        with self._explained():
            self._db.execute(self._sql["forget_old_captures"])
            self._db.execute(self._sql["gather_old_captures"], terms)

    def needed(self, segment: str) -> tuple[array[int], int]:
        """What of a segment must stay: the rows of its captures by where they lie, and the bytes of their records.

        Args:
            segment: its name; it has been looked through.
        """
        rows, size_bytes = array("q"), 0
        with self._explained():
            for row, length, text in self._db.execute(self._sql["needed"], (segment,)):
                rows.append(row)
                rendering = read_rendering(text)
                size_bytes += length if rendering is None else length + rendering.before_bytes
        return rows, size_bytes

    def captures(self, rows: Iterable[int]) -> Iterator[Capture]:
        """The captures in these rows, one at a time."""
        for row in rows:
            with self._explained():
                capture = capture_of(self._db.execute(self._sql["capture"], (row,)).fetchone())
            if capture is not None:
                yield capture

    def expect(self, segment: str) -> None:
        """A file of this name is about to be made; until `replace` nothing of it counts."""
        with self._transaction():
            self._db.execute(self._sql["expect_segment"], (segment,))

    def replace(
        self, old: str, new: str = "", size_bytes: int = 0, places: Iterable[tuple[int, int]] = ()
    ) -> None:
        """What is needed of a segment lies in another one now; the rest of it is forgotten, and its file goes.

        Args:
            old: the segment; it has been looked through.
            new: the other; "": nothing of the old one is needed.
            size_bytes: of the other.
            places: row and offset of each capture that was copied.
        """
        with self._transaction():
            moved = ((new, offset, row) for row, offset in places)
            self._db.executemany(self._sql["move_capture"], moved)
            self._db.execute(self._sql["drop_captures"], {"segment": old})
            if new:
                self._db.execute(self._sql["believe"], (size_bytes, new))
            self._db.execute(self._sql["believe"], (0, old))

    def forget(self, segment: str) -> None:
        """Its file is gone."""
        with self._transaction():
            self._db.execute(self._sql["forget_segment"], (segment,))

    def drop_runs(self, first_kept: int) -> None:
        """Forget the runs before this one, and what only they brought where the archive was off."""
        with self._transaction():
            self._db.execute(self._sql["drop_unarchived"], {"first": first_kept})
            self._db.execute(self._sql["drop_originals"])
            self._db.execute(self._sql["drop_refusals"], (first_kept,))
            self._db.execute(self._sql["drop_runs"], (first_kept,))

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._explained():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise explain(error, self._path) from error
