"""Claim URLs of hosts that are ready, hosts taking turns, page budgets exact."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

from crawler.frontier.rows import capture_of
from crawler.frontier.tally import Tally
from crawler.model import Candidate, Claim, Lease, State

__all__ = ["Claiming"]

_PLENTY = 1 << 40


@dataclass(slots=True)
class _Host:
    row_id: int
    name: str
    delay_seconds: float
    free: int
    page_slots_free: int
    page_slots_taken: int = 0


class Claiming:
    """One transaction's claims.

    Args:
        connection: inside a transaction.
        sql: the statements of `writing.sql`.
        tally: where the counts of the transaction are gathered.
        now: the instant of the claim.
        lease_seconds: how long a lease holds.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        sql: Mapping[str, str],
        tally: Tally,
        *,
        now: float,
        lease_seconds: float,
    ) -> None:
        self._db = connection
        self._sql = sql
        self._tally = tally
        self._now = now
        self._expires_at = now + lease_seconds

    def claim(self, limit: int) -> Claim:
        """Up to `limit` leases, or when to ask again."""
        number, max_pages, pages, taken, max_per_host, _ = self._db.execute(self._sql["budget"]).fetchone()
        taken -= self._take_back_expired(number)
        slots = _PLENTY if max_pages is None else max_pages - pages - taken
        per_host = _PLENTY if max_per_host is None else max_per_host
        counts_pages = max_pages is not None or max_per_host is not None
        terms = {"now": self._now, "slots": slots, "slots_per_host": per_host, "limit": limit}
        hosts = [
            _Host(row_id, name, delay, parallel - claimed, per_host - host_pages - host_slots)
            for row_id, name, delay, parallel, claimed, host_pages, host_slots in self._db.execute(
                self._sql["ready_hosts"], terms
            ).fetchall()
        ]
        queues: list[list[Lease]] = []
        left = limit
        for place, host in enumerate(hosts):
            share = -(-left // (len(hosts) - place))
            count = 1 if host.delay_seconds > 0 else min(host.free, share)
            leases = self._claim_from(host, count, slots, counts_pages=counts_pages)
            slots -= host.page_slots_taken
            left -= len(leases)
            queues.append(leases)
        if taken_now := sum(host.page_slots_taken for host in hosts):
            self._db.execute(self._sql["slots"], (taken_now, number))
        in_turns = tuple(lease for lease in chain.from_iterable(zip_longest(*queues)) if lease is not None)
        if in_turns:
            return Claim(leases=in_turns)
        (ready_at,) = self._db.execute(self._sql["next_host"], terms).fetchone()
        return Claim(ready_at=ready_at)

    def _claim_from(self, host: _Host, count: int, slots: int, *, counts_pages: bool) -> list[Lease]:
        slots = min(slots, host.page_slots_free)
        statement = "claimable" if slots > 0 else "claimable_without_slot"
        rows = self._db.execute(
            self._sql[statement], {"host": host.row_id, "now": self._now, "limit": count}
        ).fetchall()
        leases = []
        for row in rows:
            is_linked, is_embedded, is_stored = row[7], row[8], row[11]
            takes_slot = counts_pages and bool(is_linked) and not is_stored
            if takes_slot and host.page_slots_taken >= slots:
                if not is_embedded:
                    continue
                takes_slot = False
            host.page_slots_taken += takes_slot
            leases.append(self._lease(host, row, holds_page_slot=takes_slot))
        if leases:
            self._db.execute(
                self._sql["give_host"], (self._now + host.delay_seconds, host.page_slots_taken, host.row_id)
            )
        elif not rows:
            (ready_at,) = self._db.execute(self._sql["next_in_host"], (host.row_id,)).fetchone()
            self._db.execute(self._sql["sleep_host"], (ready_at or 0.0, host.row_id))
        return leases

    def _lease(self, host: _Host, row: tuple[Any, ...], *, holds_page_slot: bool) -> Lease:
        (
            row_id,
            key,
            url,
            depth,
            hops,
            via,
            seed,
            is_linked,
            is_embedded,
            attempts,
            token,
            is_stored,
            *more,
        ) = row
        is_surprise, is_forgotten, redirect_to, *capture = more
        self._db.execute(self._sql["lease"], (self._expires_at, holds_page_slot, row_id))
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
            token=token + 1,
            attempt=attempts + 1,
            expires_at=self._expires_at,
            holds_page_slot=holds_page_slot,
            is_stored=bool(is_stored),
            capture=None if is_forgotten else capture_of(tuple(capture)),
            is_surprise=bool(is_surprise),
            redirect_to=redirect_to,
        )

    def _take_back_expired(self, run: int) -> int:
        """Queue URLs whose lease is over; gives how many page slots came back."""
        expired = self._db.execute(self._sql["expired"], (self._now,)).fetchall()
        slots = 0
        for row_id, host_id, holds_page_slot in expired:
            self._db.execute(self._sql["release"], (row_id,))
            self._db.execute(self._sql["give_host"], (0.0, -holds_page_slot, host_id))
            self._db.execute(self._sql["wake_host"], (host_id,))
            self._tally.move(host_id, State.CLAIMED, State.QUEUED)
            slots += holds_page_slot
        if slots:
            self._db.execute(self._sql["slots"], (-slots, run))
        return slots
