"""Write the CDXJ index of the archive: one sorted line a capture, as replay tools read it."""

from __future__ import annotations

import heapq
import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from crawler.errors import disk_error
from crawler.model import Capture
from crawler.urls import surt

__all__ = ["INDEX", "IndexWriter", "SortedLines", "cdxj_line", "index_lines"]

INDEX = "index.cdxj"
"""Its name, beside the segments."""

_LINES_HELD = 50_000


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


def index_lines(folder: Path) -> Iterator[str]:
    """The lines of the index, without their ends; whatever is no text of ours is escaped. Blocking.

    Raises:
        OSError: there is none, or it cannot be read.
    """
    with (folder / INDEX).open(encoding="ascii", errors="backslashreplace", newline="\n") as file:
        for line in file:
            yield line.removesuffix("\n")


class SortedLines:
    """Lines sorted by bytes, however many: what does not fit into memory lies in files without a name.

    Use it as a context manager. Its calls block, and may raise OSError.

    Args:
        folder: where those files lie; None: where the system has its temporary ones.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._held: list[str] = []
        self._sorted: list[IO[str]] = []
        self._files = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._files.close()

    def add(self, lines: Iterable[str]) -> None:
        """Take in more lines, without their ends; they are ASCII."""
        self._held.extend(line + "\n" for line in lines)
        if len(self._held) >= _LINES_HELD:
            file = self._files.enter_context(
                tempfile.TemporaryFile(  # noqa: SIM115 - the stack closes it
                    "w+", encoding="ascii", newline="\n", dir=self._folder
                )
            )
            self._sorted.append(file)
            file.writelines(sorted(self._held))
            file.seek(0)
            self._held.clear()

    def merged(self) -> Iterator[str]:
        """All of them, with their ends; once, when no more are added."""
        yield from heapq.merge(*self._sorted, sorted(self._held))


class IndexWriter:
    """Makes `index.cdxj` beside the segments, sorted by bytes, as binary search needs it. Its calls block.

    Memory does not grow with the archive. Use it as a context manager.

    Args:
        folder: `archive/` of the output.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lines = SortedLines(folder)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.__exit__(kind, error, trace)

    def add(self, captures: Iterable[Capture]) -> None:
        """Take in more captures; those that lie in no segment are left out.

        Raises:
            StorageError: the disk is full or failed.
        """
        with self._explained():
            self._lines.add(cdxj_line(capture) for capture in captures if capture.segment is not None)

    def write(self) -> int:
        """Write the index, whole or not at all; gives how many lines.

        Raises:
            StorageError: the disk is full or failed.
        """
        count = 0
        part = self._folder / f"{INDEX}.part"
        with self._explained():
            # What lies there from before, whatever it is, must not be written through.
            part.unlink(missing_ok=True)
            with part.open("x", encoding="ascii", newline="\n") as file:
                for line in self._lines.merged():
                    file.write(line)
                    count += 1
            part.replace(self._folder / INDEX)
        return count

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise disk_error(self._folder / INDEX, error, "make room") from error
