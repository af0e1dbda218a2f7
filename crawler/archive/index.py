"""Write the CDXJ index of the archive: one sorted line a capture, as replay tools read it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from crawler.errors import StorageError, remedy
from crawler.model import Capture
from crawler.urls import surt

__all__ = ["cdxj_line", "write_index"]


def cdxj_line(capture: Capture) -> str:
    """The capture's line: SURT key, timestamp, JSON (the fields of pywb's CDXJ)."""
    stamp = datetime.fromtimestamp(capture.captured_at, UTC).strftime("%Y%m%d%H%M%S")
    fields = {
        "url": capture.url,
        "mime": capture.media_type or "unk",
        "status": str(capture.status),
        "digest": capture.digest,
        "length": str(capture.length),
        "offset": str(capture.offset),
        "filename": capture.segment,
    }
    return f"{surt(capture.url)} {stamp} {json.dumps(fields)}"


def write_index(folder: Path, captures: Iterable[Capture]) -> int:
    """Write `index.cdxj` beside the segments, whole or not at all; gives how many lines.

    Blocking. The lines are sorted by their bytes, as binary search needs them.

    Raises:
        StorageError: the disk is full or failed.
    """
    lines = sorted(_lines(captures))
    part = folder / "index.cdxj.part"
    try:
        # What lies there from before, whatever it is, must not be written through.
        part.unlink(missing_ok=True)
        with part.open("x", encoding="ascii", newline="\n") as file:
            file.writelines(line + "\n" for line in lines)
        part.replace(folder / "index.cdxj")
    except OSError as error:
        raise StorageError(
            f"{folder / 'index.cdxj'}: {error.strerror or error}; {remedy(error, 'make room')}, then run the same line again"
        ) from error
    return len(lines)


def _lines(captures: Iterable[Capture]) -> Iterator[str]:
    for capture in captures:
        if capture.segment is not None:
            yield cdxj_line(capture)
