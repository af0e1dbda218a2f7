"""Hold the bytes of an answer: in memory while they are few, else in a file that goes with its last holder.

So a crawl's memory does not grow with what the web sends: thirty-two answers of fifty megabytes are
thirty-two small objects and a few gigabytes of disk. The files lie in a `Spool`; what a killed process left
there is swept by the next run.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
import tempfile
import weakref
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path

from crawler.errors import disk_error

__all__ = ["EMPTY", "SMALL_BYTES", "Body", "BodyWriter", "Spool"]

SMALL_BYTES = 1 << 18
"""A body of more lies in a file. To write and read back one of this size takes a tenth of a millisecond."""

_CHUNK_BYTES = 1 << 16
_NAME = re.compile(r"\d+-\d+\.body")


class Spool:
    """A folder for large bodies, each of which lies there for as long as somebody holds it.

    Args:
        folder: private to its user, and to one run at a time if it is swept; None: the system's folder for
            temporary files, which is not.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._numbers = count()

    def sweep(self) -> int:
        """Make the folder, and remove the bodies that dead processes left; gives how many. Blocking.

        Raises:
            StorageError: the folder cannot be made or swept, or is none.
        """
        if self._folder is None:
            return 0
        swept = 0
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not stat.S_ISDIR(self._folder.lstat().st_mode):
                raise NotADirectoryError(errno.ENOTDIR, "a link lies where a folder is needed")
            for path in self._folder.iterdir():
                if _NAME.fullmatch(path.name) and not stat.S_ISDIR(path.lstat().st_mode):
                    path.unlink()
                    swept += 1
        except OSError as error:
            raise disk_error(self._folder, error, "make room") from error
        return swept

    def keep(self, pieces: Iterable[bytes]) -> Body:
        """A body of all the pieces. Blocking.

        Raises:
            StorageError: the disk is full or failed.
        """
        writer = BodyWriter(self)
        for piece in pieces:
            writer.write(piece)
        return writer.finish()

    def create(self) -> tuple[Path, int]:
        """A new file of mode 0600, and a descriptor to write to it. Blocking.

        Raises:
            StorageError: the disk is full or failed.
        """
        folder = self._folder or Path(tempfile.gettempdir())
        while True:
            path = folder / f"{os.getpid()}-{next(self._numbers)}.body"
            try:
                return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            except FileExistsError:
                continue
            except OSError as error:
                raise disk_error(path, error, "make room") from error


class _File:
    """A file that is removed when nobody holds this object any more."""

    __slots__ = ("__weakref__", "path")

    def __init__(self, path: Path) -> None:
        self.path = path
        weakref.finalize(self, _remove, path, os.getpid())


class Body:
    """The bytes of an answer; they never change. Made by `Body.of` or a `BodyWriter`.

    Reading a large one blocks for as long as a disk takes, and raises StorageError if the file is lost.
    """

    __slots__ = ("__weakref__", "_digest", "_file", "_held", "size_bytes")

    def __init__(self, held: bytes, file: _File | None, size_bytes: int, digest: str | None) -> None:
        self._held = held
        self._file = file
        self._digest = digest
        self.size_bytes = size_bytes

    @classmethod
    def of(cls, content: bytes) -> Body:
        """A body in memory, whatever its size."""
        return cls(content, None, len(content), None)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Body):
            return NotImplemented
        return self is other or (self.size_bytes == other.size_bytes and self.digest == other.digest)

    def __hash__(self) -> int:
        return hash(self.digest)

    def __repr__(self) -> str:
        return f"Body({self.size_bytes} bytes{'' if self._file is None else f' in {self._file.path}'})"

    @property
    def path(self) -> Path | None:
        """The file it lies in, to be opened while this object is held; None: it is in memory."""
        return None if self._file is None else self._file.path

    @property
    def digest(self) -> str:
        """SHA-256 in lower-case hexadecimal digits."""
        if self._digest is None:
            self._digest = hashlib.sha256(self._held).hexdigest()
        return self._digest

    def head(self, most_bytes: int) -> bytes:
        """The first bytes."""
        if self._file is None:
            return self._held if len(self._held) <= most_bytes else self._held[:most_bytes]
        return next(_chunks(self._file, most_bytes), b"")

    def read(self) -> bytes:
        """All of it, in memory."""
        return self._held if self._file is None else b"".join(self.chunks())

    def chunks(self) -> Iterator[bytes]:
        """All of it, in pieces; an empty body has none."""
        if self._file is not None:
            return _chunks(self._file, _CHUNK_BYTES)
        return iter((self._held,) if self._held else ())


EMPTY = Body.of(b"")


class BodyWriter:
    """Takes the bytes of a body one after the other. Drop it half-way, and nothing stays.

    It is no thread's own, but one call at a time.

    Args:
        spool: where a large one goes.
    """

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._pieces: list[bytes] = []
        self._file: _File | None = None
        self._descriptor = -1
        self._sha256 = hashlib.sha256()
        self.size_bytes = 0

    def write(self, piece: bytes) -> None:
        """Add to the end. Blocking once the body is large.

        Raises:
            StorageError: the disk is full or failed.
        """
        self.size_bytes += len(piece)
        self._pieces.append(piece)
        if self.size_bytes > SMALL_BYTES:
            self._spill()

    def finish(self) -> Body:
        """The body; nothing more can be written."""
        # Let go of the file: the thread that wrote last may hold this object a moment longer.
        file, self._file = self._file, None
        if file is None:
            return Body.of(b"".join(self._pieces))
        self._close()
        return Body(b"", file, self.size_bytes, self._sha256.hexdigest())

    def _spill(self) -> None:
        """Write down what is held."""
        if self._file is None:
            path, self._descriptor = self._spool.create()
            self._file = _File(path)
            # Not by a method of this class: a call in another thread may outlive whoever gave up on it.
            self._close = weakref.finalize(self, os.close, self._descriptor)
        for piece in self._pieces:
            self._sha256.update(piece)
            left = memoryview(piece)
            try:
                while left:
                    left = left[os.write(self._descriptor, left) :]
            except OSError as error:
                raise disk_error(self._file.path, error, "make room") from error
        self._pieces.clear()


def _chunks(file: _File, chunk_bytes: int) -> Iterator[bytes]:
    """The pieces of a file, which is held as long as there are more of them."""
    try:
        with file.path.open("rb", buffering=0) as opened:
            while chunk := opened.read(chunk_bytes):
                yield chunk
    except OSError as error:
        raise disk_error(file.path, error, "make room") from error


def _remove(path: Path, owner: int) -> None:
    # A forked child drops what it inherited, which is not its own.
    if os.getpid() == owner:
        with suppress(OSError):
            path.unlink()
