"""Lay out the output folder, refuse what lies in its way, and let only one run hold it at a time.

The lock is the kernel's (flock through filelock): it ends with the process that holds it, however that
ends, so a stale file never blocks anybody. Names of our own that are links, pipes or devices are refused
before anything is fetched: writing through them would write somewhere else, or wait for ever.
"""

from __future__ import annotations

import fcntl
import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from filelock import FileLock, Timeout

from crawler.errors import DamageError, OutputBusyError, UsageError

__all__ = ["Output", "flush_file", "flush_folder", "remove_whole", "write_whole"]


class Output:
    """The folder of one crawl.

    Args:
        folder: need not exist yet.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def mirror(self) -> Path:
        """The browsable copy."""
        return self.folder / "mirror"

    @property
    def archive(self) -> Path:
        """WARC segments."""
        return self.folder / "archive"

    @property
    def reports(self) -> Path:
        """What each run did."""
        return self.folder / "reports"

    @property
    def items(self) -> Path:
        """What rules and hooks took, by run."""
        return self.folder / "items"

    def items_of(self, run_name: str) -> Path:
        """Those of one run."""
        return self.items / f"{run_name}.jsonl"

    @property
    def partial(self) -> Path:
        """Mirror files in the making, and large bodies for as long as they are held."""
        return self.folder / ".partial"

    @property
    def database(self) -> Path:
        """Frontier and ledger."""
        return self.folder / "crawl.db"

    @property
    def journal(self) -> Path:
        """One line a URL."""
        return self.folder / "crawl.log"

    @property
    def index(self) -> Path:
        """Where a person starts."""
        return self.folder / "index.html"

    @property
    def pages(self) -> Path:
        """Further parts of the start page's list, where that is long."""
        return self.folder / "pages"

    @property
    def database_files(self) -> tuple[Path, ...]:
        """The database with its write-ahead log, in the order in which they may be moved away."""
        name = self.database.name
        return (*(self.database.with_name(f"{name}-{end}") for end in ("shm", "wal")), self.database)

    @property
    def damage_mark(self) -> Path:
        """There if a crawl found its database damaged: the next one makes it anew."""
        return self.folder / ".damaged"

    @property
    def worker_mark(self) -> Path:
        """What a worker of a shared crawl is known by to its server."""
        return self.folder / ".worker"

    @property
    def seeds(self) -> Path:
        """The seeds of the last run, there while a crawl that was given none hands them to the frontier."""
        return self.folder / ".seeds"

    @property
    def templates(self) -> Path:
        """What rendering brought to pages of which template."""
        return self.folder / "rendering.jsonl"

    @property
    def union(self) -> Path:
        """There if `crawler gather` made this output: what it has taken from where."""
        return self.folder / ".gathered"

    @property
    def _lock(self) -> Path:
        return self.folder / ".lock"

    def prepare(self) -> None:
        """Make the folder (mode 0700), and see that it can be written to and nothing lies in its way.

        Raises:
            UsageError: it is a file, or not writable, or a name of ours in it is something else.
        """
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except FileExistsError:
            raise UsageError(f"output {self.folder} is a file; give a folder with -o") from None
        except OSError as error:
            raise UsageError(
                f"output {self.folder} cannot be made: {error.strerror}; give a folder with -o"
            ) from None
        if not os.access(self.folder, os.W_OK | os.X_OK):
            raise UsageError(f"output {self.folder} is not writable; give another folder with -o")
        for path in (self.mirror, self.archive, self.reports, self.items, self.partial, self.pages):
            self._refuse_unless(stat.S_ISDIR, path, "folder")
        for path in (
            *self.database_files,
            self.journal,
            self.index,
            self._lock,
            self.damage_mark,
            self.seeds,
            self.worker_mark,
            self.templates,
            self.union,
        ):
            self._refuse_unless(stat.S_ISREG, path, "file")

    def _refuse_unless(self, fits: Callable[[int], bool], path: Path, wanted: str) -> None:
        with suppress(FileNotFoundError):
            if not fits(path.lstat().st_mode):
                raise UsageError(
                    f"output {self.folder}: {path.name} is a link or no {wanted};"
                    f" move it away, or give another folder with -o"
                )

    def check_exists(self) -> None:
        """See that a crawl has been here, and that its database can be believed.

        Raises:
            UsageError: there is nothing to read.
            DamageError: the database is lost or damaged.
        """
        if self.database.is_file() and not self.damage_mark.is_file():
            return
        if not self.holds_crawl:
            raise UsageError(f"{self.folder} holds no crawl; name the output folder of one")
        wrong = "damaged" if self.database.is_file() else "missing"
        raise DamageError(
            f"{self.database} is {wrong}; crawl into this folder again with the same line:"
            " it is rebuilt from the archive"
        )

    @property
    def holds_crawl(self) -> bool:
        """Whether a crawl has been here: its database, or an archive from which that can be made anew."""
        return self.database.is_file() or any(self.archive.glob("*.warc.gz"))

    @contextmanager
    def hold_still(self) -> Iterator[None]:
        """Let no run begin meanwhile; nothing is made or changed, and others may look too.

        Where the lock cannot be read, or was never made, nobody is held off.

        Raises:
            OutputBusyError: a run holds the folder.
        """
        descriptor = -1
        with suppress(OSError):
            descriptor = os.open(self._lock, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            if descriptor >= 0 and not _shares(descriptor):
                raise OutputBusyError(f"a run holds {self.folder}; verify it once that has ended")
            yield
        finally:
            if descriptor >= 0:
                os.close(descriptor)

    @contextmanager
    def hold(self, *, waits: bool = False) -> Iterator[None]:
        """Hold the folder for one run.

        Args:
            waits: until the other run has ended, instead of giving up.

        Raises:
            OutputBusyError: another run holds it.
            UsageError: the lock cannot be made.
        """
        lock = FileLock(self._lock)
        try:
            lock.acquire(timeout=-1 if waits else 0)
        except Timeout:
            raise OutputBusyError(
                f"another run holds {self.folder}; wait for it, or use --lock wait"
            ) from None
        except OSError as error:
            raise UsageError(
                f"output {self.folder} is not writable: {error.strerror}; give another folder with -o"
            ) from None
        try:
            yield
        finally:
            lock.release()


def write_whole(path: Path, text: str | Iterable[str]) -> None:
    """Write a file whole or not at all: beside its place, then renamed into it. Blocking.

    Args:
        path: of the file.
        text: in one piece, or in several that are not held together.

    Raises:
        OSError: the disk is full or failed; the old file stays.
    """
    part = _part_of(path)
    # What lies there from before, whatever it is, must not be written through.
    part.unlink(missing_ok=True)
    try:
        with part.open("x", encoding="utf-8", newline="\n") as file:
            file.writelines([text] if isinstance(text, str) else text)
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def remove_whole(path: Path) -> None:
    """Remove a file that need not be there, and what a kill left of writing it. Blocking.

    Raises:
        OSError: the disk failed.
    """
    for each in (path, _part_of(path)):
        each.unlink(missing_ok=True)


def _shares(descriptor: int) -> bool:
    """Whether nobody has locked the file for himself; it is locked from now on, where that is possible at all."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        return True
    return True


def _part_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.part")


def flush_file(file: BinaryIO) -> None:
    """Bring what was written to a file down to the disk: what it takes the place of may go then. Blocking.

    Raises:
        OSError: the disk failed.
    """
    file.flush()
    os.fsync(file.fileno())


def flush_folder(folder: Path) -> None:
    """Bring the names in a folder down to the disk, where the file system can do that. Blocking.

    Raises:
        OSError: there is no such folder.
    """
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            os.fsync(descriptor)
    finally:
        os.close(descriptor)
