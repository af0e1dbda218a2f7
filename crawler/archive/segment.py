"""Write WARC segments: append whole records, say where they lie, cut what a crash left torn.

WARC 1.1 (ISO 28500:2017) records are built by warcio; each is one gzip member, so that any tool can
seek to it. Where a record lies is believed only once the frontier has it; bytes behind that are torn.
"""

from __future__ import annotations

import io
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from crawler.archive.records import Kept, Records
from crawler.errors import StorageError

__all__ = ["Archive", "Location"]

_SEGMENT = re.compile(r"\d{8}-\d{6}(?:-\d+)?-\d{5}\.warc\.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where a response record lies."""

    segment: str
    offset: int
    length: int


class Archive:
    """The segments of one run. Blocking: call it from a thread, one call at a time.

    Args:
        folder: `archive/` of the output.
        run_name: sortable name of the run.
        segment_bytes: a segment that has reached this size is followed by the next.
        software: what the warcinfo record says wrote it.
    """

    def __init__(self, folder: Path, run_name: str, *, segment_bytes: int, software: str) -> None:
        self._folder = folder
        self._run_name = run_name
        self._segment_bytes = segment_bytes
        self._software = software
        self._records = Records(software)
        self._file: io.FileIO | None = None
        self._name = ""
        self._size = 0

    def trim(self, believed: Mapping[str, int]) -> int:
        """Cut what lies behind the believed bytes of each of our segments; gives how many bytes went."""
        torn = 0
        if not self._folder.is_dir():
            return 0
        for path in sorted(self._folder.iterdir()):
            if not _SEGMENT.fullmatch(path.name) or path.is_symlink():
                continue
            length, size = believed.get(path.name, 0), path.stat().st_size
            if size <= length:
                continue
            torn += size - length
            if length:
                os.truncate(path, length)
            else:
                path.unlink()
        return torn

    def append(self, answers: Sequence[Kept]) -> list[Location]:
        """Write request and response of each, and flush them to the disk once.

        Raises:
            StorageError: the disk is full or failed; nothing of this call is believed.
        """
        try:
            places = [self._append(each) for each in answers]
            if self._file is not None:
                # The bytes must outlive a power cut before the frontier believes in them.
                (os.fdatasync if hasattr(os, "fdatasync") else os.fsync)(self._file.fileno())
        except OSError as error:
            raise StorageError(
                f"{self._folder}: {error.strerror or error}; free some space, then run the same line again"
            ) from error
        return places

    def close(self) -> None:
        """Close the open segment."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _append(self, kept: Kept) -> Location:
        if self._file is None or self._size >= self._segment_bytes:
            self._next_segment()
        response, request = self._records.exchange(kept)
        offset = self._size
        self._write(response)
        self._write(request)
        return Location(segment=self._name, offset=offset, length=len(response))

    def _next_segment(self) -> None:
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        taken = sum(1 for path in self._folder.glob(f"{self._run_name}-*.warc.gz"))
        while True:
            self._name = f"{self._run_name}-{taken:05d}.warc.gz"
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_NOFOLLOW", 0)
            try:
                self._file = io.FileIO(os.open(self._folder / self._name, flags, 0o644), "w")
                break
            except FileExistsError:
                taken += 1
        self._size = 0
        self._write(self._records.warcinfo(self._name))

    def _write(self, member: bytes) -> None:
        assert self._file is not None
        left = memoryview(member)
        while left:
            left = left[self._file.write(left) or 0 :]
        self._size += len(member)
