"""Find where the whole records of a segment end that a crash may have left torn.

A record is one gzip member. Behind the bytes that the frontier believes in there may rightly stand
revisit records of earlier runs with their requests, which no capture points at. What follows the last of them belongs to
answers that will be asked for again.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

__all__ = [
    "MEMBER_START",
    "Member",
    "exchange_start",
    "next_start",
    "sound_members",
    "whole_bytes",
    "whole_members",
]

_GZIP_WINDOW = 31
MEMBER_START = b"\x1f\x8b\x08\x00\x00\x00\x00\x00"
"""How a gzip member of ours begins: without name or time (RFC 1952 section 2.3)."""

_TAIL_BYTES = 1 << 16
_CHUNK_BYTES = 1 << 16
_HEAD_BYTES = 512
_RECORD_START = b"WARC/1."


@dataclass(frozen=True, slots=True)
class Member:
    """A whole record: where it lies, and its WARC-Type."""

    start: int
    end: int
    kind: str


def whole_members(path: Path, start: int = 0) -> Iterator[Member]:
    """Every whole record of a segment from `start` on; what is torn or damaged between them is passed over.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as segment:
        size = segment.seek(0, io.SEEK_END)
        at: int | None = start
        while at is not None and at < size:
            end, head = _member(segment, at)
            if end is None:
                at = next_start(segment, at + 1)
                continue
            yield Member(at, end, _kind(head).decode("ascii", "replace"))
            at = end


def sound_members(path: Path, start: int = 0) -> Iterator[Member | None]:
    """Every whole record of a segment that may still grow, from `start` on.

    None stands for a damaged stretch, which is passed over. What is cut off by the end of the file is torn and not
    looked into: what seems to begin in it may be the body of an answer.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as segment:
        size = segment.seek(0, io.SEEK_END)
        at: int | None = start
        while at is not None and at < size:
            end, head, is_cut = _looked_at(segment, at)
            if is_cut:
                return
            if end is not None and head.startswith(_RECORD_START):
                yield Member(at, end, _kind(head).decode("ascii", "replace"))
                at = end
                continue
            yield None
            at = next_start(segment, at + 1)


def next_start(segment: BinaryIO, start: int) -> int | None:
    """Where the next member seems to begin, from `start` on; None: nowhere."""
    segment.seek(start)
    before = b""
    while chunk := segment.read(_CHUNK_BYTES):
        window = before + chunk
        found = window.find(MEMBER_START)
        if found >= 0:
            return start - len(before) + found
        start += len(chunk)
        before = window[-len(MEMBER_START) + 1 :]
    return None


def exchange_start(segment: BinaryIO, offset: int) -> int:
    """Where the request begins that the response at `offset` answers: the record before it; `offset`: it has none.

    Raises:
        OSError: the file cannot be read.
    """
    start = max(offset - _TAIL_BYTES, 0)
    segment.seek(start)
    before = segment.read(offset - start)
    at = before.rfind(MEMBER_START)
    while at >= 0:
        end, head = _member(segment, start + at)
        if end == offset:
            return start + at if _kind(head) == b"request" else offset
        at = before.rfind(MEMBER_START, 0, at)
    return offset


def whole_bytes(path: Path, believed: int) -> int:
    """How many bytes of a segment to keep: at least `believed`, and to the end of the last whole revisit.

    Raises:
        OSError: the file cannot be read.
    """
    size = path.stat().st_size
    if size <= believed:
        return size
    with path.open("rb") as segment:
        if _ends_with_revisit(segment, believed, size):
            return size
        keep = start = believed
        while start < size:
            end, head = _member(segment, start)
            if end is None:
                break
            if _kind(head) == b"revisit":
                keep = end
            start = end
    return keep


def _ends_with_revisit(segment: BinaryIO, believed: int, size: int) -> bool:
    """Whether the last record is a whole revisit: then nothing is torn, which need not be read to be known."""
    start = max(believed, size - _TAIL_BYTES)
    segment.seek(start)
    tail = segment.read(size - start)
    at = tail.rfind(MEMBER_START)
    while at >= 0:
        end, head = _member(segment, start + at)
        if end == size:
            return _kind(head) == b"revisit"
        at = tail.rfind(MEMBER_START, 0, at)
    return False


def _member(segment: BinaryIO, start: int) -> tuple[int | None, bytes]:
    """Where the member that starts here ends, None if it is torn; and how what is in it begins."""
    end, head, _ = _looked_at(segment, start)
    return end, head


def _looked_at(segment: BinaryIO, start: int) -> tuple[int | None, bytes, bool]:
    """The same, and whether it is torn because the file ends in it."""
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    head = b""
    segment.seek(start)
    at = start
    try:
        while not inflater.eof:
            chunk = segment.read(_CHUNK_BYTES)
            if not chunk:
                return None, head, True
            at += len(chunk)
            while chunk and not inflater.eof:
                text = inflater.decompress(chunk, _CHUNK_BYTES)
                head = head or text[:_HEAD_BYTES]
                chunk = inflater.unconsumed_tail
    except zlib.error:
        return None, head, False
    return at - len(inflater.unused_data), head, False


def _kind(head: bytes) -> bytes:
    """The WARC-Type of a record that begins like this."""
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"warc-type":
            return value.strip()
    return b""
