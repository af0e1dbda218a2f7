"""Close leases: links first, then the capture, the state, the host and the counts, in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping

from crawler.body import Body
from crawler.frontier.adding import Intake
from crawler.frontier.fingerprints import fingerprint, told_live
from crawler.frontier.rows import Budget, capture_values
from crawler.frontier.tally import Tally
from crawler.frontier.visit import Visit
from crawler.model import Capture, Disposition, Finish, Lease, State

__all__ = ["Finishing"]


class Finishing:
    """One transaction's finishes.

    Args:
        connection: inside a transaction.
        sql: the statements of `writing.sql`.
        tally: where the counts of the transaction are gathered.
        intake: takes the found URLs.
        now: the instant of the decision.
        budget: of the run.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        sql: Mapping[str, str],
        tally: Tally,
        intake: Intake,
        *,
        now: float,
        budget: Budget,
    ) -> None:
        self._db = connection
        self._sql = sql
        self._tally = tally
        self._intake = intake
        self._now = now
        self._run = budget.run
        self._limits_pages = budget.limits_pages
        self._pages = self._slots = self._requests = self._bytes = self._unchanged = self._retries = 0
        self._visits: dict[int, Visit] = {}

    def finish(self, finishes: Iterable[Finish]) -> None:
        """Close the leases that still hold their URL; keep the links of all."""
        for each in finishes:
            self._intake.add(each.disposition.found)
            self._close(each)
        self._db.executemany(self._sql["host_answered"], [visit.values() for visit in self._visits.values()])
        self._db.execute(
            self._sql["count_run"],
            (
                self._pages,
                self._slots,
                self._requests,
                self._bytes,
                self._unchanged,
                self._retries,
                self._run,
            ),
        )

    def _close(self, finish: Finish) -> None:
        lease, done, key = finish.lease, finish.disposition, finish.lease.candidate.key
        row = self._db.execute(self._sql["held"], (key,)).fetchone()
        if row is None:
            return
        row_id, host_id, state, token, holds_page_slot, is_stored, offered_before, met_as = row[:8]
        visit = self._visits.get(host_id)
        if visit is None:
            visit = self._visits[host_id] = Visit.of(host_id, row[8:])
        if state != State.CLAIMED or token != lease.token:
            if done.answered:
                visit.rest(done.ended_at)
            return
        if finish.segment is not None:
            self._db.execute(self._sql["segment"], (finish.segment, finish.segment_bytes))
        capture_id = None if done.capture is None else self._keep(row_id, lease, done.capture, done.original)
        good_id = capture_id if done.capture is not None and done.capture.is_good else None
        terms = {
            "id": row_id,
            "now": self._now,
            "status": done.status,
            "reason": done.reason,
            "good_id": good_id,
            "last_id": capture_id,
        }
        offered_as = _offered_as(lease, done, offered_before)
        if done.state is State.QUEUED:
            self._retries += done.counts_attempt
            terms |= {"uncounted": not done.counts_attempt, "ready_at": done.retry_at}
            self._db.execute(self._sql["requeue_url"], terms)
        else:
            terms |= {"state": done.state, "run": self._run, "is_surprise": done.is_surprise}
            terms |= {"offered_as": offered_as}
            self._db.execute(self._sql["close_url"], terms)
        self._tally.move(host_id, State.CLAIMED, done.state)
        is_counted = (
            done.is_page
            and done.state is State.DONE
            and not is_stored
            and (holds_page_slot or not self._limits_pages)
        )
        visit.end(done, is_counted=is_counted, holds_page_slot=holds_page_slot)
        self._pages += is_counted
        self._slots += holds_page_slot
        self._requests += done.answered
        self._bytes += done.wire_bytes
        self._unchanged += done.state is State.DONE and done.status == 304
        self._note(key, row_id, done)
        if not is_stored or offered_before is None:
            self._refuse(done)
        if met_as < (_needed_as(lease) if offered_as is None else offered_as):
            # A shorter path has turned up since it was claimed, or while nobody looked at its links.
            self._intake.take_up_again(row_id, host_id, done.state)

    def _keep(self, row_id: int, lease: Lease, capture: Capture, original: Body | None) -> int | None:
        """Store the capture and the original it came with; gives the capture's row."""
        if capture.is_same_record(lease.capture):
            told = (capture.media_type, capture.charset, capture.etag, capture.last_modified)
            terms = (*told, capture.mirror_path, capture.title, row_id)
            return int(self._db.execute(self._sql["same_capture"], terms).fetchone()[0])
        if capture.segment is not None:
            self._db.execute(self._sql["segment"], (capture.segment, capture.offset + capture.length))
        if original is not None:
            self._db.execute(self._sql["keep_original"], (capture.digest, original.read()))
        return self._db.execute(
            self._sql["new_capture"], (row_id, self._run, *capture_values(capture))
        ).lastrowid

    def _note(self, key: str, row_id: int, done: Disposition) -> None:
        """Write down what other pages, and the report, must know."""
        if done.moves:
            self._db.execute(self._sql["move"], (fingerprint(key),))
        if done.appears:
            self._db.execute(self._sql["move"], (fingerprint(told_live(key)),))
        if done.targets is not None:
            self._db.execute(self._sql["page_target"], (row_id, done.targets))

    def _refuse(self, done: Disposition) -> None:
        """Count what its rules refused, once however often its links are offered."""
        for (rule, host), links in done.refused.items():
            self._db.execute(self._sql["refuse"], (self._run, rule, host, links))


def _needed_as(lease: Lease) -> int:
    """Less is nearer: twice the depth, and 1 more as a requisite."""
    return 2 * lease.candidate.depth + lease.candidate.is_requisite


def _offered_as(lease: Lease, done: Disposition, before: int | None) -> int | None:
    """How the links of a URL are offered by now; None: it has none."""
    if done.leads_on is None and not lease.is_stored:
        return before
    return None if done.leads_on is False else _needed_as(lease)
