"""Write an export where `-O` says: a file whole or not at all; a pipe or device as it comes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from crawler.errors import StorageError, UsageError, remedy

__all__ = ["FOLDER_MARK", "destination", "folder_destination"]

FOLDER_MARK = ".crawler-export"
"""An empty file: an export made this folder, and may replace it."""


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


@contextmanager
def folder_destination(path: str) -> Iterator[Path]:
    """An empty folder to write into; it takes its name once all is written. Blocking.

    What an earlier export left there is replaced (it has a mark, `FOLDER_MARK`); a folder with anything else stays.

    Raises:
        UsageError: nothing can be written there, or it holds what no export wrote.
        StorageError: the disk is full or failed; the old folder stays.
    """
    place = Path(path).resolve()
    part, old = (place.with_name(f"{place.name}.{os.getpid()}.{end}") for end in ("part", "old"))
    try:
        if place.exists() and not _is_replaceable(place):
            raise UsageError(f"-O {path} holds what no export wrote; name a new folder")
        part.mkdir(parents=True)
        (part / FOLDER_MARK).touch()
    except OSError as error:
        raise UsageError(f"-O {path}: {error.strerror}; name a folder that can be made") from None
    try:
        yield part
        if place.exists():
            place.rename(old)
        part.rename(place)
    except OSError as error:
        advice = remedy(error, "make room")
        raise StorageError(f"-O {path}: {error.strerror}; {advice}, then export again") from None
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if place.exists():
            shutil.rmtree(old, ignore_errors=True)
        elif old.exists():
            old.rename(place)


def _is_replaceable(place: Path) -> bool:
    return place.is_dir() and ((place / FOLDER_MARK).is_file() or not any(place.iterdir()))


def _open(path: Path, mode: str, *, is_binary: bool) -> IO[Any]:
    if is_binary:
        return path.open(f"{mode}b")
    return path.open(mode, encoding="utf-8")
