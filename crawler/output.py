"""Lay out the output folder, and let only one run hold it at a time.

The lock is the kernel's (flock through filelock): it ends with the process that holds it, however that
ends, so a stale file never blocks anybody.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from crawler.errors import OutputBusyError, UsageError

__all__ = ["Output"]


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

    def prepare(self) -> None:
        """Make the folder (mode 0700), and see that it can be written to.

        Raises:
            UsageError: it is a file, or not writable.
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

    def check_exists(self) -> None:
        """See that a crawl has been here.

        Raises:
            UsageError: there is nothing to read.
        """
        if not self.database.is_file():
            raise UsageError(f"{self.folder} holds no crawl; name the output folder of one")

    @contextmanager
    def hold(self, *, waits: bool = False) -> Iterator[None]:
        """Hold the folder for one run.

        Args:
            waits: until the other run has ended, instead of giving up.

        Raises:
            OutputBusyError: another run holds it.
            UsageError: the lock cannot be made.
        """
        lock = FileLock(self.folder / ".lock")
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
