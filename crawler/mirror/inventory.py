"""Look at the files below `mirror/`, and compare each with what it must hold; nothing is written, no link followed."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from crawler.body import Body
from crawler.errors import StorageError, remedy

__all__ = ["Difference", "Inventory", "Lying"]

_NO_NAMES = frozenset({"", ".", ".."})
_KINDS = (
    (stat.S_ISLNK, "link"),
    (stat.S_ISDIR, "folder"),
    (stat.S_ISFIFO, "pipe"),
    (stat.S_ISSOCK, "socket"),
    (stat.S_ISBLK, "device"),
    (stat.S_ISCHR, "device"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lying:
    """Something that lies below the mirror.

    Args:
        name: of it below the mirror.
        kind: `file`, `link`, `pipe`, `socket` or `device`.
    """

    name: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Where a file parts from what it must hold.

    Args:
        at: the first byte that differs, from 0.
        size_bytes: of the file.
        wanted_bytes: of what it must hold.
    """

    at: int
    size_bytes: int
    wanted_bytes: int

    @property
    def words(self) -> str:
        """The same for a person."""
        if self.at == self.size_bytes:
            return f"it ends after {self.size_bytes} of {self.wanted_bytes} bytes"
        if self.at == self.wanted_bytes:
            return f"it goes on after its {self.wanted_bytes} bytes"
        return f"it differs from byte {self.at} on"


class Inventory:
    """The files that lie below a mirror. Blocking.

    Args:
        folder: `mirror/` of the output; need not be there.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def lack(self, name: str) -> str:
        """Why no file can be read at this name, as the end of a sentence; "": one can."""
        if not _NO_NAMES.isdisjoint(name.split("/")):
            return "is no name in the mirror"
        try:
            mode = (self._folder / name).lstat().st_mode
        except (FileNotFoundError, NotADirectoryError):
            return "is missing"
        except (OSError, ValueError) as error:
            return f"cannot be read ({getattr(error, 'strerror', None) or error})"
        return "" if stat.S_ISREG(mode) else f"is missing: a {_kind_of(mode)} lies there"

    def read(self, name: str, most_bytes: int) -> bytes:
        """The beginning of a file.

        Raises:
            OSError: it cannot be read.
        """
        with self._open(name) as file:
            return file.read(most_bytes)

    def holds(self, name: str, digest: str) -> bool:
        """Whether a file is that of a digest, `sha256:HEX`.

        Raises:
            OSError: it cannot be read.
        """
        with self._open(name) as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}" == digest

    def difference(self, name: str, wanted: Body) -> Difference | None:
        """Where a file parts from what it must hold; None: it does not.

        Raises:
            OSError: it cannot be read.
        """
        with self._open(name) as file:
            size = os.fstat(file.fileno()).st_size
            at = 0
            for chunk in wanted.chunks():
                found = file.read(len(chunk))
                if found != chunk:
                    return Difference(
                        at=at + _shared(found, chunk), size_bytes=size, wanted_bytes=wanted.size_bytes
                    )
                at += len(chunk)
        if size == wanted.size_bytes:
            return None
        return Difference(at=at, size_bytes=size, wanted_bytes=wanted.size_bytes)

    def lying(self) -> Iterator[Lying]:
        """Everything below the mirror but folders, in no order; links are not followed.

        Raises:
            StorageError: a folder cannot be read.
        """
        if stat.S_ISDIR(_mode_of(self._folder)):
            yield from self._below("")

    def _below(self, prefix: str) -> Iterator[Lying]:
        place = self._folder / prefix
        try:
            with os.scandir(place) as listing:
                for each in listing:
                    name = f"{prefix}{each.name}"
                    if each.is_dir(follow_symlinks=False):
                        yield from self._below(f"{name}/")
                    elif each.is_file(follow_symlinks=False):
                        yield Lying(name=name, kind="file")
                    else:
                        yield Lying(name=name, kind=_kind_of(each.stat(follow_symlinks=False).st_mode))
        except OSError as error:
            advice = remedy(error, "check its owner and permissions")
            raise StorageError(
                f"{error.filename or place}: {error.strerror}; {advice}, then verify again"
            ) from error

    def _open(self, name: str) -> io.BufferedReader:
        flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
        return os.fdopen(os.open(self._folder / name, flags), "rb")


def _mode_of(path: Path) -> int:
    with suppress(FileNotFoundError):
        return path.lstat().st_mode
    return 0


def _kind_of(mode: int) -> str:
    return next((word for fits, word in _KINDS if fits(mode)), "file")


def _shared(one: bytes, other: bytes) -> int:
    """How many bytes are the same from the start on."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[:middle] == other[:middle]:
            low = middle
        else:
            high = middle - 1
    return low
