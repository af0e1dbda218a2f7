"""Answers to archive, and the plain way to take segments apart again."""

from __future__ import annotations

import hashlib
import random
import zlib
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator

from crawler.archive.records import Kept, Records
from crawler.archive.segment import Archive, Location
from crawler.body import Body, Spool
from crawler.exchange import Head, Headers, Response
from crawler.model import Capture

AT = 1_700_000_000.75
RUN = "20231114-221320"
SENT: Headers = (("Host", "example.org"), ("User-Agent", "crawler/test"))


def answer(
    body: bytes | Body = b"<p>hello",
    *,
    url: str = "https://example.org/a?b=c",
    status: int = 200,
    reason: str = "OK",
    headers: Headers = (("Content-Type", "text/html"),),
    sent: Headers = SENT,
    at: float = AT,
    unchanged_since: float | None = None,
    address: str = "93.184.216.34",
) -> Kept:
    body = body if isinstance(body, Body) else Body.of(body)
    return Kept(
        response=Response(
            url=url,
            head=Head(status=status, headers=headers),
            reason=reason,
            wire=body,
            body=body,
            request_line="GET /a?b=c HTTP/1.1",
            request_headers=sent,
            address=address,
            started_at=at,
        ),
        unchanged_since=unchanged_since,
    )


def revisit(at: float = AT + 86_400) -> Kept:
    headers = (("ETag", '"v1"'), ("Content-Length", "8"))
    return answer(b"", status=304, reason="Not Modified", headers=headers, at=at, unchanged_since=AT)


def capture_of(kept: Kept, place: Location, body: bytes | None = None) -> Capture:
    response = kept.response
    body = response.body.read() if body is None else body
    return Capture(
        url=response.url,
        captured_at=response.started_at,
        status=response.status,
        media_type="text/html",
        size_bytes=len(body),
        digest=f"sha256:{hashlib.sha256(body).hexdigest()}",
        segment=place.segment,
        offset=place.offset,
        length=place.length,
    )


def archive_in(folder: Path, *, segment_bytes: int = 1_000_000_000, run: str = RUN) -> Archive:
    return Archive(folder, run, segment_bytes=segment_bytes, software="crawler/test")


def member_of(builder: Records, record: Any) -> bytes:
    """A record of the builder's as the gzip member that it writes."""
    pieces: list[bytes] = []
    builder.write(record, pieces.append)
    return b"".join(pieces)


def large(spool: Path, size_bytes: int = 3_000_000, seed: int = 1) -> Body:
    """A body that lies in a file, half of it noise."""
    half = random.Random(seed).randbytes(size_bytes // 2)
    return Spool(spool).keep([half, bytes(size_bytes - len(half))])


def members(path: Path) -> list[tuple[int, int, bytes]]:
    """(offset, length, what is inside) of each gzip member; a torn one raises."""
    found = members_until_torn(path)
    end = sum(found[-1][:2]) if found else 0
    assert end == path.stat().st_size, f"torn at {end}"
    return found


def members_until_torn(path: Path) -> list[tuple[int, int, bytes]]:
    """The same up to the first that is torn."""
    data = path.read_bytes()
    found = []
    at = 0
    while at < len(data):
        inflater = zlib.decompressobj(31)
        inside = inflater.decompress(data[at:])
        if not inflater.eof:
            break
        end = len(data) - len(inflater.unused_data)
        found.append((at, end - at, inside))
        at = end
    return found


def records(path: Path) -> list[tuple[Any, bytes]]:
    """Every record as warcio reads it, digests checked, with its undecoded content."""
    with path.open("rb") as segment:
        return [
            (record, record.raw_stream.read()) for record in ArchiveIterator(segment, check_digests="raise")
        ]


def kinds(path: Path) -> list[str]:
    return [record.rec_type for record, _ in records(path)]
