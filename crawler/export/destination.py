"""Write an export where `-O` says: a file whole or not at all; a pipe or device as it comes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from crawler.errors import StorageError, UsageError, remedy

__all__ = ["destination"]


@contextmanager
def destination(path: str, *, is_binary: bool) -> Iterator[IO[Any]]:
    """A file to write to; what lies there is replaced once all is written, where a link leads too. Blocking.

    Args:
        path: as the user wrote it.
        is_binary: it takes bytes, and no terminal is written to; else text, in UTF-8.

    Raises:
        UsageError: nothing can be written there.
        StorageError: the disk is full or failed; the old file stays.
    """
    place = Path(path).resolve()
    is_file = place.is_file() or not place.exists()
    part = place.with_name(f"{place.name}.{os.getpid()}.part") if is_file else place
    try:
        file = _open(part, "x" if is_file else "w", is_binary=is_binary)
    except OSError as error:
        raise UsageError(f"-O {path}: {error.strerror}; name a file that can be written") from None
    try:
        with file:
            if is_binary and file.isatty():
                raise UsageError(f"-O {path}: a terminal cannot show this; name a file")
            yield file
        if is_file:
            part.replace(place)
    except OSError as error:
        advice = remedy(error, "make room")
        raise StorageError(f"-O {path}: {error.strerror}; {advice}, then export again") from None
    finally:
        if is_file:
            part.unlink(missing_ok=True)


def _open(path: Path, mode: str, *, is_binary: bool) -> IO[Any]:
    if is_binary:
        return path.open(f"{mode}b")
    return path.open(mode, encoding="utf-8")
