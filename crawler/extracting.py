"""Take items of what an output holds, without the network: the same rules give the same items as while crawling."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

from crawler.body import Spool
from crawler.errors import DamageError, StorageError
from crawler.export.dump import Dump
from crawler.extraction.rule import Rules
from crawler.gathering import Breaks, Gatherer
from crawler.item import Item
from crawler.model import Capture
from crawler.originals import Originals
from crawler.study import DEADLINE_SECONDS, Study

__all__ = ["Extraction"]

_AT_ONCE = 4


class Extraction:
    """Items of the last good copies of an output.

    Args:
        dump: what is looked into.
        rules: what is taken.
        deadline_seconds: after which a page is given up.
    """

    def __init__(self, dump: Dump, rules: Rules, *, deadline_seconds: float = DEADLINE_SECONDS) -> None:
        self._dump = dump
        self._rules = rules
        self._deadline_seconds = deadline_seconds
        self._spool = Spool()
        self._originals = Originals(dump.output.archive, dump.ledger, self._spool)
        self.breaks = Breaks()
        """What was not as the rules say, so far."""
        self.looked_at = self.given = 0
        """Answers that rules hold for, and items of them."""

    async def items(self) -> AsyncIterator[Item]:
        """The items, in the order of the URLs; a few answers are looked into ahead.

        Raises:
            StorageError: the ledger cannot be read. A body that is lost is only counted.
        """
        async with Study(spool=self._spool, deadline_seconds=self._deadline_seconds) as study:
            gatherer = Gatherer(self._rules, study)
            self.breaks = gatherer.breaks
            ahead: deque[asyncio.Task[tuple[Item, ...]]] = deque()
            try:
                async for entry in self._dump.entries():
                    if entry.good is None or not gatherer.concerns(entry.good):
                        continue
                    self.looked_at += 1
                    ahead.append(asyncio.create_task(self._gather(gatherer, entry.good)))
                    if len(ahead) == _AT_ONCE:
                        for item in await ahead.popleft():
                            self.given += 1
                            yield item
                while ahead:
                    for item in await ahead.popleft():
                        self.given += 1
                        yield item
            finally:
                for task in ahead:
                    task.cancel()
                for task in ahead:
                    with suppress(asyncio.CancelledError):
                        await task

    async def _gather(self, gatherer: Gatherer, capture: Capture) -> tuple[Item, ...]:
        try:
            body = await self._originals.shown(capture)
        except DamageError:
            raise
        except StorageError as error:
            gatherer.breaks.note(capture.url, [("page", "", str(error))])
            return ()
        return (await gatherer.gather(capture, body)).items
