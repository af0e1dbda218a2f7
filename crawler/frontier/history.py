"""Read what became of URLs between runs: the history of one output."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from crawler.frontier.fingerprints import key_hash
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.rows import capture_of
from crawler.model import Capture
from crawler.shift import Answers, Lapse, Shift

__all__ = ["History"]

_BATCH = 500
_MOST_RUNS = 20


class History:
    """The history of one output, beside its ledger. Use `await History.open(...)`, then `async with`.

    Args:
        ledger: of the output, open for reading.
    """

    def __init__(self, ledger: SqliteLedger) -> None:
        self.ledger = ledger

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open for reading; all of it is as it was at the first question.

        Raises:
            StorageError: there is no such database.
        """
        return cls(await SqliteLedger.open(path, is_still=True))

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.ledger.close()

    async def shifts(self, since: int, until: int) -> AsyncIterator[Shift]:
        """Every URL with a good copy of which the runs after `since`, up to `until`, found out anything, by URL.

        Args:
            since: number of the run to compare with; 0: with nothing.
            until: number of the run to look at.
        """
        async for row in self._rows("shifts", since=since, until=until):
            yield _shift(row)

    async def copy_as_of(self, key: str, run: int) -> Capture | None:
        """The good copy of a URL as it stood at the end of a run; None: there was none."""
        async for row in self._rows("copy_as_of", key_hash(key), run):
            return capture_of(row)
        return None

    async def runs_of_change(self, key: str) -> Sequence[int]:
        """The last runs in which a URL came with another content than before, the last first."""
        return [run async for (run,) in self._rows("runs_of_change", key_hash(key), _MOST_RUNS)]

    async def answers_by_status(self, run: int) -> Sequence[Answers]:
        """Answers of a run that were kept, by status."""
        return [
            Answers(what=str(status), answers=count, size_bytes=size)
            async for status, count, size in self._rows("answers_by_status", run=run)
        ]

    async def answers_by_time(self, run: int, start: float, step_seconds: float) -> Mapping[int, Answers]:
        """The same by slices of time, numbered from `start`; a slice without answers is missing."""
        return {
            slot: Answers(what=str(slot), answers=count, size_bytes=size)
            async for slot, count, size in self._rows(
                "answers_by_time", run=run, start=start, step=step_seconds
            )
        }

    async def answers_by_host(self, run: int, most: int) -> Sequence[Answers]:
        """The same by host, the hosts with the most answers."""
        return [
            Answers(what=host, answers=count, size_bytes=size)
            async for host, count, size in self._rows("answers_by_host", run=run, limit=most)
        ]

    async def _rows(self, name: str, *terms: Any, **named: Any) -> AsyncIterator[Any]:
        cursor: sqlite3.Cursor = await self.ledger.execute(name, named or terms)
        while rows := await self.ledger.fetch(cursor, _BATCH):
            for row in rows:
                yield row


def _shift(row: Any) -> Shift:
    url, hops, *more = row
    before, now, (status, size_bytes, is_revised, lapse_before, lapse, reason, *links) = (
        more[:4],
        more[4:8],
        more[8:],
    )
    was_linked, is_linked, redirect_to = links
    return Shift(
        url=url,
        hops=hops,
        digest_before=before[0],
        gist_before=before[1] or "",
        title_before=before[2] or "",
        digest=now[0],
        gist=now[1],
        title=now[2],
        media_type=now[3],
        status=status,
        size_bytes=size_bytes,
        is_revised=bool(is_revised),
        lapse_before=Lapse(lapse_before),
        lapse=Lapse(lapse),
        reason=reason,
        was_linked=bool(was_linked),
        is_linked=bool(is_linked),
        redirect_to=redirect_to,
    )
