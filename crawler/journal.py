"""Write crawl.log: one line a URL, fixed fields, for grep and for people.

Fields, separated by one space: instant (UTC), status or the failure's class, bytes of the body, media
type, hops from the seed, URL, via, digest, what was decided. An empty field is `-`.

A line is written before the frontier is told, so that none is lost to a kill; what a killed run wrote and the
frontier does not know is cut by the next start.
"""

from __future__ import annotations

import asyncio
import io
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.clock import Clock, iso_utc
from crawler.errors import disk_error
from crawler.frontier.protocol import Frontier
from crawler.landing import Landed
from crawler.model import State
from crawler.standing import Run
from crawler.urls import identity

__all__ = ["Journal", "journal_line", "trim_journal"]

_TAIL_BYTES = 1 << 20
"""Lines that the frontier was not told are among the last: one group a process."""
_FIELDS = 9
_FINISHED = frozenset({State.DONE, State.FAILED, State.EXCLUDED})


def journal_line(landed: Landed, now: float) -> str:
    """The line of one finished lease, without its line end."""
    candidate, done = landed.lease.candidate, landed.disposition
    capture = done.capture
    state = "retry" if done.state is State.QUEUED else done.state.value
    words = (
        iso_utc(now),
        str(done.status) if done.status else "" if done.state is State.DONE else done.reason.split(":")[0],
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
        clock: when something landed.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

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
            raise disk_error(self._path, error) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def note(self, group: Sequence[Landed]) -> None:
        """Write a line for each lease that lands now.

        Raises:
            StorageError: the disk is full or failed.
        """
        now = self._clock.now()
        self.write([journal_line(each, now) for each in group])

    def write(self, group: list[str]) -> None:
        """Append lines and hand them to the system.

        Raises:
            StorageError: the disk is full or failed.
        """
        text = "".join(line + "\n" for line in group)
        try:
            self._append(text.encode("utf-8", "backslashreplace"))
        except OSError as error:
            raise disk_error(self._path, error) from error

    def _append(self, octets: bytes) -> None:
        left = memoryview(octets)
        while left:
            left = left[self._file.write(left) or 0 :]


async def trim_journal(path: Path, frontier: Frontier, run: Run) -> int:
    """Cut the lines of a killed run that say of a URL what the frontier does not know; gives how many.

    Args:
        path: of the file; it need not be there.
        frontier: what is finished.
        run: that was killed; lines of earlier ones stay.

    Raises:
        StorageError: the file cannot be read or written.
    """
    try:
        start, lines = await asyncio.to_thread(_tail, path)
        kept = [line for line in lines if await _is_believed(line, frontier, iso_utc(run.started_at))]
        if len(kept) < len(lines):
            await asyncio.to_thread(_put, path, start, b"".join(kept))
    except OSError as error:
        raise disk_error(path, error) from error
    return len(lines) - len(kept)


async def _is_believed(line: bytes, frontier: Frontier, began: str) -> bool:
    if not line.endswith(b"\n"):
        # Torn, and so the frontier was not told.
        return False
    fields = line.decode("utf-8", "replace").rstrip("\n").split(" ")
    if len(fields) < _FIELDS or fields[0] < began or fields[_FIELDS - 1] not in _FINISHED:
        return True
    entry = await frontier.entry(identity(fields[5]))
    if entry is None or entry.last_at is None:
        return False
    # Finished since, it may be queued again, to be read from the archive: then its reason is the one of the line.
    is_told = iso_utc(entry.last_at) >= fields[0] and _printable(entry.reason) == " ".join(fields[_FIELDS:])
    return entry.state in _FINISHED or is_told


def _tail(path: Path) -> tuple[int, list[bytes]]:
    """The last lines of the file, and where the first of them begins."""
    try:
        with path.open("rb") as file:
            size_bytes = file.seek(0, io.SEEK_END)
            start = max(size_bytes - _TAIL_BYTES, 0)
            file.seek(start)
            if start:
                start += len(file.readline())
            return start, file.readlines()
    except FileNotFoundError:
        return 0, []


def _put(path: Path, start: int, kept: bytes) -> None:
    """Let the file end with these lines instead."""
    with path.open("r+b", buffering=0) as file:
        size_bytes = file.seek(0, io.SEEK_END)
        file.seek(start)
        # In one call, which a kill does not tear; then the empty lines go.
        file.write(kept.ljust(size_bytes - start, b"\n"))
        file.truncate(start + len(kept))
