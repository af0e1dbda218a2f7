"""Write WARC segments: append whole records, say where they lie, cut what a crash left torn.

WARC 1.1 (ISO 28500:2017) records are built by warcio; each is one gzip member, so that any tool can
seek to it. Where a record lies is believed only once the frontier has it; bytes behind that are torn.
"""

from __future__ import annotations

import io
import logging
import os
import stat
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from crawler.archive.records import Kept, Records
from crawler.archive.torn import whole_bytes
from crawler.errors import StorageError, disk_error
from crawler.rendering import Rendered, Rendering
from crawler.segmentnames import SEGMENT, run_name, segment_name

__all__ = ["Archive", "Location", "flush_names"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where a response record lies.

    Args:
        segment: file name.
        offset: of the record.
        length: of the compressed record.
        rendering: the same of what was made of the page (`Rendering` as text); "": nothing was.
    """

    segment: str
    offset: int
    length: int
    rendering: str = ""


class Archive:
    """The segments of one run. Blocking: call it from a thread.

    Args:
        folder: `archive/` of the output.
        run_name: sortable name of the run.
        segment_bytes: a segment that has reached this size is followed by the next.
        software: what the warcinfo record says wrote it.
        options: of the run, as JSON without credentials; the metadata record of each segment tells them. "": it has none.
        worker: of a shared crawl, whose number its segments bear; None: there is one folder.
    """

    def __init__(
        self,
        folder: Path,
        run_name: str,
        *,
        segment_bytes: int,
        software: str,
        options: str = "",
        worker: int | None = None,
    ) -> None:
        self._folder = folder
        self._run_name = run_name
        self._segment_bytes = segment_bytes
        self._records = Records(software)
        self._options = options
        self._worker = worker
        # Whoever gave up waiting for `append` closes: not under the thread that still writes.
        self._turn = threading.Lock()
        self._file: io.FileIO | None = None
        self._name = ""
        self._size = 0

    def trim(self, believed: Mapping[str, int]) -> int:
        """Cut what a crash left torn or unbelieved behind our segments; gives how many bytes went.

        Of earlier runs, revisit records are kept though no capture points at them: their crawler may not have
        told the frontier where they end. In segments of this run, what is not believed in will be asked again.

        Args:
            believed: bytes of each segment up to the last record that the frontier knows of.

        Raises:
            StorageError: the disk failed.
        """
        torn = 0
        try:
            for path in sorted(self._folder.iterdir()) if self._folder.is_dir() else ():
                if SEGMENT.fullmatch(path.name) and stat.S_ISREG(path.lstat().st_mode):
                    torn += self._trim(path, believed.get(path.name, 0))
        except OSError as error:
            raise disk_error(self._folder, error) from error
        return torn

    def _trim(self, path: Path, believed: int) -> int:
        """Cut one segment; gives how many bytes went. One of which nothing is left goes as a whole."""
        size = path.stat().st_size
        is_of_this_run = run_name(path.name) == self._run_name
        keep = min(believed, size) if is_of_this_run else whole_bytes(path, believed)
        if keep == 0:
            path.unlink()
        elif keep < size:
            os.truncate(path, keep)
        return size - keep

    def append(self, answers: Sequence[Kept]) -> list[Location]:
        """Write request and response of each, and flush them to the disk once.

        Raises:
            StorageError: the disk is full or failed; nothing of this call is believed.
        """
        with self._turn:
            return self._append_all(answers)

    def _append_all(self, answers: Sequence[Kept]) -> list[Location]:
        name, size = self._name, self._size
        try:
            places = [self._append(each) for each in answers]
            if self._file is not None:
                # The bytes must outlive a power cut before the frontier believes in them.
                _flush(self._file)
        except StorageError:
            self._take_back(name, size)
            raise
        except OSError as error:
            self._take_back(name, size)
            raise disk_error(self._folder, error) from error
        return places

    def close(self) -> None:
        """Close the open segment, once what is being appended has been."""
        with self._turn:
            self._close()

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, kept: Kept) -> Location:
        if self._file is None or self._size >= self._segment_bytes:
            self._next_segment()
        response, request = self._records.exchange(kept)
        is_tight = kept.is_again and kept.unchanged_since is None
        starts = []
        # The response goes last: what is believed ends with one, and so all that belongs to it lies inside.
        for record in (*self._records.made(kept, response), request):
            starts.append(self._size)
            self._records.write(record, self._write)
        offset = self._size
        self._records.write(response, self._write, is_tight=is_tight)
        rendering = "" if kept.rendered is None else str(_rendering(kept.rendered, [*starts, offset]))
        return Location(segment=self._name, offset=offset, length=self._size - offset, rendering=rendering)

    def _take_back(self, name: str, size: int) -> None:
        """Undo a failed call as far as the disk allows, so that no torn record gets others behind it."""
        if self._file is None:
            return
        try:
            if self._name == name:
                os.ftruncate(self._file.fileno(), size)
                self._size = size
                return
            (self._folder / self._name).unlink()
        except OSError:
            _log.warning("the torn end of %s could not be cut; the next run does", self._name)
        with suppress(OSError):
            self._file.close()
        self._file = None

    def _next_segment(self) -> None:
        if self._file is not None:
            _flush(self._file)
        self._close()
        # Without parents: an output that was deleted meanwhile is lost, not to be half made again.
        self._folder.mkdir(exist_ok=True)
        taken = sum(1 for path in self._folder.iterdir() if run_name(path.name) == self._run_name)
        while self._file is None:
            self._name = segment_name(self._run_name, taken, self._worker)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND
            try:
                self._file = io.FileIO(os.open(self._folder / self._name, flags, 0o644), "w")
            except FileExistsError:
                taken += 1
        self._size = 0
        self._records.write(self._records.warcinfo(self._name), self._write)
        if self._options:
            self._records.write(self._records.metadata(self._run_name, self._options), self._write)
        flush_names(self._folder)

    def _write(self, data: bytes) -> None:
        assert self._file is not None
        left = memoryview(data)
        while left:
            left = left[self._file.write(left) or 0 :]
        self._size += len(data)


def _rendering(rendered: Rendered, starts: Sequence[int]) -> Rendering:
    """Where the records of a rendering lie: their beginnings, then those of the request and of the response."""
    text, shot, *_, offset = starts
    has_shot = rendered.shot is not None
    return Rendering(
        digest=f"sha256:{rendered.text.digest}",
        size_bytes=rendered.text.size_bytes,
        before_bytes=offset - text,
        length=shot - text,
        shot_before_bytes=offset - shot if has_shot else 0,
        shot_length=starts[2] - shot if has_shot else 0,
        reason=" ".join(rendered.reason.split()),
    )


def flush_names(folder: Path) -> None:
    """Bring the names in a folder down to the disk. Blocking.

    Raises:
        OSError: the disk failed.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _flush(file: io.FileIO) -> None:
    (os.fdatasync if hasattr(os, "fdatasync") else os.fsync)(file.fileno())
