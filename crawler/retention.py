"""Let go of the history of old runs: whole segments are dropped, and what is still needed of them is copied first.

Needed is what a URL shows, what it answered last, and what an answer of a kept run refers to that nothing had
changed. It is copied into a segment of the same run, so that a database that is rebuilt from the archive takes
everything in the order in which it came. Bytes before belief: the copy is on the disk before the database knows of
it, and the old segment goes after the database has let go of it.
"""

from __future__ import annotations

import io
import logging
import os
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from crawler.archive.copying import copy_exchanges
from crawler.errors import StorageError, disk_error
from crawler.frontier.retaining import RetainedRun, Retaining
from crawler.oldlogs import drop_logs
from crawler.options import KeepOptions
from crawler.output import Output, flush_folder
from crawler.quantities import show_count, show_size
from crawler.room import disk_use
from crawler.segmentnames import SEGMENT, run_name, segment_name

__all__ = ["clear_dropped", "retain"]

_log = logging.getLogger(__name__)

_DAY_SECONDS = 86_400.0
# A segment is copied if a fifth of it is not needed. The request of an answer and the beginning of a segment are
# guessed, rather too large: a copy must never seem worth copying.
_WORTH = 0.8
_REQUEST_BYTES = 700
_OPENING_BYTES = 2_500
_REPORT_ENDINGS = ("json", "html")


def retain(output: Output, keep: KeepOptions, *, now: float, software: str) -> list[str]:
    """Let go of what is older than it should be; gives what a person should know, one line each. Blocking.

    To be called by the one who holds the output, when nobody writes to it; the last run is always kept.

    Args:
        output: of the crawl.
        keep: how much is to be kept.
        now: the instant.
        software: named in the segments that are written.

    Raises:
        StorageError: the disk or the database failed; everything that is needed is still there.
    """
    if keep.keep_runs is None and keep.keep_days is None and keep.max_disk is None:
        return []
    try:
        with Retaining(output.database) as retaining:
            return _Retention(output, retaining, software).apply(keep, now)
    except OSError as error:
        raise disk_error(error.filename or output.archive, error) from error


def clear_dropped(output: Output) -> None:
    """Remove what a kill left of letting go. Blocking.

    Raises:
        StorageError: the disk or the database failed.
        OSError: a file cannot be removed.
    """
    with Retaining(output.database) as retaining:
        for name, length in retaining.segments().items():
            if not length:
                _remove(output.archive, name)
                retaining.forget(name)


@dataclass(slots=True)
class _Tally:
    runs: int = 0
    freed_bytes: int = 0
    unread: int = 0


