"""Verify an output from end to end: database, archive, mirror, reports; nothing of it is changed.

What is found is told as it is found, and what is held in memory does not grow with the output: what has to
be remembered of every file and answer lies in a temporary file.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from itertools import islice

from crawler.body import Spool
from crawler.errors import StorageError, remedy
from crawler.flaw import Flaw, FlawKind
from crawler.frontier.audit import Audit, untouching_ledger
from crawler.frontier.damage import refuse_damaged
from crawler.frontier.ledger import SqliteLedger
from crawler.hindsight import scope_options_of, traps_of
from crawler.mirror.inventory import Inventory
from crawler.mirror.store import Mirror
from crawler.mirror.stubs import StubNotes
from crawler.originals import Originals
from crawler.output import Output
from crawler.register import Register
from crawler.reprint import Press
from crawler.standing import Entry, Run
from crawler.study import Study
from crawler.verification.checked import Checked
from crawler.verification.files import Files
from crawler.verification.leftovers import Leftovers
from crawler.verification.requisites import Requisites
from crawler.verification.segments import Segments, index_flaws

__all__ = ["Verification", "verification_of"]

_AT_ONCE = 8
_STEPS = 256
_RUN_AGAIN = "any crawl writes it anew"
_REBUILD = "remove crawl.db and crawl again with the same line: it is rebuilt from the archive"


@asynccontextmanager
async def verification_of(output: Output) -> AsyncIterator[Verification]:
    """A verification of an output that no run writes to meanwhile.

    Raises:
        UsageError: nothing was crawled there.
        DamageError: its database is lost or damaged, so nothing can be compared with it.
        StorageError: it cannot be read.
    """
    output.check_exists()
    await asyncio.to_thread(refuse_damaged, output.database)
    async with AsyncExitStack() as stack:
        ledger = await untouching_ledger(output.database)
        stack.push_async_callback(ledger.close)
        audit = stack.enter_context(closing(Audit(output.database)))
        spool = Spool()
        study = await stack.enter_async_context(Study(spool=spool))
        yield Verification(output, ledger, audit, study, spool)


class Verification:
    """One look at a whole output. Made by `verification_of`.

    Args:
        output: the folder.
        ledger: what is known of its URLs.
        audit: the same database, asked as a whole.
        study: where texts are read.
        spool: where large bodies lie meanwhile; not in the output.
    """

    def __init__(
        self, output: Output, ledger: SqliteLedger, audit: Audit, study: Study, spool: Spool
    ) -> None:
        self._output = output
        self._ledger = ledger
        self._audit = audit
        self._study = study
        self._spool = spool
        self.checked = Checked()

    async def flaws(self) -> AsyncIterator[Flaw]:
        """Everything that is not as it must be, as it is found.

        Raises:
            DamageError: the database turned out to be damaged.
            StorageError: a file or folder cannot be read, or there is no room for temporary files.
        """
        runs = await self._ledger.runs()
        run = runs[-1] if runs else None
        try:
            for part in (self._books(), self._archive(run), self._mirror(run)):
                async for flaw in part:
                    yield flaw
            for flaw in self._reports(runs):
                yield flaw
        except OSError as error:
            advice = remedy(error, "check its owner and permissions")
            what = error.strerror or error
            raise StorageError(
                f"{error.filename or self._output.folder}: {what}; {advice}, then verify again"
            ) from error

    async def _books(self) -> AsyncIterator[Flaw]:
        wrong = (
            Flaw(kind=FlawKind.WRONG_COUNT, place=self._output.database.name, what=what, advice=_REBUILD)
            for what in self._audit.contradictions()
        )
        async for flaw in _streamed(wrong):
            yield flaw

    async def _archive(self, run: Run | None) -> AsyncIterator[Flaw]:
        self.checked.phase = "archive"
        folder, believed = self._output.archive, await self._ledger.segments()
        if not believed and not folder.is_dir():
            return
        segments = Segments(folder, believed, self._audit.stored, self.checked)
        async for flaw in _streamed(segments.flaws()):
            yield flaw
        interrupted = run.name if run is not None and run.ended_at is None else ""
        with closing(Register()) as register:
            found = index_flaws(folder, self._audit.stored, register, interrupted)
            async for flaw in _streamed(found):
                yield flaw

    async def _mirror(self, run: Run | None) -> AsyncIterator[Flaw]:
        self.checked.phase = "mirror"
        if run is None:
            return
        with closing(Register()) as register:
            inventory, is_interrupted = Inventory(self._output.mirror), run.ended_at is None
            files = self._files(run, inventory)
            leftovers = Leftovers(inventory, register, is_interrupted=is_interrupted)
            async for group in _grouped(self._ledger.entries()):
                await asyncio.to_thread(leftovers.expect, group)
                for found in await asyncio.gather(*map(files.check, group)):
                    for flaw in found:
                        yield flaw
                self.checked.urls += len(group)
                self.checked.files += sum(
                    1 for each in group if each.good is not None and each.good.mirror_path is not None
                )
            noted = (note.path for note in StubNotes(self._output.partial).read())
            async for leftover in _streamed(leftovers.flaws(noted, self._audit.older_files())):
                yield leftover

    def _files(self, run: Run, inventory: Inventory) -> Files:
        stand_in = traps_of(run).stand_in
        return Files(
            inventory=inventory,
            press=Press(
                ledger=self._ledger,
                originals=Originals(self._output.archive, self._ledger, self._spool),
                study=self._study,
                stand_in=stand_in,
                mirror=Mirror(self._output.mirror, self._output.partial),
            ),
            requisites=Requisites(self._ledger, scope_options_of(run), stand_in),
            is_interrupted=run.ended_at is None,
        )

    def _reports(self, runs: Sequence[Run]) -> Iterator[Flaw]:
        """The last report, and the start page; a run that was interrupted need not have come to them."""
        ended = [run for run in runs if run.ended_at is not None]
        if not ended:
            return
        report = self._output.reports / f"{ended[-1].name}.json"
        if not report.is_file():
            place = f"reports/{report.name}"
            what = "is missing: the report of the last run"
            yield Flaw(
                kind=FlawKind.MISSING_REPORT, place=place, what=what, advice="the next run has its own"
            )
        if not self._output.index.is_file():
            place = self._output.index.name
            yield Flaw(kind=FlawKind.MISSING_START_PAGE, place=place, what="is missing", advice=_RUN_AGAIN)


async def _streamed(found: Iterator[Flaw | None]) -> AsyncIterator[Flaw]:
    """What a blocking search finds, a few steps of it at a time in a thread; None is a step that found nothing."""
    while group := await asyncio.to_thread(lambda: list(islice(found, _STEPS))):
        for each in filter(None, group):
            yield each


async def _grouped(entries: AsyncIterator[Entry]) -> AsyncIterator[list[Entry]]:
    group: list[Entry] = []
    async for entry in entries:
        group.append(entry)
        if len(group) == _AT_ONCE:
            yield group
            group = []
    if group:
        yield group
