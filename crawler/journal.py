"""Write crawl.log: one line a URL, fixed fields, for grep and for people.

Fields, separated by one space: instant (UTC), status or the failure's class, bytes of the body, media
type, hops from the seed, URL, via, digest, what was decided. An empty field is `-`.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.clock import iso_utc
from crawler.errors import StorageError
from crawler.landing import Landed
from crawler.model import State

__all__ = ["Journal", "journal_line"]


def journal_line(landed: Landed, now: float) -> str:
    """The line of one finished lease, without its line end."""
    candidate, done = landed.lease.candidate, landed.disposition
    capture = done.capture
    state = "retry" if done.state is State.QUEUED else done.state.value
    words = (
        iso_utc(now),
        str(done.status) if done.status else done.reason.split(":")[0],
        str(capture.size_bytes) if capture else "",
        capture.media_type if capture else "",
        candidate.hops,
        candidate.url,
        candidate.via or "",
        capture.digest if capture else "",
    )
    fields = [_printable(word).replace(" ", "_") or "-" for word in words]
    return " ".join([*fields, _printable(f"{state} {done.reason}".rstrip())])


def _printable(field: str) -> str:
    """Nothing from the network may start a line or move the cursor."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in field
    )


class Journal:
    """The open crawl.log of an output.

    Args:
        path: of the file; made if need be, appended to otherwise.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        """Open it, and end the line that a full disk or a crash may have left torn.

        Raises:
            StorageError: it cannot be opened or written.
        """
        try:
            self._file = io.FileIO(self._path, "a+")
            size_bytes = self._file.seek(0, io.SEEK_END)
            if size_bytes and os.pread(self._file.fileno(), 1, size_bytes - 1) != b"\n":
                self._append(b"\n")
        except OSError as error:
            raise self._storage_error(error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def write(self, group: list[str]) -> None:
        """Append lines and hand them to the system.

        Raises:
            StorageError: the disk is full or failed.
        """
        text = "".join(line + "\n" for line in group)
        try:
            self._append(text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise self._storage_error(error) from error

    def _append(self, octets: bytes) -> None:
        left = memoryview(octets)
        while left:
            left = left[self._file.write(left) or 0 :]

    def _storage_error(self, error: OSError) -> StorageError:
        return StorageError(
            f"{self._path}: {error.strerror or error}; free some space, then run the same line again"
        )
