"""Look whether a database is damaged, or has lost what it was told, without changing a byte of what it holds.

SQLite finds a damaged page only when it reads it, and takes a write-ahead log that is damaged for a
shorter one. So the file is measured, read through if the last process did not end in good order, and its
log is searched for transactions that nobody would see.
"""

from __future__ import annotations

import sqlite3
import struct
import sys
from contextlib import closing
from pathlib import Path

from crawler.errors import DamageError
from crawler.frontier.database import damaged, explain, holds_nothing, open_untouched

__all__ = ["believed_bytes", "find_damage", "refuse_damaged"]

_MOST_CHECKED_BYTES = 256_000_000
# https://www.sqlite.org/fileformat2.html, sections 1.3 and 4.1; https://www.sqlite.org/walformat.html
_HEADER_BYTES = 100
_MAGIC = b"SQLite format 3\0"
_WAL_MAGICS = frozenset({0x377F0682, 0x377F0683})
_WAL_HEADER = struct.Struct(">8I")
_FRAME_HEADER = struct.Struct(">4I")
_FRAME_HEADER_BYTES = 24
_MX_FRAME_OFFSET = 16


def find_damage(path: Path) -> str:
    """What is wrong with the database at `path`; "": nothing that shows. Blocking.

    Raises:
        StorageError: it is another program's, of a newer version, or cannot be read.
    """
    wal = path.with_name(f"{path.name}-wal")
    log_bytes = wal.stat().st_size if wal.is_file() else 0
    wrong = _of_log_header(wal) if log_bytes else ""
    if not wrong and not log_bytes:
        wrong = _of_header(path)
    return wrong or _of_content(path, wal if log_bytes else None)


def refuse_damaged(path: Path) -> None:
    """Read the whole database, and leave its folder as it is. Blocking.

    To be called where nobody writes to it meanwhile.

    Raises:
        DamageError: it is damaged.
        StorageError: it is another program's, of another version, or cannot be read.
    """
    wal = path.with_name(f"{path.name}-wal")
    has_log = wal.is_file() and wal.stat().st_size
    wrong = _of_log_header(wal) if has_log else _of_header(path)
    if not wrong:
        try:
            with closing(open_untouched(path)) as connection:
                (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:
            raise explain(error, path) from error
        wrong = "" if verdict == "ok" else " ".join(str(verdict).split())
    if not wrong and has_log:
        wrong = _of_log(wal)
    if wrong:
        raise damaged(path, wrong)


def believed_bytes(path: Path) -> dict[str, int] | None:
    """How many bytes of each archive segment the database believes in; None: it holds nothing at all. Blocking.

    Raises:
        StorageError: it cannot be read.
    """
    try:
        with closing(_look_at(path)) as connection:
            if holds_nothing(connection, path):
                return None
            return dict(connection.execute("SELECT name, length FROM segment"))
    except sqlite3.Error as error:
        raise explain(error, path) from error


def _look_at(path: Path) -> sqlite3.Connection:
    # mode=ro: closing it neither empties nor removes the log. Who was killed while making a database left a
    # rollback journal instead: then there is nothing yet, which only a writer can see.
    is_half_made = path.with_name(f"{path.name}-journal").exists()
    uri = path.absolute().as_uri() + ("?mode=rw" if is_half_made else "?mode=ro")
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA busy_timeout = 30000")
    return connection


def _of_content(path: Path, wal: Path | None) -> str:
    try:
        with closing(_look_at(path)) as connection:
            is_empty = holds_nothing(connection, path)
            if wal is None:
                return ""
            if not is_empty and path.stat().st_size <= _MOST_CHECKED_BYTES:
                (verdict,) = connection.execute("PRAGMA quick_check(1)").fetchone()
                if verdict != "ok":
                    return " ".join(str(verdict).split())
            return _of_log(wal)
    except sqlite3.Error as error:
        explained = explain(error, path)
        if isinstance(explained, DamageError):
            return " ".join(str(error).split())
        raise explained from error


def _of_header(path: Path) -> str:
    """Whether the file is as long as its header says; without a log that is all there is."""
    with path.open("rb") as file:
        header = file.read(_HEADER_BYTES)
    if len(header) < _HEADER_BYTES or not header.startswith(_MAGIC):
        return ""
    (page_bytes,) = struct.unpack_from(">H", header, 16)
    (changes,), (pages,), (valid_for,) = (struct.unpack_from(">I", header, at) for at in (24, 28, 92))
    page_bytes = 65_536 if page_bytes == 1 else page_bytes
    if changes == valid_for and path.stat().st_size < pages * page_bytes:
        return "it was cut short"
    return ""


def _of_log_header(wal: Path) -> str:
    with wal.open("rb") as file:
        header = file.read(_WAL_HEADER.size)
    if len(header) < _WAL_HEADER.size or _WAL_HEADER.unpack(header)[0] not in _WAL_MAGICS:
        return "its write-ahead log is damaged"
    return ""


def _of_log(wal: Path) -> str:
    """Whether the log goes on behind a commit that SQLite does not see: then a frame before that is damaged.

    The very last commit may be torn: a kill between two writes leaves it so.
    """
    shared = wal.with_name(wal.name.removesuffix("-wal") + "-shm")
    if not shared.is_file():
        return ""
    with shared.open("rb") as index:
        index.seek(_MX_FRAME_OFFSET)
        seen = int.from_bytes(index.read(4), sys.byteorder)
    with wal.open("rb") as file:
        page_bytes, _, *salts = _WAL_HEADER.unpack(file.read(_WAL_HEADER.size))[2:6]
        frame_bytes = _FRAME_HEADER_BYTES + page_bytes
        at = _WAL_HEADER.size + seen * frame_bytes
        has_commit = False
        while True:
            file.seek(at)
            header = file.read(_FRAME_HEADER.size)
            if len(header) < _FRAME_HEADER.size:
                return ""
            _, commits, *frame_salts = _FRAME_HEADER.unpack(header)
            if frame_salts == salts:
                if has_commit:
                    return "its write-ahead log is damaged"
                has_commit = bool(commits)
            at += frame_bytes
