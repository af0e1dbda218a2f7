"""Read a capture's body back from its segment, piece by piece."""

from __future__ import annotations

import dataclasses
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from warcio.exceptions import ArchiveLoadFailed

from crawler.archive.conversion import VIEW
from crawler.archive.record import record_at
from crawler.body import Body, Spool
from crawler.coding import BodyTooLargeError, CodingError, decoded, layers_of
from crawler.errors import StorageError
from crawler.exchange import Head
from crawler.model import Capture
from crawler.rendering import read_rendering

__all__ = ["read_body", "read_head", "read_picture", "read_rendered"]

_MAX_BODY_BYTES = 1 << 31
_CHUNK_BYTES = 1 << 16
# warcio inflates a block at once, to a thousand times its size if need be.
_UNREADABLE = (
    OSError,
    ValueError,
    EOFError,
    AttributeError,
    ArchiveLoadFailed,
    CodingError,
    BodyTooLargeError,
    zlib.error,
)


def read_body(folder: Path, capture: Capture, spool: Spool) -> Body:
    """The content-decoded body of a capture that lies in `folder` (`archive/` of the output). Blocking.

    Raises:
        StorageError: the record is not there, or not what the capture says, or `spool` is full.
    """
    if capture.segment is None:
        raise StorageError(f"{capture.url}: this capture is in no archive segment")
    path = folder / capture.segment
    # Where a decoder was missing when the page was fetched, the body as sent is what was meant.
    for undoes_codings in (True, False):
        try:
            body = _read(path, capture, spool, undoes_codings=undoes_codings)
        except _UNREADABLE as error:
            raise _unreadable(path, capture, type(error).__name__) from error
        if f"sha256:{body.digest}" == capture.digest:
            return body
    raise _unreadable(path, capture, "other content")


def read_head(folder: Path, capture: Capture) -> Head:
    """The status and the headers of a capture that lies in `folder`, as they were sent. Blocking.

    Raises:
        StorageError: the record is not there, or not what the capture says.
    """
    if capture.segment is None:
        raise StorageError(f"{capture.url}: this capture is in no archive segment")
    path = folder / capture.segment
    try:
        with _opened(path, capture) as record:
            return Head(status=capture.status, headers=tuple(record.http_headers.headers))
    except _UNREADABLE as error:
        raise _unreadable(path, capture, type(error).__name__) from error


def read_rendered(folder: Path, capture: Capture, spool: Spool) -> Body:
    """The rendered text of a capture that has one and lies in `folder`. Blocking.

    Raises:
        StorageError: the record is not there, or not what the capture says, or `spool` is full.
    """
    rendering = read_rendering(capture.rendering)
    if capture.segment is None or rendering is None:
        raise StorageError(f"{capture.url}: no rendered text of it is in the archive")
    path = folder / capture.segment
    offset = capture.offset - rendering.before_bytes
    place = dataclasses.replace(capture, offset=offset, length=rendering.length)
    try:
        with _opened(path, place, "conversion") as record:
            body = spool.keep(_pieces(record.raw_stream))
    except _UNREADABLE as error:
        raise _unreadable(path, place, type(error).__name__) from error
    if f"sha256:{body.digest}" != rendering.digest:
        raise _unreadable(path, place, "other content")
    return body


def read_picture(folder: Path, capture: Capture, spool: Spool) -> Body | None:
    """The picture of a rendered page whose capture lies in `folder`; None: none was taken. Blocking.

    Raises:
        StorageError: the record is not there, or not what the capture says, or `spool` is full.
    """
    rendering = read_rendering(capture.rendering)
    if capture.segment is None or rendering is None or not rendering.shot_length:
        return None
    path, offset = folder / capture.segment, capture.offset - rendering.shot_before_bytes
    place = dataclasses.replace(
        capture, url=f"{VIEW}{capture.url}", offset=offset, length=rendering.shot_length
    )
    try:
        with _opened(path, place, "resource") as record:
            return spool.keep(_pieces(record.raw_stream))
    except _UNREADABLE as error:
        raise _unreadable(path, place, type(error).__name__) from error


def _read(path: Path, capture: Capture, spool: Spool, *, undoes_codings: bool) -> Body:
    with _opened(path, capture) as record:
        head = Head(status=0, headers=tuple(record.http_headers.headers))
        layers = layers_of(head.joined("content-encoding")) if undoes_codings else ()
        return spool.keep(decoded(_pieces(record.raw_stream), layers, _MAX_BODY_BYTES))


@contextmanager
def _opened(path: Path, capture: Capture, kind: str = "response") -> Iterator[Any]:
    """The record of a capture, to be read from its beginning."""
    with record_at(path, capture.offset, capture.length) as record:
        if record.rec_type != kind:
            raise ValueError(record.rec_type)
        if record.rec_headers.get_header("WARC-Target-URI") != capture.url:
            raise _unreadable(path, capture, "there lies another record")
        yield record


def _pieces(stream: Any) -> Iterator[bytes]:
    while piece := stream.read(_CHUNK_BYTES):
        yield piece


def _unreadable(path: Path, capture: Capture, why: str) -> StorageError:
    return StorageError(f"{path} at {capture.offset}: {capture.url} cannot be read ({why}); crawl it again")
