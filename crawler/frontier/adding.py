"""Add candidates: new ones are queued, known ones may have become nearer or more needed."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any

from crawler.frontier.rows import Budget
from crawler.frontier.states import FINAL
from crawler.frontier.tally import Tally
from crawler.model import Candidate, Hop, State

__all__ = ["Intake"]


class Intake:
    """One transaction's additions.

    Args:
        connection: inside a transaction.
        sql: the statements of `writing.sql`.
        tally: where the counts of the transaction are gathered.
        budget: of the run; it also says what a host rests that was not paced yet.
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
        self._last_seed: int | None = None
        self._awake: set[int] = set()

    def add(self, candidates: Iterable[Candidate]) -> int:
        """Queue the new ones and upgrade the known ones; gives how many were new."""
        return sum(self._add(candidate) for candidate in candidates)

    def _add(self, candidate: Candidate) -> bool:
        known = self._db.execute(self._sql["known"], (candidate.key,)).fetchone()
        if known is not None:
            self._meet_again(candidate, known)
            return False
        host_id = self.host(candidate.host)
        is_linked = may_become_page(candidate)
        self._db.execute(
            self._sql["new_url"],
            {
                "key": candidate.key,
                "url": candidate.url,
                "host_id": host_id,
                "depth": candidate.depth,
                "hops": candidate.hops,
                "via": candidate.via,
                "seed": self._next_seed() if candidate.is_seed else None,
                "is_linked": is_linked,
                "is_embedded": candidate.is_requisite,
            },
        )
        self._tally.move(host_id, None, State.QUEUED)
        self._wake(host_id)
        return True

    def _meet_again(self, candidate: Candidate, known: tuple[Any, ...]) -> None:
        row_id, host_id, state_text, depth, seed, is_linked, is_embedded, is_forgotten, offered_as = known
        state = State(state_text)
        is_nearer = candidate.depth < depth
        becomes_seed = seed is None and candidate.is_seed
        becomes_linked = not is_linked and may_become_page(candidate)
        becomes_embedded = not is_embedded and candidate.is_requisite
        if is_nearer or becomes_seed:
            path = (candidate.url, candidate.depth, candidate.hops, candidate.via, row_id)
            self._db.execute(self._sql["take_path"], path)
        if becomes_seed or becomes_embedded or becomes_linked:
            number = self._next_seed() if becomes_seed else seed
            needed_as = (is_linked or becomes_linked, is_embedded or becomes_embedded)
            self._db.execute(self._sql["meet"], (number, *needed_as, row_id))
        if state is State.QUEUED and becomes_embedded:
            self._wake(host_id)
        if state not in FINAL:
            return
        if is_forgotten:
            self._queue(row_id, host_id, state, "queue_again")
        elif is_nearer or becomes_linked or (offered_as or 0) > 2 * depth + 1:
            self.take_up_again(row_id, host_id, state)

    def _queue(self, row_id: int, host_id: int, state: State, statement: str) -> None:
        self._db.execute(self._sql[statement], (row_id,))
        self._tally.move(host_id, state, State.QUEUED)
        self._wake(host_id)

    def take_up_again(self, row_id: int, host_id: int, state: State) -> None:
        """Queue what this run finished from too far: its links are offered again, or it is not too deep now."""
        terms = (row_id, self._run)
        if state is State.DONE and self._db.execute(self._sql["is_offered_nearer"], terms).fetchone():
            self._queue(row_id, host_id, state, "queue_stored")
        elif state is State.EXCLUDED and self._db.execute(self._sql["is_too_deep"], terms).fetchone():
            self._queue(row_id, host_id, state, "queue_again")

    def host(self, name: str) -> int:
        """The row of a host, which may be new."""
        if (host_id := self._host_ids.get(name)) is not None:
            return host_id
        row = self._db.execute(self._sql["host_id"], (name,)).fetchone()
        if row is None:
            row = {"name": name, "delay": self._delay_of(name)}
            host_id = self._db.execute(self._sql["new_host"], row).lastrowid or 0
            self._tally.host_is_new()
        else:
            (host_id,) = row
        self._host_ids[name] = host_id
        return host_id

    def _next_seed(self) -> int:
        """The place of one more seed; asked once, as nobody else adds within the transaction."""
        if self._last_seed is None:
            (self._last_seed,) = self._db.execute(self._sql["last_seed"]).fetchone()
        self._last_seed += 1
        return self._last_seed

    def _wake(self, host_id: int) -> None:
        if host_id not in self._awake:
            self._awake.add(host_id)
            self._db.execute(self._sql["wake_host"], (host_id,))


def may_become_page(candidate: Candidate) -> bool:
    """Whether the answer may count as a page: neither a requisite nor robots.txt or a sitemap."""
    return not candidate.is_requisite and not candidate.hops.endswith(Hop.PREREQUISITE)
