"""Copy the lines that sources have written since (crawl.log, items), each once, behind those of the others.

A log is known by its first line, wherever it lies and whether it was packed meanwhile. What was copied of which
stands in a file of the union's own, written after the lines: what a kill left behind them is cut and copied again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import BinaryIO, cast

from crawler.errors import StorageError, disk_error
from crawler.output import Output, write_whole

__all__ = ["Book", "Lines", "read_book"]

_LINE_BYTES = 1 << 20
_TAIL_BYTES = 256
_AGAIN_BYTES = 1 << 20
_BATCH_BYTES = 1 << 15


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """How far a log was copied: so many bytes, and the digest of the last of them."""

    size_bytes: int = 0
    tail: str = ""


@dataclass(slots=True, kw_only=True)
class Book:
    """What a union remembers beside its ledger.

    Args:
        sizes: bytes of its own files that count, by their names below the output.
        read: by the digest of a log's first line.
        replayed_bytes: of crawl.log, whose lines the ledger was told.
    """

    sizes: dict[str, int] = field(default_factory=dict)
    read: dict[str, Read] = field(default_factory=dict)
    replayed_bytes: int = 0

    def write(self, path: Path) -> None:
        """Write it whole or not at all. Blocking.

        Raises:
            OSError: the disk is full or failed.
        """
        write_whole(path, json.dumps(asdict(self), sort_keys=True) + "\n")


def read_book(path: Path) -> Book | None:
    """The book of a union; None: there is none. Blocking.

    Raises:
        StorageError: it cannot be read, or is none.
    """
    try:
        told = json.loads(path.read_bytes())
        return Book(
            sizes={str(name): int(size) for name, size in told["sizes"].items()},
            read={str(name): Read(**each) for name, each in told["read"].items()},
            replayed_bytes=int(told["replayed_bytes"]),
        )
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise StorageError(f"{path} is damaged ({error}); gather into another folder with -o") from error


class Lines:
    """The files of lines of one union. Blocking.

    Args:
        output: of the union.
        book: tells what was copied, and is told; to be written by whoever has it.
    """

    def __init__(self, output: Output, book: Book) -> None:
        self._output = output
        self._book = book

    def trim(self) -> None:
        """Cut what a kill left behind the lines that count.

        Raises:
            StorageError: the disk failed.
        """
        try:
            for name, size in self._book.sizes.items():
                path = self._output.folder / name
                if path.is_file() and path.stat().st_size > size:
                    os.truncate(path, size)
        except OSError as error:
            raise disk_error(self._output.folder, error) from error

    def take(self, original: Path, name: str) -> int:
        """Copy the whole lines of a log that are new; gives how many bytes.

        Args:
            original: plain, or packed by gzip.
            name: of our file, below the output.

        Raises:
            OSError: the original cannot be read.
            StorageError: ours cannot be written.
        """
        with _opened(original) as log:
            first = log.readline(_LINE_BYTES)
            if not first.endswith(b"\n"):
                return 0
            known = hashlib.sha256(first).hexdigest()
            start, seen = self._resumed_at(log, self._book.read.get(known, Read()), name)
            log.seek(start)
            at, size = start, 0
            for batch in _whole_lines(log):
                at += len(batch)
                fresh = batch if seen is None else _without(batch, seen)
                size += len(fresh)
                self._append(name, fresh)
            if at > start:
                self._book.read[known] = Read(size_bytes=at, tail=_digest_before(log, at))
            return size

    def _resumed_at(self, log: BinaryIO, read: Read, name: str) -> tuple[int, set[bytes] | None]:
        """From where on a log is to be read, and with it which of its lines are known; None: they are all new."""
        if not read.size_bytes or _digest_before(log, read.size_bytes) == read.tail:
            return read.size_bytes, None
        # A start after a kill has cut the last lines of its log.
        start = max(read.size_bytes - _AGAIN_BYTES, 0)
        log.seek(start)
        if start:
            start += len(log.readline(_LINE_BYTES))
        path = self._output.folder / name
        seen: set[bytes] = set()
        if path.is_file():
            with path.open("rb") as ours:
                ours.seek(max(path.stat().st_size - 4 * _AGAIN_BYTES, 0))
                seen = set(ours.readlines())
        return start, seen

    def _append(self, name: str, lines: bytes) -> None:
        path = self._output.folder / name
        try:
            path.parent.mkdir(exist_ok=True)
            with path.open("ab") as file:
                file.write(lines)
            self._book.sizes[name] = path.stat().st_size
        except OSError as error:
            raise disk_error(path, error) from error


def _opened(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _whole_lines(log: BinaryIO) -> Iterator[bytes]:
    """What is left of a log, some lines at a time; a torn last one is left for later."""
    left = b""
    with suppress(EOFError, zlib.error, gzip.BadGzipFile):
        while chunk := log.read(_BATCH_BYTES):
            whole, end, left = (left + chunk).rpartition(b"\n")
            if end:
                yield whole + end
            if len(left) > _LINE_BYTES:
                return


def _without(lines: bytes, known: set[bytes]) -> bytes:
    return b"".join(line for line in lines.splitlines(keepends=True) if line not in known)


def _digest_before(log: BinaryIO, end: int) -> str:
    """The digest of the last bytes before a place; of fewer where the log is shorter."""
    start = max(end - _TAIL_BYTES, 0)
    log.seek(start)
    return hashlib.sha256(log.read(end - start)).hexdigest()
