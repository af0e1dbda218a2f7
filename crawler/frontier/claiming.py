"""Claim URLs of hosts that are ready, hosts taking turns, page budgets exact; take lost leases back."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import chain, zip_longest
from math import inf
from typing import Any

from crawler.frontier.rows import Budget, capture_of
from crawler.frontier.tally import Tally
from crawler.model import Candidate, Claim, Lease, State

__all__ = ["Claiming", "take_back"]


@dataclass(slots=True)
class _Host:
    row_id: int
    name: str
    room: int
    page_slots: float
    down: str


class Claiming:
    """One transaction's claims.

    Args:
        connection: inside a transaction.
        sql: the statements of `writing.sql`.
        tally: where the counts of the transaction are gathered.
        budget: of the run.
        now: the instant of the claim.
        lease_seconds: how long a lease holds.
        holder: the process that claims.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        sql: Mapping[str, str],
        tally: Tally,
        *,
        budget: Budget,
        now: float,
        lease_seconds: float,
        holder: int,
    ) -> None:
        self._db = connection
        self._sql = sql
        self._tally = tally
        self._now = now
        self._expires_at = now + lease_seconds
        self._holder = holder
        self._spent = budget.spent
        self._run = budget.run
        self._limits_pages = budget.limits_pages
        self._pages_of = budget.pages_of
        taken = budget.pages + budget.page_slots
        self._slots = inf if budget.max_pages is None else budget.max_pages - taken
        self._taken = 0
        self._leased: list[tuple[int, int, float, bool, int]] = []
        (self._last_token,) = connection.execute(sql["last_token"]).fetchone()

    def claim(self, limit: int) -> Claim:
        """Up to `limit` leases; if there are fewer, when to ask again."""
        self._take_back_expired()
        if self._spent:
            return self._answer(Claim(spent=self._spent))
        given: defaultdict[int, list[Lease]] = defaultdict(list)
        left = limit
        # Each round, a ready host gives a URL or is found to have none and sleeps: the rounds end.
        while left > 0 and (hosts := self._ready_hosts(left)):
            for place, host in enumerate(hosts):
                share = -(-left // (len(hosts) - place))
                leases = self._claim_from(host, min(host.room, share))
                given[host.row_id] += leases
                left -= len(leases)
        if self._taken:
            self._db.execute(self._sql["slots"], (self._taken, self._run))
        if left == limit:
            return self._answer(Claim(ready_at=self._next_ready_at()))
        self._db.execute(self._sql["tokens"], (self._last_token,))
        turns = chain.from_iterable(zip_longest(*given.values()))
        claimed = tuple(lease for lease in turns if lease is not None)
        return self._answer(Claim(leases=claimed, ready_at=self._next_ready_at() if left else None))

    def _answer(self, claim: Claim) -> Claim:
        """With what else a claimer wants to know."""
        self._write()
        held, seeds = self._db.execute(self._sql["standing"]).fetchone()
        return replace(claim, held=held, seeds=seeds)

    def _ready_hosts(self, limit: int) -> list[_Host]:
        """The hosts that were ready first; what this transaction did so far is taken into account."""
        self._write()
        statement = "ready_hosts" if self._slots > 0 else "ready_hosts_without_slot"
        rows = self._db.execute(self._sql[statement], {"now": self._now, "limit": limit}).fetchall()
        return [
            _Host(row_id, name, room, self._pages_of(name) - pages, down)
            for row_id, name, room, pages, down in rows
        ]

    def _claim_from(self, host: _Host, count: int) -> list[Lease]:
        has_slot = min(self._slots, host.page_slots) > 0
        rows = self._claimable(host.row_id, at=self._now, limit=count, has_slot=has_slot)
        if not rows:
            self._sleep(host.row_id, host.page_slots)
            return []
        leases = []
        taken = 0
        for row in rows:
            is_linked, is_embedded, is_stored = row[7], row[8], row[10]
            wants_slot = self._limits_pages and is_linked and not is_stored
            takes_slot = wants_slot and min(self._slots, host.page_slots) - taken > 0
            if wants_slot and not takes_slot and not is_embedded:
                continue
            taken += takes_slot
            leases.append(self._lease(host, row, holds_page_slot=takes_slot))
        self._slots -= taken
        self._taken += taken
        change = self._tally.host(host.row_id)
        change.ready_at = self._now
        change.page_slots += taken
        return leases

    def _lease(self, host: _Host, row: tuple[Any, ...], *, holds_page_slot: bool) -> Lease:
        row_id, key, url, depth, hops, via, seed, is_linked, is_embedded, attempts, *more = row
        is_stored, is_surprise, is_forgotten, redirect_to, *capture = more
        self._last_token += 1
        self._leased.append((self._last_token, self._holder, self._expires_at, holds_page_slot, row_id))
        self._tally.move(host.row_id, State.QUEUED, State.CLAIMED)
        return Lease(
            candidate=Candidate(
                url=url,
                key=key,
                host=host.name,
                depth=depth,
                hops=hops,
                via=via,
                is_seed=seed is not None,
                is_requisite=bool(is_embedded and not is_linked),
            ),
            token=self._last_token,
            attempt=attempts + 1,
            expires_at=self._expires_at,
            holds_page_slot=holds_page_slot,
            is_stored=bool(is_stored),
            capture=None if is_forgotten else capture_of(tuple(capture)),
            is_surprise=bool(is_surprise),
            redirect_to=redirect_to,
            host_down=host.down,
        )

    def _write(self) -> None:
        """Write what was leased and counted so far, so that the next statement sees it."""
        self._db.executemany(self._sql["lease"], self._leased)
        self._leased.clear()
        self._tally.write(self._db, self._sql)

    def _claimable(self, host_id: int, *, at: float, limit: int, has_slot: bool) -> list[tuple[Any, ...]]:
        statement = "claimable" if has_slot else "claimable_without_slot"
        return self._db.execute(self._sql[statement], {"host": host_id, "now": at, "limit": limit}).fetchall()

    def _sleep(self, host_id: int, page_slots: float) -> None:
        """Note when the first URL of a host that has none yet is ready."""
        has_slot = min(self._slots, page_slots) > 0
        statement = "first_waiting" if has_slot else "first_waiting_without_slot"
        (ready_at,) = self._db.execute(self._sql[statement], (host_id,)).fetchone()
        row = (inf if ready_at is None else ready_at, host_id)
        if not has_slot:
            self._db.execute(self._sql["sleep_without_slot"], row)
        if has_slot or page_slots <= 0:
            self._db.execute(self._sql["sleep"], row)

    def _next_ready_at(self) -> float | None:
        """When the first URL that the budget allows is ready; hosts that only seemed to have one sleep."""
        self._write()
        statement = "next_host" if self._slots > 0 else "next_host_without_slot"
        while row := self._db.execute(self._sql[statement]).fetchone():
            host_id, name, opens_at, pages = row
            if opens_at == inf:
                return None
            page_slots = self._pages_of(name) - pages
            has_slot = min(self._slots, page_slots) > 0
            if self._claimable(host_id, at=opens_at, limit=1, has_slot=has_slot):
                return float(opens_at)
            self._sleep(host_id, page_slots)
        return None

    def _take_back_expired(self) -> None:
        """Queue URLs whose lease is over, with the page slots they held."""
        expired = self._db.execute(self._sql["expired"], (self._now,)).fetchall()
        slots = take_back(self._db, self._sql, self._tally, expired, now=self._now)
        self._slots += slots
        self._taken -= slots


def take_back(
    connection: sqlite3.Connection,
    sql: Mapping[str, str],
    tally: Tally,
    leases: Iterable[tuple[int, int, int]],
    *,
    now: float,
) -> int:
    """Queue URLs again whose holder is lost; gives how many page slots they held.

    Nobody knows when their holders asked last: the host rests as if it had been just now.

    Args:
        connection: inside a transaction.
        sql: the statements of `writing.sql`.
        tally: where the counts of the transaction are gathered.
        leases: rows (URL, host, whether it holds a page slot).
        now: the instant at which the loss is known.
    """
    slots = 0
    for row_id, host_id, holds_page_slot in leases:
        connection.execute(sql["release"], (row_id,))
        connection.execute(sql["take_host_back"], (now, holds_page_slot, host_id))
        tally.move(host_id, State.CLAIMED, State.QUEUED)
        slots += holds_page_slot
    return slots
