"""Add candidates: new ones are queued, known ones may have become nearer or more needed.

Most links lead to what is known and tell nothing new. So a slice of candidates is looked up at once, in an index
that answers without the rows; what is new is written at once, too.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from crawler.frontier.database import look_up
from crawler.frontier.fingerprints import key_hash
from crawler.frontier.rows import Budget
from crawler.frontier.states import FINAL
from crawler.frontier.tally import Tally
from crawler.model import Candidate, Hop, State

__all__ = ["Intake"]

_SLICE = 512


@dataclass(slots=True)
class _Met:
    """What the index tells of a URL."""

    row_id: int
    depth: int
    is_linked: int | bool
    is_embedded: int | bool


class Intake:
    """One transaction's additions.

    Args:
        connection: inside a transaction.
        sql: the statements of `writing.sql`.
        tally: where the counts of the transaction are gathered.
        budget: of the run: its number, by which a shorter path offers again what it finished, and what a host
            rests that was not paced yet.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        sql: Mapping[str, str],
        tally: Tally,
        *,
        budget: Budget,
    ) -> None:
        self._db = connection
        self._sql = sql
        self._tally = tally
        self._run = budget.run
        self._delay_of = budget.delay_of
        self._host_ids: dict[str, int] = {}
        self._last_ids: dict[str, int] = {}
        self._new: list[tuple[int, bytes, Candidate, bool]] = []
        self._has_to_look = bool(self._one("has_forgotten") or self._one("has_unoffered"))

    def add(self, candidates: Iterable[Candidate]) -> int:
        """Queue the new ones and upgrade the known ones; gives how many were new."""
        new, rest = 0, iter(candidates)
        while group := list(islice(rest, _SLICE)):
            new += self._add(group)
        return new

    def _add(self, group: Sequence[Candidate]) -> int:
        hashes = [key_hash(candidate.key) for candidate in group]
        rows = look_up(self._db, self._sql["met"], list(dict.fromkeys(hashes)))
        known = {row[0]: _Met(*row[1:]) for row in rows}
        new = 0
        for candidate, hashed in zip(group, hashes, strict=True):
            met = known.get(hashed)
            if met is None:
                known[hashed] = self._begin(candidate, hashed)
                new += 1
            elif self._is_news(candidate, met):
                self._write_new()
                self._meet_again(candidate, met)
        self._write_new()
        return new

    def _begin(self, candidate: Candidate, hashed: bytes) -> _Met:
        """Take in a new URL."""
        row_id, is_linked = self._next("last_url"), may_become_page(candidate)
        self._new.append((row_id, hashed, candidate, is_linked))
        return _Met(row_id, candidate.depth, is_linked, candidate.is_requisite)

    def _write_new(self) -> None:
        if not self._new:
            return
        hosts = self.hosts(dict.fromkeys(candidate.host for _, _, candidate, _ in self._new))
        rows = []
        for row_id, hashed, candidate, is_linked in self._new:
            host_id = hosts[candidate.host]
            self._tally.move(host_id, None, State.QUEUED)
            self._tally.host(host_id).wake()
            seed = self._next("last_seed") if candidate.is_seed else None
            path = (candidate.depth, candidate.hops, candidate.via, seed)
            rows.append(
                (row_id, hashed, *_named(candidate), host_id, *path, is_linked, candidate.is_requisite)
            )
        self._db.executemany(self._sql["new_url"], rows)
        self._new.clear()

    def _is_news(self, candidate: Candidate, met: _Met) -> bool:
        """Whether the URL's row could change; of one that is known as a seed, the row tells."""
        return (
            candidate.depth < met.depth
            or (candidate.is_requisite and not met.is_embedded)
            or (not met.is_linked and may_become_page(candidate))
            or candidate.is_seed
            or self._has_to_look
            or candidate.modified_at is not None
        )

    def _meet_again(self, candidate: Candidate, met: _Met) -> None:
        row = self._db.execute(self._sql["known"], (met.row_id,)).fetchone()
        host_id, state_text, depth, seed, is_linked, is_embedded, is_forgotten, offered_as = row
        row_id, state = met.row_id, State(state_text)
        is_nearer = candidate.depth < depth
        becomes_seed = seed is None and candidate.is_seed
        becomes_linked = not is_linked and may_become_page(candidate)
        becomes_embedded = not is_embedded and candidate.is_requisite
        if is_nearer or becomes_seed:
            path = (*_named(candidate), candidate.depth, candidate.hops, candidate.via, row_id)
            self._db.execute(self._sql["take_path"], path)
            met.depth = candidate.depth
        if becomes_seed or becomes_embedded or becomes_linked:
            number = self._next("last_seed") if becomes_seed else seed
            met.is_linked, met.is_embedded = is_linked or becomes_linked, is_embedded or becomes_embedded
            self._db.execute(self._sql["meet"], (number, met.is_linked, met.is_embedded, row_id))
        if state is State.QUEUED and becomes_embedded:
            self._tally.host(host_id).wake()
        if state not in FINAL:
            return
        if is_forgotten:
            self._queue(row_id, host_id, state, "queue_again")
        elif candidate.modified_at is not None and self._is_outdated(row_id, candidate.modified_at):
            self._queue(row_id, host_id, state, "queue_outdated")
        elif is_nearer or becomes_linked or (offered_as or 0) > 2 * depth + 1:
            self.take_up_again(row_id, host_id, state)

    def _is_outdated(self, row_id: int, modified_at: float) -> bool:
        """Whether the site has changed it since it was looked at, in an earlier run."""
        terms = (row_id, self._run, modified_at)
        return self._db.execute(self._sql["is_outdated"], terms).fetchone() is not None

    def _queue(self, row_id: int, host_id: int, state: State, statement: str) -> None:
        self._db.execute(self._sql[statement], (row_id,))
        self._tally.move(host_id, state, State.QUEUED)
        self._tally.host(host_id).wake()

    def take_up_again(self, row_id: int, host_id: int, state: State) -> None:
        """Queue what this run finished from too far: its links are offered again, or it is not too deep now."""
        terms = (row_id, self._run)
        if state is State.DONE and self._db.execute(self._sql["is_offered_nearer"], terms).fetchone():
            self._queue(row_id, host_id, state, "queue_stored")
        elif state is State.EXCLUDED and self._db.execute(self._sql["is_too_deep"], terms).fetchone():
            self._queue(row_id, host_id, state, "queue_again")

    def hosts(self, names: Iterable[str]) -> Mapping[str, int]:
        """The rows of hosts, which may be new; of others too."""
        unknown = [name for name in names if name not in self._host_ids]
        self._host_ids.update(look_up(self._db, self._sql["host_ids"], unknown))
        for name in unknown:
            if name not in self._host_ids:
                row = {"name": name, "delay": self._delay_of(name)}
                self._host_ids[name] = self._db.execute(self._sql["new_host"], row).lastrowid or 0
                self._tally.host_is_new()
        return self._host_ids

    def _next(self, last: str) -> int:
        """The number behind the last one that a statement tells."""
        number = self._last_ids.get(last) or self._one(last)
        self._last_ids[last] = number + 1
        return number + 1

    def _one(self, statement: str) -> int:
        (number,) = self._db.execute(self._sql[statement]).fetchone()
        return int(number)


def may_become_page(candidate: Candidate) -> bool:
    """Whether the answer may count as a page: neither a requisite nor robots.txt or a sitemap."""
    return not candidate.is_requisite and not candidate.hops.endswith(Hop.PREREQUISITE)


def _named(candidate: Candidate) -> tuple[str, str | None]:
    """The columns `url` and `other_key`."""
    return candidate.url, None if candidate.key == candidate.url else candidate.key
