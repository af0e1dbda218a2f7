"""Copy what a segment of another folder has grown by, whole record by whole record, and never write there.

A copy needs no book of its own: it begins with the record that opens its original, which no other segment
has, and it ends where the original is to be read on. So it does not matter by which path an original is found,
nor whether it was copied itself before.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, count, islice
from pathlib import Path

from warcio.exceptions import ArchiveLoadFailed

from crawler.archive.record import record_at
from crawler.archive.recovery import segments_in
from crawler.archive.segment import flush_names
from crawler.archive.torn import Member, sound_members
from crawler.errors import disk_error
from crawler.segmentnames import run_name

__all__ = ["Copies", "Growth", "began_at", "told_options"]

_ANSWERS = frozenset({"response", "revisit"})
_CHUNK_BYTES = 1 << 20
_TAIL_BYTES = 1 << 16
_HEAD_BYTES = 1 << 12
_TRAILER_BYTES = 8
_GZIP_WINDOW = 31
_OPTIONS_BYTES = 1 << 20
_DATE = re.compile(rb"WARC-Date: (\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """What was copied of one original.

    Args:
        size_bytes: more than before.
        is_damaged: a stretch of it could not be read and was left out.
    """

    size_bytes: int = 0
    is_damaged: bool = False


class Copies:
    """The copies of segments in one archive. Blocking.

    Args:
        folder: `archive/`, which is made if need be.

    Raises:
        StorageError: it cannot be read or made.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._by_opening: dict[str, list[Path]] = {}
        try:
            folder.mkdir(exist_ok=True)
            for path in segments_in(folder):
                if opening := _opening(path):
                    self._by_opening.setdefault(opening, []).append(path)
                else:
                    # A kill left it before its first record was whole.
                    path.unlink()
        except OSError as error:
            raise disk_error(folder, error) from error

    def trim(self, believed: dict[str, int]) -> None:
        """Cut from every copy what a kill left torn.

        Args:
            believed: bytes of each that the ledger believes in; they are not looked at.

        Raises:
            StorageError: the disk failed.
        """
        try:
            for path in (each for paths in self._by_opening.values() for each in paths):
                start = min(believed.get(path.name, 0), path.stat().st_size)
                whole = max((each.end for each in sound_members(path, start) if each), default=start)
                if whole < path.stat().st_size:
                    os.truncate(path, whole)
        except OSError as error:
            raise disk_error(self._folder, error) from error

    def take(self, original: Path) -> Growth:
        """Copy what a segment has that its copy has not; one without an answer is left for later.

        Raises:
            OSError: the original cannot be read.
            StorageError: the copy cannot be written.
        """
        opening = _opening(original)
        if not opening:
            return Growth()
        known = self._by_opening.setdefault(opening, [])
        for copy in known:
            start = _resumed_at(original, copy)
            if start is not None:
                return self._append(original, start, copy)
        # There is none, or its original was cut and went on otherwise: then both are kept.
        copy = self._free_name(original.name)
        growth = self._append(original, 0, copy)
        if growth.size_bytes:
            known.append(copy)
        return growth

    def _append(self, original: Path, start: int, copy: Path) -> Growth:
        found = _found(original, start)
        is_new = not copy.exists()
        if not found.stretches:
            return Growth(is_damaged=found.is_damaged)
        try:
            with copy.open("ab") as file:
                for begin, end in found.stretches:
                    for chunk in _chunks(original, begin, end):
                        file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            if is_new:
                flush_names(self._folder)
        except OSError as error:
            raise disk_error(copy, error) from error
        size = sum(end - begin for begin, end in found.stretches)
        return Growth(size_bytes=size, is_damaged=found.is_damaged)

    def _free_name(self, name: str) -> Path:
        """The same name, if no other copy has it."""
        names = chain([name], (f"{run_name(name)}-{number:05d}.warc.gz" for number in count()))
        return next(path for each in names if not (path := self._folder / each).exists())


def began_at(path: Path) -> float:
    """When a segment was begun, as its first record says; 0: that cannot be read. Blocking.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as segment:
        head = zlib.decompressobj(_GZIP_WINDOW).decompress(segment.read(_HEAD_BYTES), _HEAD_BYTES)
    dated = _DATE.search(head)
    if dated is None:
        return 0.0
    return datetime.fromisoformat(dated[1].decode()).replace(tzinfo=UTC).timestamp()


def told_options(path: Path) -> str:
    """The options of the run that wrote a segment, as JSON; "": it does not tell. Blocking.

    Raises:
        OSError: the file cannot be read.
    """
    second = next(islice((each for each in sound_members(path) if each), 1, 2), None)
    if second is None or second.kind != "metadata":
        return ""
    with (
        suppress(ValueError, KeyError, TypeError, EOFError, ArchiveLoadFailed),
        record_at(path, second.start, second.end - second.start) as record,
    ):
        told = json.loads(record.content_stream().read(_OPTIONS_BYTES))["options"]
        if isinstance(told, dict):
            return json.dumps(told, sort_keys=True)
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """What of a segment is to be copied: where it begins and ends."""

    stretches: list[tuple[int, int]]
    is_damaged: bool


def _found(original: Path, start: int) -> _Found:
    """The whole records from `start` on, up to the last answer: what stands before an answer belongs to it."""
    stretches: list[tuple[int, int]] = []
    is_damaged = False
    begin: int | None = None
    for member in sound_members(original, start):
        if member is None:
            is_damaged, begin = True, None
            continue
        begin = member.start if begin is None else begin
        if member.kind not in _ANSWERS:
            continue
        if stretches and stretches[-1][1] == begin:
            begin = stretches.pop()[0]
        stretches.append((begin, member.end))
        begin = member.end
    return _Found(stretches=stretches, is_damaged=is_damaged)


def _opening(path: Path) -> str:
    """What tells a segment from every other: the digest of its first record; "": that is not whole."""
    first = next(iter(sound_members(path)), None)
    if first is None:
        return ""
    return hashlib.sha256(b"".join(_chunks(path, first.start, first.end))).hexdigest()


def _resumed_at(original: Path, copy: Path) -> int | None:
    """From where on an original is to be read; None: it is no more what was copied of it."""
    size = min(original.stat().st_size, copy.stat().st_size)
    if _tail(original, size) == _tail(copy, size):
        return size
    return _matched_to(original, copy)


def _matched_to(original: Path, copy: Path) -> int | None:
    """The same, record by record: of one that was damaged, or cut and continued."""
    wanted = (each for each in sound_members(copy) if each)
    want, at = next(wanted, None), 0
    for member in sound_members(original):
        if want is None:
            break
        if member is None:
            continue
        if _is_same(original, member, copy, want):
            want, at = next(wanted, None), member.end
        elif member.kind in _ANSWERS:
            return None
    return at


def _is_same(original: Path, member: Member, copy: Path, other: Member) -> bool:
    """Whether two gzip members hold the same: length, and the checksum at the end, over a record that has a name of its own."""
    if member.end - member.start != other.end - other.start:
        return False
    ours = _chunks(copy, other.end - _TRAILER_BYTES, other.end)
    return b"".join(ours) == b"".join(_chunks(original, member.end - _TRAILER_BYTES, member.end))


def _tail(path: Path, end: int) -> bytes:
    return b"".join(_chunks(path, max(end - _TAIL_BYTES, 0), end))


def _chunks(path: Path, begin: int, end: int) -> Iterator[bytes]:
    with path.open("rb") as file:
        file.seek(begin)
        while begin < end and (chunk := file.read(min(_CHUNK_BYTES, end - begin))):
            begin += len(chunk)
            yield chunk
