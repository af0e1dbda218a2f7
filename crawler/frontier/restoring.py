"""Take in what the archive tells of earlier answers, as if each had just been claimed and finished."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from crawler.frontier.adding import Intake
from crawler.frontier.fingerprints import fingerprint, key_hash
from crawler.frontier.rows import Budget, capture_values
from crawler.frontier.running import begin_anew
from crawler.frontier.tally import Tally
from crawler.model import State
from crawler.standing import Relic, Run

__all__ = ["NOT_OFFERED", "restore"]

NOT_OFFERED = 1 << 40
"""How links are offered that are still to be: from farther than any depth."""


def restore(
    connection: sqlite3.Connection, sql: Mapping[str, str], tally: Tally, run: Run, relics: Iterable[Relic]
) -> None:
    """Take relics of a run, the newest so far; inside a transaction."""
    row = connection.execute(sql["run_named"], (run.name,)).fetchone()
    if row is None:
        if run.ended_at is not None:
            # One that was interrupted may not have come to all of its seeds.
            connection.execute(sql["forget_seeds"])
        begin_anew(connection, sql)
        counts = run.counts
        states = ("hosts", "queued", "claimed", "done", "failed", "excluded")
        totals = json.dumps({name: getattr(counts, name) for name in states} if run.ended_at else {})
        terms = (run.name, run.started_at, run.ended_at, run.outcome, run.options, totals)
        work = (counts.pages, counts.requests, counts.wire_bytes, counts.unchanged, counts.retries)
        row = (connection.execute(sql["restored_run"], (*terms, *work)).lastrowid,)
    restoring = _Restoring(connection, sql, tally, row[0], counts_work=run.ended_at is None)
    for relic in relics:
        restoring.take(relic)


class _Restoring:
    """One transaction's relics."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        sql: Mapping[str, str],
        tally: Tally,
        run: int,
        *,
        counts_work: bool,
    ) -> None:
        self._db = connection
        self._sql = sql
        self._tally = tally
        self._run = run
        self._counts_work = counts_work
        self._intake = Intake(connection, sql, tally, budget=Budget(run=run))

    def take(self, relic: Relic) -> None:
        # Also of what is left out: what is not believed in is cut from the run that goes on.
        self._db.execute(self._sql["segment"], (relic.segment, relic.segment_bytes))
        hashed = (key_hash(relic.candidate.key),)
        known = self._db.execute(self._sql["restorable"], hashed).fetchone()
        if known is None and relic.capture is None:
            # It said that nothing had changed since a copy which is lost: it is asked for again when it is met.
            return
        self._intake.add([relic.candidate])
        known = self._db.execute(self._sql["restorable"], hashed).fetchone()
        row_id, host_id, state, run, last_at, good_id = known
        capture_id = self._keep(row_id, relic)
        if last_at is None or relic.at >= last_at:
            self._claim(host_id, State(state))
            is_good = relic.capture is not None and relic.capture.is_good
            self._db.execute(
                self._sql["restore_url"],
                {
                    "id": row_id,
                    "state": relic.state,
                    "run": self._run,
                    "at": relic.at,
                    "status": relic.status,
                    "reason": relic.reason,
                    "good_id": capture_id if is_good else good_id,
                    "last_id": good_id if capture_id is None else capture_id,
                    "offered_as": NOT_OFFERED if relic.leads_on else None,
                    "keeps": relic.capture is None,
                    "is_surprise": relic.is_surprise,
                },
            )
            self._tally.move(host_id, State.CLAIMED, relic.state)
        if relic.is_surprise:
            self._db.execute(self._sql["move"], (fingerprint(relic.candidate.key),))
        self._count(host_id, relic, is_first=run != self._run)

    def _claim(self, host_id: int, state: State) -> None:
        """Bring a URL where it can be finished."""
        if state is not State.QUEUED:
            self._tally.move(host_id, state, State.QUEUED)
        self._tally.move(host_id, State.QUEUED, State.CLAIMED)

    def _keep(self, row_id: int, relic: Relic) -> int | None:
        if relic.capture is None:
            return None
        terms: tuple[Any, ...] = (None, row_id, self._run, *capture_values(relic.capture))
        return self._db.execute(self._sql["new_capture"], terms).lastrowid

    def _count(self, host_id: int, relic: Relic, *, is_first: bool) -> None:
        pages = int(relic.is_page and is_first)
        self._db.execute(self._sql["restore_host_pages"], (pages, host_id))
        if self._counts_work:
            unchanged = relic.capture is None
            self._db.execute(self._sql["count_run"], (pages, 0, 1, relic.wire_bytes, unchanged, 0, self._run))
