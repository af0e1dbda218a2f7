"""Keep the start page of an output from the first pages on, at a cost that stays small beside the crawl's.

The process that owns the run writes it, in a task beside the crawl and in threads. Further parts of the list
have new names each time, so that a front page always leads to its own, also where a kill comes between two
files; those that nobody leads to are removed.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
import re
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from crawler.clock import Clock
from crawler.errors import StorageError
from crawler.frontier.ledger import SqliteLedger
from crawler.output import Output, write_whole
from crawler.report import Report
from crawler.startpage.front import About, write_start_page
from crawler.startpage.row import Row
from crawler.startpage.rows import rows_of

__all__ = ["StartPage"]

_log = logging.getLogger(__name__)

_PART = re.compile(r"(\d+)-\d+\.(?:html|js)(?:\.part)?")
_PAUSE_SECONDS = 60.0
_PAUSE_FACTOR = 100


class _EndedError(Exception):
    """The crawl is over; what is being written is not wanted any more."""


class StartPage:
    """The start page of one output.

    Args:
        output: the folder, held by this process.
        clock: the time.
        hides_twins: leave out pages that stand behind another (`crawler.duplicates`).
    """

    def __init__(self, output: Output, clock: Clock, *, hides_twins: bool) -> None:
        self._output = output
        self._clock = clock
        self._hides_twins = hides_twins
        self._has_news = asyncio.Event()
        self._landed = 0
        self._due_at, self._due_landed = 0.0, 1
        self._is_over = False

    def landed(self, leases: int) -> None:
        """Take note that leases have landed in this process.

        The page is made anew when as many have landed as it lists, so that all the making costs O(pages); of a
        slow crawl also once a minute, as long as that takes no more than a hundredth of the time.
        """
        self._landed += leases
        if self._landed >= self._due_landed or self._clock.monotonic() >= self._due_at:
            self._has_news.set()

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Keep the page while the crawl goes on; it is there from the beginning.

        What goes wrong with it is no reason to end the crawl; the disk will say the same to others.
        """
        if not self._output.index.exists():
            await self._try()
        keeping = asyncio.create_task(self._keep())
        try:
            yield
        finally:
            self._is_over = True
            self._has_news.set()
            await keeping

    async def write(self, report: Report) -> None:
        """Write the page at the end of a run, with what is missing, and remove every older part.

        Raises:
            OSError: the disk is full or failed; the old page stays.
            StorageError: the database cannot be read.
        """
        async with self._ledger() as ledger:
            await self._write(ledger, report, is_over=True)

    async def _write(self, ledger: SqliteLedger, report: Report, *, is_over: bool) -> int:
        folder = self._output.pages
        about = About(
            report=report,
            hosts={host.host: host for host in await ledger.hosts()},
            report_file=await self._report_file(ledger, report),
            seen_at=None if is_over else self._clock.now(),
        )
        before = max(await asyncio.to_thread(_generations, folder), default=0)

        async def write(name: str, text: str) -> None:
            await asyncio.to_thread(_write_below, self._output.folder, name, text)

        rows = rows_of(ledger, has_missing=is_over, hides_twins=self._hides_twins)
        rows = rows if is_over else self._while_wanted(rows)
        listed = await write_start_page(rows, about, f"{folder.name}/{before + 1}-", write)
        # Who has the page before this one open may still go on from there.
        await asyncio.to_thread(_sweep, folder, {before + 1} if is_over else {before, before + 1})
        return listed

    @asynccontextmanager
    async def _ledger(self) -> AsyncIterator[SqliteLedger]:
        """A reader of our own: what it sorts is in no writer's way."""
        ledger = await SqliteLedger.open(self._output.database)
        try:
            yield ledger
        finally:
            await ledger.close()

    async def _report_file(self, ledger: SqliteLedger, report: Report) -> str:
        """The last report there is."""
        names = [report.run.name, *(run.name for run in reversed(await ledger.runs()))]
        paths = [self._output.reports / f"{name}{end}" for name in names for end in (".html", ".json")]
        found = next((path for path in paths if path.is_file()), None)
        return "" if found is None else found.relative_to(self._output.folder).as_posix()

    async def _keep(self) -> None:
        while True:
            await self._has_news.wait()
            if self._is_over:
                return
            self._has_news.clear()
            landed, began = self._landed, self._clock.monotonic()
            listed = await self._try()
            now = self._clock.monotonic()
            self._due_at = now + max(_PAUSE_SECONDS, _PAUSE_FACTOR * (now - began))
            self._due_landed = landed + max(listed, 1)

    async def _try(self) -> int:
        """Write the page as things stand; gives how many lines it has."""
        try:
            async with self._ledger() as ledger:
                run = (await ledger.runs())[-1]
                run = dataclasses.replace(run, counts=await ledger.counts())
                return await self._write(ledger, Report(run=run, seconds=0.0), is_over=False)
        except _EndedError:
            pass
        except (OSError, StorageError) as error:
            _log.debug("the start page could not be written: %s", error)
        return self._landed

    async def _while_wanted(self, rows: AsyncIterator[Row]) -> AsyncIterator[Row]:
        async for row in rows:
            if self._is_over:
                raise _EndedError
            yield row


def _write_below(folder: Path, name: str, text: str) -> None:
    path = folder / name
    if path.parent != folder:
        # The output itself is not made again where somebody has removed it.
        path.parent.mkdir(exist_ok=True)
    write_whole(path, text)


def _generations(folder: Path) -> set[int]:
    """The numbers that parts in a folder have."""
    names = [path.name for path in folder.iterdir()] if folder.is_dir() else []
    return {int(match[1]) for match in map(_PART.fullmatch, names) if match}


def _sweep(folder: Path, kept: Collection[int]) -> None:
    """Remove parts of other generations, and the folder if nothing is left in it."""
    if not folder.is_dir():
        return
    for path in list(folder.iterdir()):
        match = _PART.fullmatch(path.name)
        if match and (int(match[1]) not in kept or path.suffix == ".part"):
            path.unlink(missing_ok=True)
    with suppress(OSError):
        folder.rmdir()
