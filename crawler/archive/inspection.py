"""Read a segment to its end and check every record: gzip, WARC lengths, digests; go on behind what is damaged.

Each record is read once, in pieces: its block and payload against the digests in its WARC header (what
`warcio check` does), and the payload without its content coding for who knows what was captured.
"""

from __future__ import annotations

import base64
import hashlib
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from crawler.archive.torn import MEMBER_START, next_start
from crawler.coding import BodyTooLargeError, CodingError, decoded, layers_of
from crawler.exchange import Head

__all__ = ["Inspected", "inspect"]

_GZIP_WINDOW = 31
_CHUNK_BYTES = 1 << 16
_MAX_HEAD_BYTES = 1 << 20
_MAX_BODY_BYTES = 1 << 31
_END_OF_HEAD = b"\r\n\r\n"
_END_OF_RECORD = b"\r\n\r\n"
_HTTP = frozenset({"request", "response"})
_ALGORITHMS = frozenset({"sha1", "sha256"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspected:
    """A record, or what is left of one.

    Args:
        start: its first byte in the segment.
        end: where it ends; of a damaged one where the next seems to begin.
        kind: its WARC-Type; "" if that cannot be read.
        url: its WARC-Target-URI.
        digests: `sha256:HEX` of the payload, content-decoded and as sent; of requests and responses, and
            of conversions, whose payload is their block.
        wrong: what is wrong with it, as the end of a sentence; "": nothing.
    """

    start: int
    end: int
    kind: str = ""
    url: str = ""
    digests: tuple[str, ...] = ()
    wrong: str = ""


class _DamagedError(Exception):
    """The record is not what it must be; says why as the end of a sentence."""


def inspect(path: Path, end: int) -> Iterator[Inspected]:
    """Every record of a segment that begins before `end`, in order. Blocking.

    Raises:
        OSError: the file cannot be read.
    """
    with path.open("rb") as segment:
        at: int | None = 0
        while at is not None and at < end:
            record = _record(segment, at)
            if record.end <= at:
                # Nobody knows how long what cannot be inflated is.
                following = next_start(segment, at + 1)
                yield Inspected(
                    start=at,
                    end=end if following is None else following,
                    kind=record.kind,
                    url=record.url,
                    wrong=record.wrong,
                )
                at = following
                continue
            yield record
            at = record.end


def _record(segment: BinaryIO, start: int) -> Inspected:
    """The record that begins here; its end is 0 if its gzip member is damaged."""
    segment.seek(start)
    if segment.read(len(MEMBER_START)) != MEMBER_START:
        return Inspected(start=start, end=0, wrong="is damaged (gzip)")
    member = _Member(segment, start)
    kind = url = wrong = ""
    digests: tuple[str, ...] = ()
    try:
        headers = _warc_headers(member)
        kind, url = headers.get("warc-type", ""), headers.get("warc-target-uri", "")
        digests = _check_block(member, headers, kind)
    except _DamagedError as error:
        wrong = str(error)
    except zlib.error:
        return Inspected(start=start, end=0, kind=kind, url=url, wrong="is damaged (gzip)")
    except EOFError:
        return Inspected(start=start, end=0, kind=kind, url=url, wrong="is cut short")
    try:
        for _ in member.rest():
            pass
    except (zlib.error, EOFError):
        return Inspected(start=start, end=0, kind=kind, url=url, wrong="is damaged (gzip)")
    return Inspected(start=start, end=member.end, kind=kind, url=url, digests=digests, wrong=wrong)


def _warc_headers(member: _Member) -> dict[str, str]:
    head = member.take_through(_END_OF_HEAD)
    first, *lines = head.decode("utf-8", "replace").split("\r\n")
    if not first.startswith("WARC/1."):
        raise _DamagedError("is no WARC record")
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _check_block(member: _Member, headers: dict[str, str], kind: str) -> tuple[str, ...]:
    """Read the block against its length and digests; gives those of an HTTP payload."""
    length = headers.get("content-length", "")
    if not (length.isascii() and length.isdigit()):
        raise _DamagedError("has no length")
    block = _Block(member, int(length), headers)
    digests = _payload_digests(block) if kind in _HTTP else ()
    if kind == "conversion":
        block.take_as_payload()
    block.drain()
    digests = digests or ((f"sha256:{block.sent.hexdigest()}",) if kind == "conversion" else ())
    if member.take(len(_END_OF_RECORD) + 1) != _END_OF_RECORD:
        raise _DamagedError("is longer than it says")
    # A revisit's payload is elsewhere, and its block was written without one (warcio passes over both, too).
    if kind != "revisit" and (wrong := block.wrong_digest()):
        raise _DamagedError(f"has another {wrong} digest than it says")
    return digests


def _payload_digests(block: _Block) -> tuple[str, ...]:
    """Of the payload without its content coding, and as it was sent."""
    lines = block.http_head().decode("latin-1").split("\r\n")[1:]
    head = Head(status=0, headers=tuple((name, value.strip()) for name, _, value in _pairs(lines)))
    layers = layers_of(head.joined("content-encoding"))
    plain = hashlib.sha256()
    with suppress(CodingError, BodyTooLargeError):
        # Where a decoder was missing when the page was fetched, the body as sent is what was meant.
        for piece in decoded(block.payload(), layers, _MAX_BODY_BYTES):
            plain.update(piece)
    block.drain()
    return f"sha256:{plain.hexdigest()}", f"sha256:{block.sent.hexdigest()}"


def _pairs(lines: list[str]) -> Iterator[tuple[str, str, str]]:
    return (line.partition(":") for line in lines if ":" in line)


class _Member:
    """What one gzip member inflates to, taken from its beginning to its end."""

    def __init__(self, segment: BinaryIO, start: int) -> None:
        self._segment = segment
        self._inflater = zlib.decompressobj(_GZIP_WINDOW)
        self._at = start
        self._held = b""
        self.end = 0

    def take(self, most_bytes: int) -> bytes:
        """The next bytes; fewer only at the end.

        Raises:
            zlib.error: it is damaged.
            EOFError: the segment ends within.
        """
        while len(self._held) < most_bytes and (more := self._inflate()):
            self._held += more
        taken, self._held = self._held[:most_bytes], self._held[most_bytes:]
        return taken

    def take_through(self, mark: bytes) -> bytes:
        """All up to the end of a mark."""
        while (found := self._held.find(mark)) < 0:
            if len(self._held) > _MAX_HEAD_BYTES or not (more := self._inflate()):
                raise _DamagedError("is no WARC record")
            self._held += more
        return self.take(found + len(mark))

    def rest(self) -> Iterator[bytes]:
        """Everything that was not taken."""
        while piece := self.take(_CHUNK_BYTES):
            yield piece

    def _inflate(self) -> bytes:
        """More; none: the member is over."""
        while not self._inflater.eof:
            packed = self._inflater.unconsumed_tail
            if not packed:
                self._segment.seek(self._at)
                packed = self._segment.read(_CHUNK_BYTES)
                if not packed:
                    raise EOFError
                self._at += len(packed)
            if piece := self._inflater.decompress(packed, _CHUNK_BYTES):
                break
        else:
            piece = b""
        if self._inflater.eof:
            self.end = self._at - len(self._inflater.unused_data)
        return piece


class _Block:
    """The block of a record, hashed while it is taken."""

    def __init__(self, member: _Member, length: int, headers: dict[str, str]) -> None:
        self._member = member
        self._left = length
        self._told = {name: headers.get(f"warc-{name}-digest", "") for name in ("block", "payload")}
        self._hashes = {name: _hash(told) for name, told in self._told.items()}
        self._is_payload = False
        self.sent = hashlib.sha256()

    def http_head(self) -> bytes:
        """The status line and the headers; what follows is the payload."""
        head = self._member.take_through(_END_OF_HEAD)
        if len(head) > self._left:
            raise _DamagedError("is shorter than it says")
        self._count(head)
        self._is_payload = True
        return head

    def take_as_payload(self) -> None:
        """What follows is the payload, without a head before it."""
        self._is_payload = True

    def payload(self) -> Iterator[bytes]:
        """All that is left, in pieces."""
        while self._left:
            piece = self._member.take(min(_CHUNK_BYTES, self._left))
            if not piece:
                raise _DamagedError("is shorter than it says")
            self._count(piece)
            yield piece

    def drain(self) -> None:
        """Take all that is left."""
        for _ in self.payload():
            pass

    def wrong_digest(self) -> str:
        """`block` or `payload`, if what was taken has another digest than is told; "": neither."""
        for name, each in self._hashes.items():
            if each is None or (name == "payload" and not self._is_payload):
                continue
            told = self._told[name].partition(":")[2]
            made = each.digest()
            if told != base64.b32encode(made).decode().rstrip("=") and told.lower() != made.hex():
                return name
        return ""

    def _count(self, piece: bytes) -> None:
        self._left -= len(piece)
        if (block := self._hashes["block"]) is not None:
            block.update(piece)
        if self._is_payload:
            self.sent.update(piece)
            if (payload := self._hashes["payload"]) is not None:
                payload.update(piece)


def _hash(told: str) -> Any:
    """What makes a digest of the algorithm that is told; None: it is not known here."""
    name = told.partition(":")[0].lower()
    return hashlib.new(name, usedforsecurity=False) if name in _ALGORITHMS else None
