"""Gather the folders of several crawls, or of the workers of one, into one output; again and again, while they crawl.

```
sources -> copies of their segments and lines -> replay, run after run -> settling, report, start page
```

All that the ledger knows it was told from the union's own files. So a kill costs the work since the last
transaction, a source that is lost later loses nothing, and what comes in the wrong order is told anew.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from crawler.archive.growth import Copies
from crawler.clock import ManualClock, SystemClock
from crawler.errors import DamageError, StateError, UsageError, disk_error, first_state_error
from crawler.frontier.damage import believed_bytes, find_damage
from crawler.frontier.replaying import OutOfOrderError
from crawler.frontier.sqlite import SqliteFrontier
from crawler.output import Output
from crawler.rebuilding import note_damage
from crawler.report import GATHERED, Report
from crawler.standing import Counts, Run, Statistics
from crawler.union.lines import Book, Lines, read_book
from crawler.union.news import News, news_of
from crawler.union.retelling import Retelling
from crawler.union.source import Source, run_as_told

__all__ = ["Gathered", "Union"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What one gathering did.

    Args:
        run: the newest run, as it stands in the union; None: no source has an answer yet.
        report: of that run; None: nothing was new.
        answers: that landed, and what was decided without one.
        copied_bytes: of segments and lines.
        damaged: segments of sources of which a stretch could not be read and was left out.
        notes: what a person should know, a line each.
    """

    run: Run | None = None
    report: Report | None = None
    answers: int = 0
    copied_bytes: int = 0
    damaged: tuple[Path, ...] = ()
    notes: tuple[str, ...] = ()


class Union:
    """The union of some folders.

    Args:
        sources: checked; in any order.
        output: the folder, prepared and held.
        mirror: write the browsable copy.
    """

    def __init__(self, sources: Sequence[Source], output: Output, *, mirror: bool = True) -> None:
        self._sources = sources
        self._output = output
        self._mirror = mirror
        self._clock = ManualClock()
        self._system = SystemClock()
        self._began = self._system.monotonic()
        self._phase = "copying"
        self._counts = Counts()
        self._retelling: Retelling | None = None
        self._damaged: list[Path] = []
        self._notes: list[str] = []

    async def statistics(self) -> Statistics:
        """How far it is."""
        if self._retelling is not None:
            self._counts = await self._retelling.counts()
        return Statistics(
            phase=self._phase,
            counts=self._counts,
            elapsed_seconds=self._system.monotonic() - self._began,
        )

    async def gather(self) -> Gathered:
        """Take in what the sources have beyond what was gathered before.

        Raises:
            UsageError: the output holds a crawl that was not gathered.
            StateError: our own storage failed; the same line again goes on.
        """
        try:
            return await self._gather()
        except* StateError as group:
            failure = first_state_error(group)
            note_damage(self._output, failure)
        raise failure

    async def _gather(self) -> Gathered:
        book = await asyncio.to_thread(self._open)
        copied = await asyncio.to_thread(self._copy, book)
        self._phase = "reading"
        try:
            gathered = await self._tell(book)
        except OutOfOrderError:
            self._notes.append("an earlier run was found than those gathered before: all is told anew")
            await asyncio.to_thread(self._forget, book)
            gathered = await self._tell(book)
        return dataclasses.replace(
            gathered, copied_bytes=copied, damaged=tuple(self._damaged), notes=tuple(self._notes)
        )

    def _open(self) -> Book:
        """The book of the union, which is begun if there is none."""
        output = self._output
        book = read_book(output.union)
        with self._told_of(output.union):
            if book is None:
                if output.holds_crawl or output.journal.exists():
                    raise UsageError(
                        f"{output.folder} holds a crawl of its own; give another folder with -o,"
                        " it can be gathered from as well"
                    )
                book = Book()
                book.write(output.union)
            if not output.database.is_file():
                self._forget(book)
            elif output.damage_mark.exists() or find_damage(output.database):
                self._notes.append(f"{output.database} is damaged: it is made anew of what was gathered")
                self._forget(book)
        return book

    def _forget(self, book: Book) -> None:
        """Drop the ledger: it is told anew, from the first run on."""
        with self._told_of(self._output.folder):
            book.replayed_bytes = 0
            book.write(self._output.union)
            for path in self._output.database_files:
                path.unlink(missing_ok=True)
            self._output.damage_mark.unlink(missing_ok=True)

    def _copy(self, book: Book) -> int:
        """Copy what the sources have grown by; gives how many bytes."""
        lines = Lines(self._output, book)
        lines.trim()
        copies = Copies(self._output.archive)
        copies.trim(self._believed())
        size = 0
        for source in self._sources:
            for path in source.segments():
                with self._read(path):
                    growth = copies.take(path)
                    size += growth.size_bytes
                    if growth.is_damaged:
                        self._damaged.append(path)
            for path in source.logs():
                with self._read(path):
                    size += lines.take(path, self._output.journal.name)
            for path in source.items():
                with self._read(path):
                    size += lines.take(path, f"{self._output.items.name}/{path.name}")
        with self._told_of(self._output.union):
            book.write(self._output.union)
        return size

    def _believed(self) -> dict[str, int]:
        """How many bytes of each copy the ledger was told; none where there is no ledger."""
        with suppress(DamageError):
            if self._output.database.is_file():
                return believed_bytes(self._output.database) or {}
        return {}

    async def _tell(self, book: Book) -> Gathered:
        """Tell the ledger what is new in the union's own files, and close the newest run."""
        async with await SqliteFrontier.open(self._output.database, self._clock) as frontier:
            known = await frontier.runs()
            news = await asyncio.to_thread(
                news_of, self._output, book, await frontier.segments(), [run.name for run in known]
            )
            self._retelling = retelling = Retelling(
                self._output, frontier, self._clock, self._sources, mirror=self._mirror
            )
            report = None
            for each in news.runs:
                report = await retelling.tell(each)
            newest = next(reversed(await frontier.runs()), None)
            self._counts = await frontier.counts()
            if newest is not None and self._is_to_be_closed(newest, report, has_news=bool(news.runs)):
                report = await retelling.tell(News(name=newest.name))
            self._counts, self._retelling = await frontier.counts(), None
            with self._told_of(self._output.union):
                book.replayed_bytes = news.line_bytes
                await asyncio.to_thread(book.write, self._output.union)
            return Gathered(
                run=newest if report is None else report.run, report=report, answers=retelling.landed
            )

    def _is_to_be_closed(self, run: Run, report: Report | None, *, has_news: bool) -> bool:
        """Whether the newest run has no report of all that is known, or of how it ended."""
        if report is not None and report.run.number == run.number:
            return False
        if has_news or run.ended_at is None:
            return True
        told = run_as_told(run.name, self._sources)
        is_whole = told.ended_at is not None and not (told.outcome == "finished" and self._counts.queued)
        return told.ended_at not in {None, run.ended_at} or (is_whole and run.outcome == GATHERED)

    @contextmanager
    def _read(self, path: Path) -> Iterator[None]:
        """Go on where a file of a source is gone by now, or cannot be read: others may be."""
        try:
            yield
        except FileNotFoundError:
            pass
        except OSError as error:
            self._notes.append(f"{path} cannot be read and was left out: {error.strerror or error}")

    @contextmanager
    def _told_of(self, path: Path) -> Iterator[None]:
        """Say of an error of the disk which file it hit, and what to do."""
        try:
            yield
        except OSError as error:
            raise disk_error(error.filename or path, error) from error
