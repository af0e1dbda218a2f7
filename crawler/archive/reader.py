"""Read a capture's body back from its segment."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

from warcio.archiveiterator import ArchiveIterator

from crawler.coding import CodingError, decode_body
from crawler.errors import StorageError
from crawler.model import Capture

__all__ = ["read_body"]

_MAX_BODY_BYTES = 1 << 31


def read_body(folder: Path, capture: Capture) -> bytes:
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
        record = next(iter(ArchiveIterator(io.BytesIO(data), no_record_parse=False)))
        wire = record.raw_stream.read()
        coding = record.http_headers.get_header("Content-Encoding")
        return decode_body(wire, coding, _MAX_BODY_BYTES)
    except (OSError, StopIteration, CodingError, zlib.error, AttributeError) as error:
        raise StorageError(
            f"{path} at {capture.offset}: {capture.url} cannot be read ({type(error).__name__}); crawl it again"
        ) from error
