"""Read WARC segments member by member, and be strict: what is not whole to the last byte is torn."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Record", "TornError", "records_of"]

_GZIP_WINDOW = 31
_END = b"\r\n\r\n"


class TornError(Exception):
    """A segment is not a row of whole members that hold a whole record each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One record; `digest` is of the content-decoded body of a response, "" for others."""

    kind: str
    url: str
    offset: int
    length: int
    digest: str


def records_of(segment: Path) -> Iterator[Record]:
    """Every record of a segment.

    Raises:
        TornError: something in it is not whole.
    """
    left = segment.read_bytes()
    offset = 0
    while left:
        inflater = zlib.decompressobj(_GZIP_WINDOW)
        try:
            text = inflater.decompress(left)
        except zlib.error as error:
            raise TornError(f"at {offset}: {error}") from error
        if not inflater.eof:
            raise TornError(f"at {offset}: half a member")
        length = len(left) - len(inflater.unused_data)
        yield _record(text, offset, length)
        left, offset = inflater.unused_data, offset + length


def _record(text: bytes, offset: int, length: int) -> Record:
    head, _, rest = text.partition(_END)
    first, *lines = head.split(b"\r\n")
    fields = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    block = rest[: int(fields[b"content-length"])]
    if first != b"WARC/1.1" or rest[len(block) :] != _END or len(block) != int(fields[b"content-length"]):
        raise TornError(f"at {offset}: half a record")
    kind = fields[b"warc-type"].decode()
    return Record(
        kind=kind,
        url=fields.get(b"warc-target-uri", b"").decode().strip("<>"),
        offset=offset,
        length=length,
        digest=_body_digest(block) if kind == "response" else "",
    )


def _body_digest(block: bytes) -> str:
    head, _, body = block.partition(_END)
    if b"\r\ncontent-encoding: gzip" in head.lower():
        body = gzip.decompress(body)
    return f"sha256:{hashlib.sha256(body).hexdigest()}"
