"""Copy records from segments into another WARC file, byte for byte: a capture with all that belongs to it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path

from crawler.archive.records import Records
from crawler.archive.torn import exchange_start
from crawler.errors import StorageError
from crawler.model import Capture
from crawler.rendering import read_rendering

__all__ = ["copy_exchanges", "segment_chunks"]

_CHUNK_BYTES = 1 << 18


def copy_exchanges(
    folder: Path, captures: Iterable[Capture], name: str, write: Callable[[bytes], object], *, software: str
) -> Iterator[tuple[Capture, Capture]]:
    """Write a WARC file of some captures; gives each with itself as it lies there now. Blocking.

    The same captures under the same name give the same bytes.

    Args:
        folder: `archive/`, where their segments lie.
        captures: what goes in, by segment and offset.
        name: of the file.
        write: takes its bytes, from the first on.
        software: named in the record that opens it.

    Raises:
        StorageError: a segment is missing, cut or cannot be read.
    """
    offset = 0

    def put(data: bytes) -> None:
        nonlocal offset
        write(data)
        offset += len(data)

    is_begun = False
    for capture, start in _exchanges(folder, captures):
        if not is_begun:
            records = Records(software)
            records.write(records.warcinfo(name, at=capture.captured_at), put)
            is_begun = True
        for chunk in segment_chunks(folder / (capture.segment or ""), start, capture.offset + capture.length):
            put(chunk)
        yield capture, dataclasses.replace(capture, segment=name, offset=offset - capture.length)


def segment_chunks(path: Path, start: int, end: int) -> Iterator[bytes]:
    """The bytes of a segment from `start` to `end`, in pieces. Blocking.

    Raises:
        StorageError: it ends before that, or cannot be read.
    """
    with _reading(path), path.open("rb") as segment:
        segment.seek(start)
        left = end - start
        while left:
            chunk = segment.read(min(_CHUNK_BYTES, left))
            if not chunk:
                raise StorageError(f"{path} is cut; crawler verify tells what is lost")
            left -= len(chunk)
            yield chunk


def _exchanges(folder: Path, captures: Iterable[Capture]) -> Iterator[tuple[Capture, int]]:
    """Each capture, and where the records begin that belong to it: its request, or its rendered text before that."""
    for name, group in groupby(captures, lambda each: each.segment or ""):
        path = folder / name
        with _reading(path), path.open("rb") as segment:
            for capture in group:
                rendering = read_rendering(capture.rendering)
                if rendering is None:
                    yield capture, exchange_start(segment, capture.offset)
                else:
                    yield capture, capture.offset - rendering.before_bytes


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    """Say of an error of the disk that it lost what lies there."""
    try:
        yield
    except FileNotFoundError:
        raise StorageError(f"{path} is missing; crawler verify tells what is lost") from None
    except OSError as error:
        what = f"{path} cannot be read ({error.strerror or error})"
        raise StorageError(f"{what}; crawler verify tells what is lost") from error
