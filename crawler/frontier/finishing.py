"""Close leases: links first, then the capture, the state, the host and the counts, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from crawler.frontier.adding import Intake
from crawler.frontier.fingerprints import fingerprint
from crawler.frontier.rows import capture_values
from crawler.frontier.tally import Tally
from crawler.model import Disposition, Finish, State

__all__ = ["Finishing"]


class Finishing:
    """One transaction's finishes.

    Args:
        connection: inside a transaction.
        sql: the statements of `writing.sql`.
        tally: where the counts of the transaction are gathered.
        intake: takes the found URLs.
        now: the instant of the decision.
        run: number of the run.
        max_depth: the run's limit, None: none.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        sql: Mapping[str, str],
        tally: Tally,
        intake: Intake,
        *,
        now: float,
        run: int,
        max_depth: int | None,
    ) -> None:
        self._db = connection
        self._sql = sql
        self._tally = tally
        self._intake = intake
        self._now = now
        self._run = run
        self._max_depth = max_depth
        self._pages = self._slots = self._requests = self._bytes = self._unchanged = 0

    def finish(self, finishes: Iterable[Finish]) -> int:
        """Close the leases; gives how many were fenced off because another holds the URL now."""
        fenced = 0
        for each in finishes:
            self._intake.add(each.disposition.found)
            fenced += not self._close(each)
        self._db.execute(
            self._sql["count_run"],
            (self._pages, self._slots, self._requests, self._bytes, self._unchanged, self._run),
        )
        return fenced

    def _close(self, each: Finish) -> bool:
        lease, done = each.lease, each.disposition
        key = lease.candidate.key
        row = self._db.execute(self._sql["held"], (key,)).fetchone()
        if row is None or row[2] != State.CLAIMED or row[3] != lease.token:
            return False
        row_id, host_id, _, _, depth, is_linked, holds_page_slot, _ = row
        if done.state is State.QUEUED:
            self._requeue(row_id, done)
        else:
            self._decide(row_id, done)
        self._tally.move(host_id, State.CLAIMED, done.state)
        self._count(done, host_id, holds_page_slot=holds_page_slot)
        if done.moves:
            self._db.execute(self._sql["move"], (fingerprint(key),))
        if done.targets is not None:
            self._db.execute(self._sql["page_target"], (row_id, done.targets))
        is_nearer = self._max_depth is not None and depth < lease.candidate.depth
        becomes_linked = is_linked and lease.candidate.is_requisite
        if done.state is State.DONE and done.is_page and (is_nearer or becomes_linked):
            self._db.execute(self._sql["queue_stored"], (row_id,))
            self._tally.move(host_id, State.DONE, State.QUEUED)
            self._db.execute(self._sql["wake_host"], (host_id,))
        return True

    def _decide(self, row_id: int, done: Disposition) -> None:
        capture_id = good_id = None
        if done.capture is not None:
            capture_id = self._db.execute(
                self._sql["new_capture"], (row_id, self._run, *capture_values(done.capture))
            ).lastrowid
            good_id = capture_id if done.capture.is_good else None
            if done.capture.segment is not None:
                end = done.capture.offset + done.capture.length
                self._db.execute(self._sql["segment"], (done.capture.segment, end))
            if done.original is not None:
                self._db.execute(self._sql["keep_original"], (done.capture.digest, done.original))
        self._db.execute(
            self._sql["close_url"],
            {
                "id": row_id,
                "state": done.state,
                "run": self._run,
                "now": self._now,
                "status": done.status,
                "reason": done.reason,
                "good_id": good_id,
                "last_id": capture_id,
                "is_surprise": done.is_surprise,
            },
        )
        for (rule, host), links in done.refused.items():
            self._db.execute(self._sql["refuse"], (self._run, rule, host, links))

    def _requeue(self, row_id: int, done: Disposition) -> None:
        self._db.execute(
            self._sql["requeue_url"],
            {
                "id": row_id,
                "uncounted": not done.counts_attempt,
                "now": self._now,
                "status": done.status,
                "reason": done.reason,
                "ready_at": done.retry_at,
            },
        )

    def _count(self, done: Disposition, host_id: int, *, holds_page_slot: int) -> None:
        counts_page = done.is_page and done.state is State.DONE
        self._db.execute(
            self._sql["host_answered"],
            {
                "id": host_id,
                "ready_at": done.host_ready_at,
                "answered": done.answered,
                "ended_at": done.ended_at,
                "queue_at": done.retry_at if done.state is State.QUEUED else float("inf"),
                "slots": holds_page_slot,
                "pages": counts_page,
            },
        )
        self._pages += counts_page
        self._slots += holds_page_slot
        self._requests += done.answered
        self._bytes += done.wire_bytes
        self._unchanged += done.state is State.DONE and done.status == 304
