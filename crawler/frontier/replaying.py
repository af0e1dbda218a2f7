"""Take in what other folders tell of runs: who decided a URL best, in whatever order they are read.

Within a run the best answer holds: a good one before a redirect, that before any other, and the latest of equals. So
the ledger of a union does not depend on the order of its sources. What it cannot take in any more, because a later
run was told of before, is an `OutOfOrderError`: then the ledger is to be made anew, from the first run on.
"""

from __future__ import annotations

import dataclasses
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import inf
from typing import Any

from crawler.frontier.adding import Intake
from crawler.frontier.database import statements
from crawler.frontier.fingerprints import key_hash
from crawler.frontier.rows import capture_of
from crawler.frontier.tally import Tally
from crawler.model import Candidate, Capture, Lease, State
from crawler.standing import Run

__all__ = ["OutOfOrderError", "Recalled", "Telling", "believe", "enter", "recall"]

_LAST_TRY = 1 << 20
_GOOD, _REDIRECT, _OTHER, _NO_ANSWER = 3, 2, 1, 0


class OutOfOrderError(Exception):
    """A run is told of after a later one was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Telling:
    """What a folder tells of one URL.

    Args:
        candidate: how it was reached.
        at: when the answer began, or when it was decided without one.
        status: of the answer; None: there was none.
        digest: of its body, which decides between answers of the same second.
        is_doubted: it does not stand for the page, though its status is good.
    """

    candidate: Candidate
    at: float
    status: int | None = None
    digest: str = ""
    is_doubted: bool = False

    @property
    def rank(self) -> tuple[int, float, str]:
        """The more, the better."""
        status = self.status
        if status is None:
            return _NO_ANSWER, self.at, ""
        if (200 <= status < 300 and status != 206 and not self.is_doubted) or status == 304:
            return _GOOD, self.at, self.digest
        return (_REDIRECT if 300 <= status < 400 else _OTHER), self.at, self.digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Recalled:
    """A lease of a URL of which something better is told than was known.

    Args:
        lease: to be finished with what is told.
        left: the file of the mirror that what was known has left; None: it had none.
    """

    lease: Lease
    left: str | None = None


def enter(connection: sqlite3.Connection, run: Run) -> int:
    """Let what follows be of this run, which is open from now on; gives its number. Inside a transaction.

    Raises:
        OutOfOrderError: it is unknown, and a later one is known.
    """
    sql = _sql()
    # What a kill left claimed is told once more.
    for statement in ("release_all", "free_hosts", "free_total"):
        connection.execute(sql[statement])
    newest = connection.execute(sql["newest_run"]).fetchone()
    known = connection.execute(sql["run_named"], (run.name,)).fetchone()
    if known is None:
        if newest is not None and newest[1] > run.name:
            raise OutOfOrderError
        connection.execute(sql["reset_pages"])
        row = (run.name, run.started_at, run.options)
        return int(connection.execute(sql["new_run"], row).lastrowid or 0)
    number = int(known[0])
    if number == newest[0]:
        connection.execute(sql["reopen_run"], (number,))
    return number


def believe(connection: sqlite3.Connection, segments: Mapping[str, int]) -> None:
    """Believe in so many bytes of segments; inside a transaction."""
    connection.executemany(_sql()["believe"], segments.items())


def recall(
    connection: sqlite3.Connection, intake: Intake, tally: Tally, run: int, tellings: Sequence[Telling]
) -> list[Recalled | None]:
    """A lease for each URL of which something better is told than is known; None for the others. Inside a transaction.

    Args:
        connection: inside a transaction.
        intake: takes URLs that are not known yet.
        tally: where the counts of the transaction are gathered.
        run: its number.
        tellings: each of another URL.

    Raises:
        OutOfOrderError: a later run has decided one of these URLs.
    """
    intake.add(telling.candidate for telling in tellings)
    return _Recalling(connection, tally, run).leases(tellings)


class _Recalling:
    """One transaction's leases."""

    def __init__(self, connection: sqlite3.Connection, tally: Tally, run: int) -> None:
        self._db = connection
        self._sql = _sql()
        self._tally = tally
        self._run = run
        (self._token,) = connection.execute(self._sql["last_token"]).fetchone()

    def leases(self, tellings: Sequence[Telling]) -> list[Recalled | None]:
        found = [self._recalled(telling) for telling in tellings]
        self._db.execute(self._sql["tokens"], (self._token,))
        return found

    def _recalled(self, telling: Telling) -> Recalled | None:
        row = self._db.execute(self._sql["told"], (key_hash(telling.candidate.key),)).fetchone()
        row_id, host_id, state, run, last_at = row[:5]
        capture, left = capture_of(row[15:]), None
        if run is not None and run > self._run:
            raise OutOfOrderError
        if run == self._run:
            best = self._best(row_id, State(state), last_at, row[13])
            if telling.rank <= best:
                return None
            left = None if capture is None else capture.mirror_path
            capture = self._take_back(row_id, host_id, is_linked=bool(row[10]))
        if telling.status == 304 and capture is None:
            # It says that nothing has changed since a copy that nobody has.
            return None
        self._token += 1
        self._claim(row_id, host_id, State(state))
        way = self._way(row_id, telling.candidate, row)
        return Recalled(lease=self._leased(telling.candidate, way, row, capture), left=left)

    def _way(self, row_id: int, told: Candidate, row: tuple[Any, ...]) -> tuple[int, str, str | None]:
        """Depth, hops and via: of equally short ways the one that was gone, whichever page was read first."""
        depth, hops, via = row[6:9]
        if told.depth == depth and (told.hops, told.via) != (hops, via):
            self._db.execute(self._sql["take_way"], (told.hops, told.via, row_id))
            return depth, told.hops, told.via
        return depth, hops, via

    def _best(self, row_id: int, state: State, last_at: float, status: int | None) -> tuple[int, float, str]:
        """The rank of what is known of a URL in this run."""
        kept = self._db.execute(self._sql["captured"], (row_id, self._run)).fetchone()
        if kept is None:
            is_unchanged = state is State.DONE and status == 304
            return (_GOOD if is_unchanged else _NO_ANSWER), last_at, ""
        _, is_good, leads_on, digest, _ = kept
        quality = _GOOD if is_good else _REDIRECT if leads_on else _OTHER
        return quality, last_at, digest

    def _take_back(self, row_id: int, host_id: int, *, is_linked: bool) -> Capture | None:
        """Undo what this run knows of a URL; gives the good copy that it had before."""
        kept = self._db.execute(self._sql["captured"], (row_id, self._run)).fetchone()
        terms = {"url": row_id, "run": self._run, "host": host_id}
        before = self._db.execute(self._sql["good_before"], terms).fetchone()
        for statement in ("take_back", "drop_captures", "drop_lapse"):
            self._db.execute(self._sql[statement], terms)
        if kept is not None and kept[1] and kept[4] and is_linked:
            self._db.execute(self._sql["uncount_page"], terms)
            self._db.execute(self._sql["uncount_host_page"], terms)
        copy = None if before is None else capture_of(before)
        # Its file holds something else by now, so it is written in any case.
        return None if copy is None else dataclasses.replace(copy, mirror_path=None)

    def _claim(self, row_id: int, host_id: int, state: State) -> None:
        if state is not State.QUEUED:
            self._tally.move(host_id, state, State.QUEUED)
        self._tally.move(host_id, State.QUEUED, State.CLAIMED)
        self._db.execute(self._sql["lease"], (self._token, row_id))

    def _leased(
        self,
        told: Candidate,
        way: tuple[int, str, str | None],
        row: tuple[Any, ...],
        capture: Capture | None,
    ) -> Lease:
        (depth, hops, via), url = way, row[5]
        seed, is_linked, is_embedded, is_surprise, _, redirect_to = row[9:15]
        return Lease(
            candidate=Candidate(
                url=url,
                key=told.key,
                host=told.host,
                depth=depth,
                hops=hops,
                via=via,
                is_seed=seed is not None,
                is_requisite=bool(is_embedded and not is_linked),
            ),
            token=self._token,
            attempt=_LAST_TRY,
            expires_at=inf,
            capture=capture,
            is_surprise=bool(is_surprise),
            redirect_to=redirect_to,
        )


@cache
def _sql() -> Mapping[str, str]:
    return statements("replaying")