class _Retention:
    """One letting go."""

    def __init__(self, output: Output, retaining: Retaining, software: str) -> None:
        self._output = output
        self._retaining = retaining
        self._software = software
        self._done = _Tally()

    def apply(self, keep: KeepOptions, now: float) -> list[str]:
        runs = self._retaining.runs()
        first_kept = _first_kept(runs, keep, now)
        kept = [run for run in runs if run.number >= first_kept]
        self._go(first_kept)
        lines = []
        if keep.max_disk is not None:
            while (size_bytes := self._size_bytes()) > keep.max_disk and len(kept) > 1:
                kept.pop(0)
                self._go(kept[0].number)
            if size_bytes > keep.max_disk:
                lines.append(
                    f"the output takes {show_size(size_bytes)}, more than --max-disk; what is left of it is the last run and"
                    " the good copies, so raise it or crawl less"
                )
        return [*self._told(), *lines]

    def _size_bytes(self) -> int:
        """What the output takes, but for the database's log: that is gone when the run is over, and grows with this."""
        use = disk_use(self._output)
        log = sum(path.stat().st_size for path in self._output.database_files[:-1] if path.is_file())
        return use.total - log

    def _told(self) -> list[str]:
        done, lines = self._done, []
        if done.runs:
            freed = f", {show_size(done.freed_bytes)} of the archive freed" if done.freed_bytes > 0 else ""
            lines.append(f"let go of {show_count(done.runs, 'old run')}{freed}")
        if done.unread:
            lines.append(
                f"{show_count(done.unread, 'old segment')} kept whole, as not all that is needed of it could be read;"
                " crawler verify tells what is lost"
            )
        return lines

    def _go(self, first_kept: int) -> None:
        """Let go of every run before this one."""
        runs = self._retaining.runs()
        names = {run.name for run in runs if run.number >= first_kept}
        gone = [run for run in runs if run.number < first_kept]
        old = {
            segment: length
            for segment, length in self._retaining.segments().items()
            if length and SEGMENT.fullmatch(segment) and run_name(segment) not in names
        }
        if old:
            self._retaining.look_through(old, first_kept)
        for segment, length in old.items():
            self._let_go(segment, length)
        for run in gone:
            for ending in _REPORT_ENDINGS:
                (self._output.reports / f"{run.name}.{ending}").unlink(missing_ok=True)
        if gone:
            drop_logs(self._output.journal, min(names))
            self._retaining.drop_runs(first_kept)
        self._done.runs += len(gone)

    def _let_go(self, segment: str, length: int) -> None:
        """Drop a segment, or put in its place another with what is needed of it."""
        rows, size_bytes = self._retaining.needed(segment)
        if not rows:
            self._retaining.replace(segment)
            self._remove(segment)
            self._done.freed_bytes += length
            return
        if size_bytes + len(rows) * _REQUEST_BYTES + _OPENING_BYTES >= _WORTH * length:
            return
        new = self._free_name(run_name(segment))
        self._retaining.expect(new)
        try:
            offsets = self._copy(rows, new)
        except StorageError as error:
            _log.warning("%s", error)
            self._remove(new)
            self._done.unread += 1
            return
        new_bytes = (self._output.archive / new).stat().st_size
        self._retaining.replace(segment, new, new_bytes, zip(rows, offsets, strict=True))
        self._remove(segment)
        self._done.freed_bytes += length - new_bytes

    def _copy(self, rows: Sequence[int], name: str) -> list[int]:
        """Copy captures into a new segment, down to the disk; gives where each lies there."""
        folder = self._output.archive
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with closing(io.FileIO(os.open(folder / name, flags, 0o644), "w")) as file:
            captures = self._retaining.captures(rows)
            copies = copy_exchanges(
                folder, captures, name, lambda data: _write(file, data), software=self._software
            )
            offsets = [placed.offset for _, placed in copies]
            os.fsync(file.fileno())
        flush_folder(folder)
        return offsets

    def _remove(self, segment: str) -> None:
        _remove(self._output.archive, segment)
        self._retaining.forget(segment)

    def _free_name(self, run: str) -> str:
        """A name that no segment of that run has, or had while this run went on."""
        taken = {*self._retaining.segments(), *(path.name for path in self._output.archive.iterdir())}
        numbers = [int(name.removesuffix(".warc.gz").rpartition("-")[2]) for name in _of_run(taken, run)]
        return segment_name(run, max(numbers, default=-1) + 1)


def _of_run(names: Iterable[str], run: str) -> list[str]:
    return [name for name in names if SEGMENT.fullmatch(name) and run_name(name) == run]


def _first_kept(runs: Sequence[RetainedRun], keep: KeepOptions, now: float) -> int:
    """The number of the oldest run that is kept: the last is, and whatever is younger than one that is."""
    kept = list(runs)
    if keep.keep_runs is not None:
        kept = kept[-keep.keep_runs :]
    if keep.keep_days is not None:
        oldest = now - keep.keep_days * _DAY_SECONDS
        while len(kept) > 1 and kept[0].last_at < oldest:
            kept.pop(0)
    return kept[0].number if kept else 0


def _write(file: io.FileIO, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[file.write(left) or 0 :]


def _remove(folder: Path, segment: str) -> None:
    """Remove a file down to the disk: only then may the database forget it."""
    (folder / segment).unlink(missing_ok=True)
    flush_folder(folder)
