"""Rename a file in the making to its final name, and never leave a moment without a whole file there.

Linux can do two things that Python does not offer, `renameat2(2)` with RENAME_NOREPLACE and RENAME_EXCHANGE. Where
the system or its file system cannot, what POSIX has is used instead.
"""

from __future__ import annotations

import ctypes
import errno
import os
from collections.abc import Callable
from functools import cache
from pathlib import Path

__all__ = ["put_new", "put_over_stub"]

# <linux/fs.h> and <fcntl.h>
_RENAME_NOREPLACE, _RENAME_EXCHANGE = 1, 2
_AT_FDCWD = -100

_Rename = Callable[[int, bytes, int, bytes, int], int]


def put_new(part: Path, place: Path) -> None:
    """Give a file its final name, unless something has that name already; then `part` stays where it is.

    Where the system cannot, it is copied into a new file of that name: never in the place of another, but a kill in
    between leaves a part of it.

    Raises:
        FileExistsError: something has that name.
        OSError: it cannot be renamed.
    """
    if not _renamed(part, place, _RENAME_NOREPLACE):
        with place.open("xb") as file:
            file.write(part.read_bytes())
        part.unlink()


def put_over_stub(part: Path, place: Path) -> None:
    """Give a file a final name that another file has, which goes.

    A plain rename makes ext4 write the new file out at once, lest a crash leave neither the old bytes nor the new.
    That costs more than the file itself, and the old bytes of a stub are worth nothing: so the two change names.

    Raises:
        OSError: it cannot be renamed.
    """
    if _renamed(part, place, _RENAME_EXCHANGE):
        part.unlink()
    else:
        part.replace(place)


def _renamed(part: Path, place: Path, how: int) -> bool:
    """Whether the system did it.

    Raises:
        FileExistsError: the name is taken.
    """
    rename = _rename()
    if rename is None:
        return False
    if rename(_AT_FDCWD, os.fsencode(part), _AT_FDCWD, os.fsencode(place), how) == 0:
        return True
    if ctypes.get_errno() == errno.EEXIST:
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(place))
    return False


@cache
def _rename() -> _Rename | None:
    try:
        function = ctypes.CDLL(None, use_errno=True).renameat2
    except (AttributeError, OSError):
        return None
    function.argtypes = [ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint]
    function.restype = ctypes.c_int
    renamer: _Rename = function
    return renamer
