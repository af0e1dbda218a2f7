"""Say what a folder has to be to be gathered from, and what of it is of use. It is read and never written."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from pathlib import Path

from crawler.archive.recovery import segments_in
from crawler.errors import UsageError
from crawler.oldlogs import logs_of
from crawler.output import Output
from crawler.rebuilding import told_run
from crawler.report import GATHERED
from crawler.standing import Run

__all__ = ["Source", "run_as_told", "sources_of"]

_FIRST_BYTES = 1 << 20
_DIGEST_FIELD = 7


class Source:
    """One folder: the output of a crawl, or of a worker of a shared one, or a copy of such a folder. Blocking.

    Args:
        folder: as it was named.
    """

    def __init__(self, folder: Path) -> None:
        self._output = Output(folder)
        self.folder = folder

    @property
    def reports(self) -> Path:
        """What each run did, where it tells."""
        return self._output.reports

    def segments(self) -> list[Path]:
        """Segments of its archive."""
        return segments_in(self._output.archive)

    def logs(self) -> list[Path]:
        """Its crawl.log, and those that were put away, the oldest first."""
        return logs_of(self._output.journal)

    def items(self) -> list[Path]:
        """What rules and hooks took, a file a run."""
        folder = self._output.items
        return sorted(folder.glob("*.jsonl")) if folder.is_dir() else []

    def check(self) -> None:
        """See that it can be gathered from; one in which a crawl has just begun can.

        Raises:
            UsageError: it is no folder of a crawl, or cannot be read, or keeps no archive.
        """
        try:
            if not self.folder.is_dir():
                what = "is no folder" if self.folder.exists() else "does not exist"
                raise UsageError(f"{self.folder} {what}; name the output folders of crawls or workers")
            names = {each.name for each in self.folder.iterdir()}
            if not names & {"archive", "crawl.log", "crawl.db", ".lock"}:
                raise UsageError(
                    f"{self.folder} holds no crawl; name the output folders of crawls or workers"
                )
            if "archive" not in names and self._kept_elsewhere():
                raise UsageError(
                    f"{self.folder} keeps no archive, so there is nothing to gather; crawl without --no-archive"
                )
            segments_in(self._output.archive)
        except OSError as error:
            raise UsageError(
                f"{error.filename or self.folder} cannot be read: {error.strerror or error};"
                " check its owner and permissions"
            ) from None

    def _kept_elsewhere(self) -> bool:
        """Whether its log tells of answers, which then lie in no archive."""
        if not self._output.journal.is_file():
            return False
        with self._output.journal.open("rb") as log:
            lines = log.read(_FIRST_BYTES).split(b"\n")
        return any(fields[_DIGEST_FIELD] != b"-" for line in lines if len(fields := line.split(b" ")) > 8)


def sources_of(folders: Iterable[Path], output: Path) -> list[Source]:
    """The sources that were named, each once, checked. Blocking.

    Args:
        folders: in any order.
        output: of the union.

    Raises:
        UsageError: one cannot be gathered from, or is the output itself.
    """
    named = {folder.resolve(): folder for folder in folders}
    if output.resolve() in named:
        raise UsageError(
            f"{output} is to be gathered from and into; give another folder with -o, it can be gathered from as well"
        )
    sources = [Source(folder) for _, folder in sorted(named.items())]
    for source in sources:
        source.check()
    return sources


def run_as_told(name: str, sources: Sequence[Source]) -> Run:
    """A run by its name, with how it ended if the report of any source says that it did. Blocking."""
    told = [told_run(name, source.reports) for source in sources]
    ended = [run for run in told if run.ended_at is not None and run.outcome != GATHERED]
    # Crawls that began in the same second are one run here, which lasts until the last of them has ended.
    return (
        max(ended, key=lambda run: run.ended_at or 0.0)
        if ended
        else dataclasses.replace(told[0], ended_at=None, outcome="")
    )
