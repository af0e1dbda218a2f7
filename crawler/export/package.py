"""Write a zip file from front to back, whatever its size, in memory that does not grow with it.

The layout is PKWARE's (APPNOTE.TXT 6.3.10; section numbers below are its own). Every size stands before the bytes it
is of, so that any tool reads it, also from a pipe; names are UTF-8 and say so (4.4.4, bit 11); what does not fit
into 32 bits is written as ZIP64 (4.5.3). Times are UTC: to two seconds where tools take them for local time, and in
full in Info-ZIP's extended timestamp. The same members give the same bytes.
"""

from __future__ import annotations

import struct
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import IO, Self

from crawler.errors import StorageError

__all__ = ["Package"]

Chunks = Callable[[], Iterable[bytes]]
"""Gives the bytes of a member, in pieces, as often as it is asked."""

_STORED, _DEFLATED = 0, 8
_UTF_8 = 1 << 11
_MADE_BY_UNIX = 3 << 8
_VERSION, _VERSION_64 = 20, 45
_MODE = (0o100644) << 16
_FULL, _FULL_SHORT = 0xFFFFFFFF, 0xFFFF
_IN_MEMORY_BYTES = 4_000_000
_COPIED_BYTES = 1 << 17
_FIRST_AT = datetime(1980, 1, 1, tzinfo=UTC).timestamp()
_LAST_AT = datetime(2107, 12, 31, 23, 59, 58, tzinfo=UTC).timestamp()
_LAST_STAMP = (1 << 31) - 1


@dataclass(frozen=True, slots=True)
class _Content:
    """What a member holds, and how."""

    method: int
    crc: int
    size_bytes: int
    held_bytes: int
    chunks: Iterable[bytes]


class Package:
    """A zip file that is being written. Use it as a context manager; what ends well has its directory.

    Args:
        file: takes bytes; nothing is sought in it.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._offset = self._members = 0
        self._directory = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - closed with this

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._directory:
            if error is None:
                self._end()

    def add(self, name: str, chunks: Chunks, at: float, *, is_packed: bool = False) -> None:
        """Add a member. Blocking.

        Args:
            name: relative, `/`-separated; no two members have the same.
            chunks: of its content.
            at: instant of its last change.
            is_packed: it is compressed in itself, and stored as it is.

        Raises:
            OSError: the disk is full or failed.
        """
        if is_packed:
            crc, size_bytes = _measure(chunks())
            self._write(name, at, _Content(_STORED, crc, size_bytes, size_bytes, chunks()))
            return
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as deflated:
            compressor = zlib.compressobj(6, zlib.DEFLATED, -zlib.MAX_WBITS)
            crc = size_bytes = 0
            for chunk in chunks():
                crc, size_bytes = zlib.crc32(chunk, crc), size_bytes + len(chunk)
                deflated.write(compressor.compress(chunk))
            deflated.write(compressor.flush())
            held_bytes = deflated.tell()
            deflated.seek(0)
            self._write(name, at, _Content(_DEFLATED, crc, size_bytes, held_bytes, _pieces(deflated)))

    def _write(self, name: str, at: float, content: _Content) -> None:
        """Local header (4.3.7), content, and the line of the directory (4.3.12)."""
        encoded, stamp, offset = name.encode(), _stamp(at), self._offset
        sizes = (content.size_bytes, content.held_bytes)
        large = sizes if max(sizes) >= _FULL else ()
        shown = (_FULL, _FULL) if large else sizes[::-1]
        told = (_UTF_8, content.method, *_dos_time(at), content.crc, *shown, len(encoded))
        extra = _zip_64(large) + stamp
        version = _VERSION_64 if large else _VERSION
        self._put(struct.pack("<IHHHHHIIIHH", 0x04034B50, version, *told, len(extra)) + encoded + extra)
        for chunk in content.chunks:
            self._put(chunk)
        if self._offset - offset != 30 + len(encoded) + len(extra) + content.held_bytes:
            raise StorageError(f"{name} changed while it was read; export again")
        far = (*large, *((offset,) if offset >= _FULL else ()))
        extra = _zip_64(far) + stamp
        version = _VERSION_64 if far else _VERSION
        head = (0x02014B50, _MADE_BY_UNIX | version, version, *told, len(extra))
        place = (0, 0, 0, _MODE, min(offset, _FULL))
        self._directory.write(struct.pack("<IHHHHHHIIIHHHHHII", *head, *place) + encoded + extra)
        self._members += 1

    def _end(self) -> None:
        """The directory, and where it is: with ZIP64 (4.3.14, 4.3.15) if need be, and 4.3.16."""
        offset, size_bytes, members = self._offset, self._directory.tell(), self._members
        self._directory.seek(0)
        for chunk in _pieces(self._directory):
            self._put(chunk)
        if members >= _FULL_SHORT or max(offset, size_bytes) >= _FULL:
            end = self._offset
            made, told = (_MADE_BY_UNIX | _VERSION_64, _VERSION_64), (members, members, size_bytes, offset)
            self._put(struct.pack("<IQHHIIQQQQ", 0x06064B50, 44, *made, 0, 0, *told))
            self._put(struct.pack("<IIQI", 0x07064B50, 0, end, 1))
        counts = (min(members, _FULL_SHORT),) * 2
        sizes = (min(size_bytes, _FULL), min(offset, _FULL))
        self._put(struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, *counts, *sizes, 0))

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._offset += len(data)


def _measure(chunks: Iterable[bytes]) -> tuple[int, int]:
    """The checksum and the size."""
    crc = size_bytes = 0
    for chunk in chunks:
        crc, size_bytes = zlib.crc32(chunk, crc), size_bytes + len(chunk)
    return crc, size_bytes


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(_COPIED_BYTES):
        yield chunk


def _zip_64(values: tuple[int, ...]) -> bytes:
    """The field for what is too large for its own (4.5.3)."""
    return struct.pack(f"<HH{len(values)}Q", 1, 8 * len(values), *values) if values else b""


def _dos_time(at: float) -> tuple[int, int]:
    """Time and date as MS-DOS has them (4.4.6), from 1980 to 2107."""
    when = datetime.fromtimestamp(min(max(at, _FIRST_AT), _LAST_AT), UTC)
    time = when.hour << 11 | when.minute << 5 | when.second // 2
    return time, (when.year - 1980) << 9 | when.month << 5 | when.day


def _stamp(at: float) -> bytes:
    """Info-ZIP's extended timestamp: the time of the last change."""
    return struct.pack("<HHBi", 0x5455, 5, 1, int(min(max(at, 0), _LAST_STAMP)))
