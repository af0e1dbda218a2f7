"""Write the browsable copy: every file whole or not there, nothing outside the folder.

A file is written beside the mirror and renamed into place, so that a reader, or a crash, sees the old
copy or the new one. One call takes a batch, because a hop to a thread costs more than a write.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from aiofiles.base import wrap

from crawler.errors import StorageError

__all__ = ["Mirror"]

_MAX_FOLDERS_KNOWN = 50_000


class Mirror:
    """The files below `mirror/`.

    Args:
        folder: `mirror/` of the output.
        partial: a folder on the same file system for files in the making; swept at the start.
    """

    def __init__(self, folder: Path, partial: Path) -> None:
        self._folder = folder
        self._partial = partial
        self._known: set[str] = set()
        self._count = 0

    def sweep(self) -> int:
        """Remove what dead processes left in the making; gives how many files."""
        swept = 0
        if self._partial.is_dir() and not self._partial.is_symlink():
            for path in self._partial.iterdir():
                path.unlink(missing_ok=True)
                swept += 1
        self._partial.mkdir(parents=True, exist_ok=True)
        return swept

    async def write(self, files: Sequence[tuple[str, bytes]]) -> None:
        """`write_now` in aiofiles' thread pool: one hop for the whole batch.

        Raises:
            StorageError: the disk is full or failed, or a link or folder lies in the way.
        """
        await _write_in_thread(self, files)

    def write_now(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Write each (path below the mirror, bytes), beside and then renamed. Blocking.

        Raises:
            StorageError: the disk is full or failed, or a link or folder lies in the way.
        """
        for name, body in files:
            try:
                self._write(name, body)
            except OSError as error:
                raise StorageError(
                    f"{self._folder / name}: {error.strerror or error};"
                    " make room or clear the way, then run the same line again"
                ) from error

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, None if it is not there. Blocking."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError:
            return None

    def _write(self, name: str, body: bytes) -> None:
        parent, _, _ = name.rpartition("/")
        if parent not in self._known:
            self._make_folder(parent)
        self._count += 1
        part = self._partial / f"{os.getpid()}-{self._count}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_NOFOLLOW", 0)
        descriptor = os.open(part, flags, 0o644)
        try:
            left = memoryview(body)
            while left:
                left = left[os.write(descriptor, left) :]
        except BaseException:
            os.close(descriptor)
            part.unlink(missing_ok=True)
            raise
        os.close(descriptor)
        part.replace(self._folder / name)

    def _make_folder(self, parent: str) -> None:
        """Make a folder and refuse one that a link leads out of the mirror."""
        folder = self._folder / parent
        folder.mkdir(parents=True, exist_ok=True)
        if not folder.resolve().is_relative_to(self._folder.resolve()):
            raise NotADirectoryError(None, "a link leads out of the mirror")
        if len(self._known) >= _MAX_FOLDERS_KNOWN:
            self._known.clear()
        self._known.add(parent)


@wrap
def _write_in_thread(mirror: Mirror, files: Sequence[tuple[str, bytes]]) -> None:
    mirror.write_now(files)
