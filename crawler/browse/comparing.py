"""Compare two runs for many who ask: what changed is found out once, and handed out a stretch at a time.

A list is kept as long as nothing is crawled; while a run is under way each question is answered anew. Lists lie in
files without a name, so memory does not grow with them.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from crawler.body import Spool
from crawler.browse.shelf import Shelf
from crawler.changes import ChangeKind, ChangeList, changes_between
from crawler.originals import Originals
from crawler.runpair import run_pair
from crawler.standing import Run

__all__ = ["Comparing", "Comparison"]

_MOST_KEPT = 4

_Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A stretch of what changed between two runs.

    Args:
        runs: of the output, the first one first.
        before: the earlier of the two; None: there is none, so nothing can have changed.
        now: the later; None: nothing was crawled yet.
        counts: how many URLs changed in which way.
        found: kind and `Change.values`, by kind and URL.
    """

    runs: Sequence[Run] = ()
    before: Run | None = None
    now: Run | None = None
    counts: Mapping[ChangeKind, int] = field(default_factory=lambda: dict.fromkeys(ChangeKind, 0))
    found: Sequence[tuple[ChangeKind, dict[str, Any]]] = ()


class _Kept:
    """One list, and whose turn it is: it is made, read and closed by one at a time."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self.changes = ChangeList()
        self.is_made = False
        self.is_closed = False

    async def close(self) -> None:
        async with self.turn:
            self.is_closed = True
            self.changes.close()


class Comparing:
    """The comparisons of one output. Use it as an async context manager.

    Args:
        shelf: lends connections.
        archive: folder of the output's segments.
        spool: where large bodies lie.
    """

    def __init__(self, shelf: Shelf, archive: Path, spool: Spool) -> None:
        self._shelf = shelf
        self._archive = archive
        self._spool = spool
        # It takes one of the few readers for as long as it takes.
        self._making = asyncio.Semaphore(1)
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._kept:
            await self._kept.popitem()[1].close()

    async def find(
        self,
        since: str | None,
        until: str | None,
        *,
        after: int,
        limit: int,
        kind: ChangeKind | None = None,
    ) -> Comparison:
        """What changed between two runs.

        Args:
            since: number or name of the earlier; None: the one before.
            until: the same of the later; None: the last.
            after: so many are passed over.
            limit: at most so many are given.
            kind: of this kind alone; None: of all.

        Raises:
            UsageError: there is no such run.
            StorageError: the database cannot be read.
        """
        async with self._shelf.reader() as reader:
            runs = list(await reader.ledger.runs())
        if not runs:
            return Comparison()
        before, now = run_pair(runs, since, until)
        if before is None:
            return Comparison(runs=runs, now=now)
        kinds = list(ChangeKind) if kind is None else [kind]
        while True:
            kept = await self._list(runs, before, now)
            async with kept.turn:
                if kept.is_closed:
                    continue
                if not kept.is_made:
                    await self._make(kept, before, now)
                found = await asyncio.to_thread(kept.changes.stretch, kinds, after, limit)
                counts = dict(kept.changes.counts)
            return Comparison(runs=runs, before=before, now=now, counts=counts, found=found)

    async def _list(self, runs: Sequence[Run], before: Run, now: Run) -> _Kept:
        """The list of two runs: a kept one if it still holds."""
        last = runs[-1]
        key = (before.number, before.name, now.number, now.name, last.number, last.ended_at)
        kept = self._kept.get(key)
        if kept is not None and last.ended_at is None and kept.is_made:
            del self._kept[key]
            await kept.close()
        kept = self._kept.setdefault(key, _Kept())
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_KEPT:
            await self._kept.popitem(last=False)[1].close()
        return kept

    async def _make(self, kept: _Kept, before: Run, now: Run) -> None:
        changes = ChangeList()
        try:
            async with self._making, self._shelf.history() as history:
                originals = Originals(self._archive, history.ledger, self._spool)
                await changes_between(history, originals, before.number, now.number, changes)
        except BaseException:
            changes.close()
            raise
        kept.changes = changes
        kept.is_made = True
