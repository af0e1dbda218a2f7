"""Measure how much room an output takes on its disk, and how much is left there. Blocking."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, fields
from pathlib import Path

from crawler.errors import StorageError
from crawler.output import Output
from crawler.quantities import show_size

__all__ = ["DiskUse", "Reserve", "disk_use"]

_SHARE = 100
_MOST_BYTES = 100_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DiskUse:
    """Bytes of files, by what they are.

    Args:
        archive: WARC segments and their index.
        mirror: the browsable copy.
        database: with its log.
        reports: of all runs.
        others: `crawl.log`, those that were put away, the start page, and what lies there besides.
    """

    archive: int = 0
    mirror: int = 0
    database: int = 0
    reports: int = 0
    others: int = 0

    @property
    def total(self) -> int:
        """All of them."""
        return sum(getattr(self, each.name) for each in fields(self))


def disk_use(output: Output) -> DiskUse:
    """What an output takes now; what comes or goes meanwhile counts or does not."""
    archive, mirror, reports = (
        sum(_sizes(folder)) for folder in (output.archive, output.mirror, output.reports)
    )
    database = sum(_size(path) for path in output.database_files)
    others = sum(_sizes(output.folder)) - archive - mirror - reports - database
    return DiskUse(archive=archive, mirror=mirror, database=database, reports=reports, others=max(others, 0))


def _sizes(folder: Path) -> Iterator[int]:
    """The sizes of all files below a folder; no link is followed."""
    for place, _, names in os.walk(folder):
        for name in names:
            yield _size(Path(place, name))


def _size(path: Path) -> int:
    with suppress(OSError):
        return path.lstat().st_size
    return 0


class Reserve:
    """What a disk must have left for a crawl to go on.

    Args:
        folder: on that disk.
        least_bytes: so much; None: a hundredth of the disk, at most 100 MB.
    """

    def __init__(self, folder: Path, least_bytes: int | None) -> None:
        self._folder = folder
        self._least_bytes = least_bytes

    def check(self) -> None:
        """See that there is so much.

        Raises:
            StorageError: there is less.
        """
        try:
            found = os.statvfs(self._folder)
        except OSError:
            # Whoever writes next says what is wrong.
            return
        least = self._least_bytes
        if least is None:
            least = min(found.f_blocks * found.f_frsize // _SHARE, _MOST_BYTES)
        left = found.f_bavail * found.f_frsize
        if left < least:
            raise StorageError(
                f"{self._folder}: {show_size(left)} left on this disk, and --min-free is {show_size(least)};"
                " free some space, then run the same line again"
            )
