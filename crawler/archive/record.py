"""Open one record of a segment, to be read from its beginning."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from warcio.archiveiterator import ArchiveIterator
from warcio.limitreader import LimitReader

__all__ = ["record_at"]

_BLOCK_BYTES = 1 << 10


@contextmanager
def record_at(path: Path, start: int, length: int) -> Iterator[Any]:
    """A record of warcio's, while the block runs.

    Args:
        path: of the segment.
        start: where the record begins.
        length: of the compressed record: nothing behind it is read.

    Raises:
        OSError: the file cannot be read.
        EOFError: nothing lies there.
        ArchiveLoadFailed: it is no record.
    """
    with path.open("rb") as segment:
        segment.seek(start)
        # In small blocks: most of what is read is heads.
        records = ArchiveIterator(LimitReader(segment, length), block_size=_BLOCK_BYTES)
        record = next(iter(records), None)
        if record is None:
            raise EOFError
        yield record
