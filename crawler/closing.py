"""Close a run: repair the mirror's links, write the report and the start page, let go of old runs, index the archive.

Only then is the run over. Killed before that, it is continued by the next start, which writes them anew: there
is no moment at which a run has ended and its report is missing.
"""

from __future__ import annotations

import asyncio
import dataclasses
from dataclasses import dataclass

from crawler.archive.index import IndexWriter
from crawler.chronicle import write_report
from crawler.clock import Clock
from crawler.errors import DamageError, StorageError
from crawler.frontier.protocol import Frontier
from crawler.frontier.unlinking import note_unlinked
from crawler.mirror.store import Mirror
from crawler.model import Capture
from crawler.options import KeepOptions
from crawler.originals import Originals
from crawler.output import Output
from crawler.report import Report
from crawler.reporting import read_report
from crawler.retention import retain
from crawler.settling import settle
from crawler.standing import Run
from crawler.startpage.keeping import StartPage
from crawler.study import Study
from crawler.traps import Traps

__all__ = ["Closing"]

_GROUP = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Closing:
    """What the end of a run needs.

    Args:
        output: the folder.
        frontier: of the run.
        run: as it was opened.
        clock: tells when it ended.
        originals: stored bodies.
        mirror: None: off.
        study: where texts are read.
        warnings: for the report; more may be added.
        traps: of the crawl.
        start_page: of the output.
        keep: how much of the history of old runs is kept.
        software: named in segments that are written anew.
    """

    output: Output
    frontier: Frontier
    run: Run
    clock: Clock
    originals: Originals
    mirror: Mirror | None
    study: Study
    warnings: list[str]
    traps: Traps
    start_page: StartPage
    keep: KeepOptions
    software: str

    async def close(self, outcome: str, seconds: float) -> Report:
        """Do all of it and give the report.

        Args:
            outcome: how the pool ended.
            seconds: that this process took.

        Raises:
            StorageError: the disk or the database failed; the run stays open and is continued.
        """
        repaired = await self._settle()
        if self.output.database.exists():
            await asyncio.to_thread(note_unlinked, self.output.database, self.run.number)
        if outcome == "finished" and (await self.frontier.counts()).queued:
            # Nothing was left to claim though something is queued: the page slots are spent.
            outcome = "max-pages"
        run = await self._ended(outcome)
        report = await read_report(self.frontier, run, seconds, self.warnings, repaired=repaired)
        try:
            report = await write_report(self.output, report, self.originals)
            await self.start_page.write(report)
        except OSError as error:
            raise StorageError(
                f"{error.filename or self.output.folder}: {error.strerror}; everything else is stored, run the same line again"
            ) from error
        # Only now: the report tells what changed since a run that may be let go of.
        if outcome != "stopped":
            told = await asyncio.to_thread(self._retain)
            report = dataclasses.replace(report, warnings=(*report.warnings, *told))
        await self._index()
        return dataclasses.replace(report, run=await self.frontier.close_run(outcome))

    async def _ended(self, outcome: str) -> Run:
        """The run as it will stand there once it is closed."""
        counts = await self.frontier.counts()
        counts = dataclasses.replace(counts, queued=counts.queued + counts.claimed, claimed=0)
        return dataclasses.replace(self.run, ended_at=self.clock.now(), outcome=outcome, counts=counts)

    async def _settle(self) -> int:
        if self.mirror is None:
            return 0
        try:
            return await settle(self.frontier, self.originals, self.mirror, self.study, self.traps.stand_in)
        except DamageError:
            # No flaw of the mirror: the next run has to make the database anew.
            raise
        except StorageError as error:
            self.warnings.append(f"some pages keep links that have moved: {error}")
            return 0

    def _retain(self) -> list[str]:
        return retain(self.output, self.keep, now=self.clock.now(), software=self.software)

    async def _index(self) -> None:
        if not self.output.archive.is_dir():
            return
        group: list[Capture] = []
        with IndexWriter(self.output.archive) as index:
            async for capture in self.frontier.captures():
                group.append(capture)
                if len(group) == _GROUP:
                    await asyncio.to_thread(index.add, group)
                    group.clear()
            await asyncio.to_thread(index.add, group)
            await asyncio.to_thread(index.write)
