"""Write the browsable copy: every file whole or not there, nothing outside the folder, no link to nowhere.

A file is written beside the mirror and renamed into place, so that a reader, or a crash, sees the old
copy or the new one. Before a page is, everything that it links to has a file, if only a stub
(`crawler.mirror.stubs`). One call takes a batch, because a hop to a thread costs more than a write.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path

from aiofiles.base import wrap

from crawler.body import Body
from crawler.errors import disk_error
from crawler.mirror.reading import open_below
from crawler.mirror.renaming import put_new, put_over_stub
from crawler.mirror.stubs import Note, StubNotes, is_stub, stub

__all__ = ["Mirror"]

_MAX_FOLDERS_KNOWN = 50_000
_MAX_NAMES_KNOWN = 200_000
_STUB_BYTES = 64
_NO_NAMES = frozenset({"", ".", ".."})
_REMEDY = "make room or clear the way"
_PART = re.compile(r"\d+-\d+")


class Mirror:
    """The files below `mirror/`.

    Args:
        folder: `mirror/` of the output.
        partial: a folder on the same file system for files in the making; swept at the start.
    """

    def __init__(self, folder: Path, partial: Path) -> None:
        self._folder = folder
        self._partial = partial
        self._notes = StubNotes(partial)
        self._known: set[str] = set()
        self._taken: set[int] = set()
        self._stubs: set[int] = set()
        self._count = 0

    def sweep(self) -> int:
        """Make both folders, and remove what dead processes left in the making; gives how many files.

        Raises:
            StorageError: a folder cannot be made or swept.
        """
        swept = 0
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            self._partial.mkdir(parents=True, exist_ok=True)
            _refuse_all_but_folder(self._partial)
            for path in self._partial.iterdir():
                if _PART.fullmatch(path.name) and not stat.S_ISDIR(path.lstat().st_mode):
                    path.unlink()
                    swept += 1
        except OSError as error:
            raise disk_error(error.filename or self._partial, error, _REMEDY) from error
        return swept

    def may_be_free(self, name: str) -> bool:
        """Whether no file may lie at a name yet, as far as is known here."""
        return hash(name) not in self._taken

    async def write(
        self,
        files: Sequence[tuple[str, Body]],
        promised: Iterable[tuple[str, str]] = (),
        left: Iterable[tuple[str, str]] = (),
    ) -> None:
        """`write_now` in aiofiles' thread pool: one hop for the whole batch.

        Raises:
            StorageError: the disk is full or failed, or a link or folder lies in the way.
        """
        await _write_in_thread(self, files, promised, left)

    def write_now(
        self,
        files: Sequence[tuple[str, Body]],
        promised: Iterable[tuple[str, str]] = (),
        left: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Put a stub at each promised name that is free, then write each file, beside and then renamed. Blocking.

        Args:
            files: (path below the mirror, body).
            promised: (path below the mirror, live URL) of what the files link to.
            left: (path below the mirror, key) of files that their URLs have left for one of these: noted until no
                link leads there.

        Raises:
            StorageError: the disk is full or failed, or a link or folder lies in the way.
        """
        name = ""
        try:
            free = {path: url for path, url in promised if self.may_be_free(path)}
            self._notes.add(free, left)
            for name, url in free.items():
                self._write_stub(name, url)
            for name, body in files:
                self._write(name, body)
        except OSError as error:
            obstacle = Path(error.filename or "")
            is_ours = obstacle.is_relative_to(self._folder)
            raise disk_error(obstacle if is_ours else self._folder / name, error, _REMEDY) from error

    def notes(self) -> list[Note]:
        """The names that hold a stub, or a file that its URL has left, if nothing has landed there since. Blocking.

        Raises:
            StorageError: the disk failed.
        """
        try:
            return [note for note in self._notes.read() if not note.secret or self._holds_stub(note)]
        except OSError as error:
            raise disk_error(self._partial, error, _REMEDY) from error

    def remove(self, notes: Iterable[Note]) -> None:
        """Remove these files, and forget all notes: every link is right now. Blocking.

        Raises:
            StorageError: the disk failed.
        """
        try:
            for note in notes:
                (self._folder / note.path).unlink(missing_ok=True)
            self._taken.clear()
            self._stubs.clear()
            self._notes.clear()
        except OSError as error:
            raise disk_error(error.filename or self._folder, error, _REMEDY) from error

    def digest(self, name: str) -> str:
        """The SHA-256 of a file, in hex; "" if no regular file is there. Blocking."""
        file = open_below(self._folder, name)
        if file is None:
            return ""
        with file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def read(self, name: str) -> bytes | None:
        """The bytes of a file, None if no regular file is there. Blocking."""
        file = open_below(self._folder, name)
        if file is None:
            return None
        with file:
            return file.read()

    def _holds_stub(self, note: Note) -> bool:
        file = open_below(self._folder, note.path)
        if file is None:
            return False
        with file:
            return is_stub(file.read(_STUB_BYTES), note.secret)

    def _write_stub(self, name: str, url: str) -> None:
        """Put a stub where nothing is; what is there stays."""
        part, place = self._written(name, Body.of(stub(url, self._notes.secret)))
        try:
            put_new(part, place)
            self._stubs.add(hash(name))
        except FileExistsError:
            part.unlink()
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        self._take(name)

    def _write(self, name: str, body: Body) -> None:
        part, place = self._written(name, body)
        is_over_stub = hash(name) in self._stubs
        try:
            put_over_stub(part, place) if is_over_stub else part.replace(place)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        self._stubs.discard(hash(name))
        self._take(name)

    def _take(self, name: str) -> None:
        if len(self._taken) >= _MAX_NAMES_KNOWN:
            self._taken.clear()
            self._stubs.clear()
        self._taken.add(hash(name))

    def _written(self, name: str, body: Body) -> tuple[Path, Path]:
        """A file in the making, and its place."""
        if "\0" in name or not _NO_NAMES.isdisjoint(name.split("/")):
            raise OSError(errno.EINVAL, "no file of the mirror can have this name")
        parent, _, _ = name.rpartition("/")
        if parent not in self._known:
            self._make_folder(parent)
        part, descriptor = self._open_part()
        try:
            try:
                for chunk in body.chunks():
                    left = memoryview(chunk)
                    while left:
                        left = left[os.write(descriptor, left) :]
            finally:
                os.close(descriptor)
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        return part, self._folder / name

    def _open_part(self) -> tuple[Path, int]:
        """A new file in the making, which nothing that lies there can stand in for."""
        while True:
            self._count += 1
            part = self._partial / f"{os.getpid()}-{self._count}"
            try:
                return part, os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            except FileExistsError:
                continue

    def _make_folder(self, parent: str) -> None:
        """Make a folder, one level after the other, and go through nothing but folders."""
        folder = self._folder
        for part in parent.split("/") if parent else ():
            folder /= part
            try:
                folder.mkdir()
            except FileExistsError:
                _refuse_all_but_folder(folder)
        if len(self._known) >= _MAX_FOLDERS_KNOWN:
            self._known.clear()
        self._known.add(parent)


def _refuse_all_but_folder(path: Path) -> None:
    """Refuse files, and links even to folders: they lead out of the output."""
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        raise NotADirectoryError(errno.ENOTDIR, "a link lies where a folder is needed", str(path))
    if not stat.S_ISDIR(mode):
        raise NotADirectoryError(errno.ENOTDIR, "a file lies where a folder is needed", str(path))


@wrap
def _write_in_thread(
    mirror: Mirror,
    files: Sequence[tuple[str, Body]],
    promised: Iterable[tuple[str, str]],
    left: Iterable[tuple[str, str]],
) -> None:
    mirror.write_now(files, promised, left)
