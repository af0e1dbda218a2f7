"""Read a capture's body back from its segment."""

from __future__ import annotations

import hashlib
import io
import zlib
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from crawler.body import Body
from crawler.coding import BodyTooLargeError, CodingError, decode_body
from crawler.errors import StorageError
from crawler.exchange import Head
from crawler.model import Capture

__all__ = ["read_body"]

_MAX_BODY_BYTES = 1 << 31


def read_body(folder: Path, capture: Capture) -> Body:
    """The content-decoded body of a capture that lies in `folder` (`archive/` of the output).

    Raises:
        StorageError: the record is not there, or not what the capture says.
    """
    if capture.segment is None:
        raise StorageError(f"{capture.url}: this capture is in no archive segment")
    path = folder / capture.segment
    try:
        with path.open("rb") as segment:
            segment.seek(capture.offset)
            data = segment.read(capture.length)
        record = next(iter(ArchiveIterator(io.BytesIO(data))))
        wire = record.raw_stream.read()
        body = _decoded(record, wire)
    except (
        OSError,
        ValueError,
        EOFError,
        StopIteration,
        AttributeError,
        ArchiveLoadFailed,
        CodingError,
        BodyTooLargeError,
        zlib.error,
    ) as error:
        raise _unreadable(path, capture, type(error).__name__) from error
    if record.rec_headers.get_header("WARC-Target-URI") != capture.url:
        raise _unreadable(path, capture, "there lies another record")
    # Where a decoder was missing when the page was fetched, the body as sent is what was meant.
    for candidate in (body, wire):
        if _digest(candidate) == capture.digest:
            return Body.of(candidate)
    raise _unreadable(path, capture, "other content")


def _decoded(record: Any, wire: bytes) -> bytes:
    if record.rec_type != "response":
        raise ValueError(record.rec_type)
    head = Head(status=0, headers=tuple(record.http_headers.headers))
    return decode_body(wire, head.joined("content-encoding"), _MAX_BODY_BYTES)


def _digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


def _unreadable(path: Path, capture: Capture, why: str) -> StorageError:
    return StorageError(f"{path} at {capture.offset}: {capture.url} cannot be read ({why}); crawl it again")
