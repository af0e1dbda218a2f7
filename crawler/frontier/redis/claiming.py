"""Claim URLs from a server, keep them, and pass on those whose answers lie in another worker's folder."""

from __future__ import annotations

import dataclasses
import secrets
from collections.abc import Sequence
from typing import Any

from crawler.frontier.redis.scripts import Scripts
from crawler.frontier.redis.wire import hash_of, lease_of, row_of
from crawler.model import Claim, Lease
from crawler.segmentnames import worker_of

__all__ = ["Claims", "named"]


class Claims:
    """The leases of one holder.

    Args:
        scripts: of the crawl.
        lease_seconds: how long a claimed URL belongs to its holder.
        holder: its number.
        reads_again: what a 304 confirms is read again.
    """

    def __init__(self, scripts: Scripts, lease_seconds: float, holder: int, *, reads_again: bool) -> None:
        self._scripts = scripts
        self._lease_seconds = lease_seconds
        self._holder = holder
        self._reads_again = reads_again
        self._session, self._requests = secrets.token_hex(6), 0

    async def claim(self, limit: int, told: dict[str, Any]) -> Claim:
        """Lease up to `limit` URLs.

        Args:
            limit: of them.
            told: to the script besides.
        """
        # By its name the server knows a request whose answer was lost.
        self._requests += 1
        request = f"{self._session}-{self._requests}"
        terms = {"limit": limit, "lease_seconds": self._lease_seconds, "holder": self._holder}
        given, ready_at, held, seeds, spent, is_held_back = await self._scripts.run(
            "claim", {**told, **terms, "request": request}
        )
        leases = [lease_of(row_of(row), host.decode(), tempo) for row, host, tempo in given]
        return Claim(
            leases=tuple(await self._ours(leases)),
            ready_at=None if ready_at is None else float(ready_at),
            held=held,
            seeds=seeds,
            spent=spent.decode(),
            is_held_back=bool(is_held_back),
        )

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Lease]:
        """Give these leases their full time again; gives those that hold no more."""
        told = {"urls": [named(lease) for lease in leases], "lease_seconds": self._lease_seconds}
        held = await self._scripts.run("renew", told)
        return [lease for lease, is_held in zip(leases, held, strict=True) if not is_held]

    async def _ours(self, leases: list[Lease]) -> list[Lease]:
        """The leases that can be worked on here.

        What is to be read again is passed on to the worker whose folder has it. Where that is gone, it is asked for once
        more, as if it had never been fetched.
        """
        elsewhere = {lease.token: worker for lease in leases if (worker := self._elsewhere(lease))}
        stored = [lease for lease in leases if lease.token in elsewhere and lease.is_stored]
        passed: set[int] = set()
        if stored:
            urls = [(*named(lease), elsewhere[lease.token]) for lease in stored]
            told = {
                "urls": urls,
                "lease_seconds": self._lease_seconds,
                "silence_seconds": self._lease_seconds,
            }
            has = await self._scripts.run("pass_on", told)
            passed = {lease.token for lease, is_passed in zip(stored, has, strict=True) if is_passed}
        return [
            dataclasses.replace(lease, is_stored=False, capture=None)
            if lease.token in elsewhere and (lease.is_stored or self._reads_again)
            else lease
            for lease in leases
            if lease.token not in passed
        ]

    def _elsewhere(self, lease: Lease) -> int | None:
        """The worker whose folder has what may have to be read of this lease; None: it is at hand, or not needed."""
        if lease.capture is None or lease.capture.segment is None:
            return None
        if lease.is_stored and lease.redirect_to is not None:
            return None
        worker = worker_of(lease.capture.segment)
        return None if worker == self._holder else worker


def named(lease: Lease) -> tuple[str, int]:
    """A lease as the scripts know it."""
    return hash_of(lease.candidate.key), lease.token
