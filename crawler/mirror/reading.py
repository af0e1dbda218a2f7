"""Open files of the mirror, and nothing that a link leads to: neither the name itself nor a folder on the way."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from io import BufferedReader
from pathlib import Path

__all__ = ["open_below"]

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
# A pipe without a writer must not make us wait.
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def open_below(folder: Path, name: str) -> BufferedReader | None:
    """Open a regular file; None if there is none. Blocking.

    The bytes stay what they were when it was opened: the mirror replaces files, it never writes into one.

    Args:
        folder: `mirror/`.
        name: below it, `/`-separated.
    """
    *folders, last = name.split("/")
    if not {"", ".", ".."}.isdisjoint((*folders, last)):
        return None
    descriptor = -1
    with suppress(OSError, ValueError):
        descriptor = os.open(folder, _FOLDER)
        for each in folders:
            inner = os.open(each, _FOLDER, dir_fd=descriptor)
            os.close(descriptor)
            descriptor = inner
        file = os.open(last, _FILE, dir_fd=descriptor)
        os.close(descriptor)
        descriptor = file
        if stat.S_ISREG(os.fstat(file).st_mode):
            return os.fdopen(file, "rb")
    if descriptor >= 0:
        os.close(descriptor)
    return None
