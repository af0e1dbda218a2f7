"""Close leases: links first, then the captures, the states, the hosts and the counts, in one transaction.

What is to be written is gathered by statement and written at the end, each statement once for all its rows.
"""

from __future__ import annotations

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from crawler.body import Body
from crawler.frontier.adding import Intake
from crawler.frontier.database import look_up
from crawler.frontier.fingerprints import awaiting, carrying, fingerprint, key_hash, told_live
from crawler.frontier.rows import Budget, capture_values
from crawler.frontier.tally import Tally
from crawler.frontier.visit import Visit
from crawler.lapses import lapse_of
from crawler.model import Capture, Disposition, Finish, Lease, State

__all__ = ["Finishing"]

# A capture stands before the row that points to it.
_STATEMENTS = (
    "new_capture",
    "close_url",
    "requeue_url",
    "lapse",
    "former_target",
    "page_target",
    "move",
    "segment",
    "refuse",
)


@dataclass(slots=True)
class _Held:
    """A URL whose lease is to be closed.

    Args:
        token: 0 once that is done.
        offered_as: how its links were offered so far; None: they were not.
        met_as: how near it was met by now.
    """

    visit: Visit
    row_id: int
    host_id: int
    state: str
    token: int
    holds_page_slot: int
    is_stored: int
    offered_as: int | None
    met_as: int


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
        self._rows: defaultdict[str, list[Any]] = defaultdict(list)
        self._segments: dict[str, int] = {}
        self._refused: Counter[tuple[str, str]] = Counter()
        self._nearer: list[tuple[int, int, State]] = []
        self._last_capture = 0

    def finish(self, finishes: Sequence[Finish]) -> None:
        """Close the leases that still hold their URL; keep the links of all."""
        self._intake.add(chain.from_iterable(each.disposition.found for each in finishes))
        hashes = [key_hash(each.lease.candidate.key) for each in finishes]
        held = self._held(hashes)
        (self._last_capture,) = self._db.execute(self._sql["last_capture"]).fetchone()
        for each, hashed in zip(finishes, hashes, strict=True):
            if (row := held.get(hashed)) is not None:
                self._close(row, each)
        self._write()

    def _held(self, hashes: Sequence[bytes]) -> dict[bytes, _Held]:
        held = {}
        for row in look_up(self._db, self._sql["held"], list(dict.fromkeys(hashes))):
            host_id = row[2]
            visit = self._visits.get(host_id)
            if visit is None:
                visit = self._visits[host_id] = Visit.of(self._tally.host(host_id), row[9:])
            held[row[0]] = _Held(visit, *row[1:9])
        return held

    def _close(self, held: _Held, finish: Finish) -> None:
        lease, done, visit = finish.lease, finish.disposition, held.visit
        if held.state != State.CLAIMED or held.token != lease.token:
            if done.answered:
                visit.rest(done.ended_at)
            return
        held.token = 0
        if finish.segment is not None:
            self._believe(finish.segment, finish.segment_bytes)
        capture_id = (
            None if done.capture is None else self._keep(held.row_id, lease, done.capture, done.original)
        )
        good_id = capture_id if done.capture is not None and done.capture.is_good else None
        offered_as = _offered_as(lease, done, held.offered_as)
        answer = (self._now, done.status, done.reason, good_id, capture_id)
        if done.state is State.QUEUED:
            self._retries += done.counts_attempt
            again = (*answer, not done.counts_attempt, done.retry_at, held.row_id)
            self._rows["requeue_url"].append(again)
        else:
            end = (done.status, done.state, self._run, done.is_surprise, offered_as)
            self._rows["close_url"].append((*answer, *end, held.row_id))
            if lease.capture is not None and not held.is_stored and (kind := lapse_of(done)) is not None:
                told = {"url": held.row_id, "run": self._run, "kind": kind, "reason": done.reason}
                self._rows["lapse"].append(told)
        self._tally.move(held.host_id, State.CLAIMED, done.state)
        is_counted = (
            done.is_page
            and done.state is State.DONE
            and not held.is_stored
            and (bool(held.holds_page_slot) or not self._limits_pages)
        )
        visit.end(done, is_counted=is_counted, holds_page_slot=held.holds_page_slot)
        self._pages += is_counted
        self._slots += held.holds_page_slot
        self._requests += done.answered
        self._bytes += done.wire_bytes
        self._unchanged += done.state is State.DONE and done.status == 304
        self._note(lease, held.row_id, done)
        if not held.is_stored or held.offered_as is None:
            # Counted once, however often its links are offered.
            self._refused.update(done.refused)
        if held.met_as < (_needed_as(lease) if offered_as is None else offered_as):
            # A shorter path has turned up since it was claimed, or while nobody looked at its links.
            self._nearer.append((held.row_id, held.host_id, done.state))

    def _keep(self, row_id: int, lease: Lease, capture: Capture, original: Body | None) -> int:
        """Store the capture and the original it came with; gives the capture's row."""
        if capture.is_same_record(lease.capture):
            told = (capture.media_type, capture.charset, capture.etag, capture.last_modified)
            terms = (*told, capture.mirror_path, capture.title, capture.canonical, row_id)
            return int(self._db.execute(self._sql["same_capture"], terms).fetchone()[0])
        if capture.segment is not None:
            self._believe(capture.segment, capture.offset + capture.length)
        if original is not None:
            self._db.execute(self._sql["keep_original"], (capture.digest, original.read()))
        self._last_capture += 1
        self._rows["new_capture"].append((self._last_capture, row_id, self._run, *capture_values(capture)))
        return self._last_capture

    def _believe(self, segment: str, length: int) -> None:
        self._segments[segment] = max(self._segments.get(segment, 0), length)

    def _note(self, lease: Lease, row_id: int, done: Disposition) -> None:
        """Write down what other pages, and the report, must know."""
        key, known = lease.candidate.key, lease.capture
        if done.moves:
            self._rows["move"].append((fingerprint(key),))
        if done.appears:
            self._rows["move"].append((fingerprint(told_live(key)),))
        if done.arrives or done.changes:
            self._rows["move"].append((fingerprint(awaiting(key)),))
        if done.changes:
            self._rows["move"].append((fingerprint(carrying(key)),))
        if done.targets is not None:
            if known is not None and not lease.is_stored:
                self._rows["former_target"].append((row_id,))
            self._rows["page_target"].append((row_id, done.targets))

    def _write(self) -> None:
        self._rows["segment"] = list(self._segments.items())
        self._rows["refuse"] = [(self._run, *refused, links) for refused, links in self._refused.items()]
        for statement in _STATEMENTS:
            self._db.executemany(self._sql[statement], self._rows[statement])
        for row_id, host_id, state in self._nearer:
            self._intake.take_up_again(row_id, host_id, state)
        for visit in self._visits.values():
            visit.close()
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


def _needed_as(lease: Lease) -> int:
    """Less is nearer: twice the depth, and 1 more as a requisite."""
    return 2 * lease.candidate.depth + lease.candidate.is_requisite


def _offered_as(lease: Lease, done: Disposition, before: int | None) -> int | None:
    """How the links of a URL are offered by now; None: it has none."""
    if done.leads_on is None and not lease.is_stored:
        return before
    return None if done.leads_on is False else _needed_as(lease)
