"""Keep the frontier in one SQLite file: the default, and the only service a single machine needs.

One thread a process owns the connection; every method is one hop to it and one transaction. Several
processes take turns by `BEGIN IMMEDIATE`; readers use `SqliteLedger` and block nobody.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from crawler.clock import Clock
from crawler.frontier import running
from crawler.frontier.adding import Intake
from crawler.frontier.claiming import Claiming, take_back
from crawler.frontier.database import explain, open_database, statements
from crawler.frontier.fingerprints import key_hash
from crawler.frontier.finishing import Finishing
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.protocol import RunPlan
from crawler.frontier.replaying import Recalled, Telling, believe, enter, recall
from crawler.frontier.restoring import restore
from crawler.frontier.rows import Budget, budget_of, tempo_of
from crawler.frontier.tally import Tally
from crawler.model import Candidate, Claim, Finish, Lease
from crawler.standing import (
    Pace,
    Relic,
    RobotsCopy,
    Run,
)
from crawler.tempo import delay_seconds, leases_at_once

__all__ = ["SqliteFrontier"]

T = TypeVar("T")


class SqliteFrontier:
    """The frontier of one output. Use `await SqliteFrontier.open(...)`, then `async with`.

    Its reading methods are those of `SqliteLedger`. The contract of all stands in `crawler.frontier.protocol`;
    every one may raise `StorageError`.
    """

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        thread: ThreadPoolExecutor,
        clock: Clock,
        lease_seconds: float,
        *,
        holder: int = 0,
    ) -> None:
        self._path = path
        self._db = connection
        self._thread = thread
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._holder = holder
        self._is_continued = False
        self._entered: int | None = None
        self._ledger = ledger = SqliteLedger(path, connection, thread)
        self.counts = ledger.counts
        self.entry = ledger.entry
        self.addresses = ledger.addresses
        self.good_copy = ledger.good_copy
        self.doubted = ledger.doubted
        self.entries = ledger.entries
        self.surprises = ledger.surprises
        self.captures = ledger.captures
        self.pages_to_repair = ledger.pages_to_repair
        self.hosts = ledger.hosts
        self.host = ledger.host
        self.runs = ledger.runs
        self.refusals = ledger.refusals
        self.parents = ledger.parents
        self.hosts_refused_by = ledger.hosts_refused_by
        self.seeds = ledger.seeds
        self.seed_groups = ledger.seed_groups
        self.seed_ways = ledger.seed_ways
        self.joined = ledger.joined
        self.outcomes = ledger.outcomes
        self.robots = ledger.robots
        self.original = ledger.original
        self.segments = ledger.segments
        self._sql = {**statements("reading"), **statements("writing")}

    @classmethod
    async def open(cls, path: Path, clock: Clock, lease_seconds: float = 600.0, *, holder: int = 0) -> Self:
        """Open or create the database at `path`.

        Args:
            path: of the file.
            clock: of all processes of the crawl alike.
            lease_seconds: how long a lease holds.
            holder: tells this process from the others that share the frontier.

        Raises:
            StorageError: it is none, damaged, or of a newer version.
        """
        thread = ThreadPoolExecutor(1, thread_name_prefix="frontier")
        try:
            connection = await asyncio.get_running_loop().run_in_executor(thread, open_database, path)
        except BaseException:
            thread.shutdown()
            raise
        return cls(path, connection, thread, clock, lease_seconds, holder=holder)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def open_run(self, plan: RunPlan) -> Run:
        """Continue the interrupted run, or begin a new one."""
        now = self._clock.now()
        run = await self._transact(lambda tally: running.open_run(self._db, self._sql, plan, now))  # noqa: ARG005 - recounts itself
        self._is_continued = run.is_continued
        return run

    async def close_run(self, outcome: str) -> Run:
        """Write down how the run ended."""
        now = self._clock.now()
        run = await self._transact(lambda tally: running.close_run(self._db, self._sql, outcome, now))  # noqa: ARG005 - counts nothing
        return replace(run, is_continued=self._is_continued)

    async def add(self, candidates: Sequence[Candidate]) -> int:
        """Queue the candidates not known yet."""
        return await self._transact(lambda tally: self._intake(tally, self._budget()).add(candidates))

    async def claim(self, limit: int) -> Claim:
        """Lease up to `limit` URLs of hosts that are ready."""
        now = self._clock.now()
        return await self._transact(
            lambda tally: Claiming(
                self._db,
                self._sql,
                tally,
                budget=self._budget(),
                now=now,
                lease_seconds=self._lease_seconds,
                holder=self._holder,
            ).claim(limit)
        )

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Lease]:
        """Give these leases their full time again; gives those that hold no more."""
        expires_at = self._clock.now() + self._lease_seconds

        def holds(lease: Lease) -> bool:
            terms = (expires_at, key_hash(lease.candidate.key), lease.token)
            return self._db.execute(self._sql["renew"], terms).rowcount > 0

        return await self._transact(lambda _: [lease for lease in leases if not holds(lease)])

    async def release(self, holder: int) -> int:
        """Queue again what a process held that is no more."""
        now = self._clock.now()

        def work(tally: Tally) -> int:
            leases = self._db.execute(self._sql["held_by"], (holder,)).fetchall()
            slots = take_back(self._db, self._sql, tally, leases, now=now)
            self._db.execute(self._sql["slots"], (-slots, self._budget().run))
            return len(leases)

        return await self._transact(work)

    async def finish(self, finishes: Sequence[Finish]) -> None:
        """Close leases, in one transaction."""
        now = self._clock.now()

        def work(tally: Tally) -> None:
            budget = self._budget()
            intake = self._intake(tally, budget)
            Finishing(self._db, self._sql, tally, intake, now=now, budget=budget).finish(finishes)

        await self._transact(work)

    async def pace(self, host: str, pace: Pace) -> None:
        """Set how a host may be asked from now on."""

        def work(tally: Tally) -> None:
            host_id = self._intake(tally, self._budget()).hosts([host])[host]
            tempo = tempo_of(self._db.execute(self._sql["tempo"], (host_id,)).fetchone())
            told = (pace.delay_seconds, pace.parallel, pace.spare, pace.adapts)
            held = (delay_seconds(pace, tempo), leases_at_once(pace, tempo))
            self._db.execute(self._sql["pace"], (*told, *held, host_id))

        await self._transact(work)

    async def keep_robots(self, copy: RobotsCopy) -> None:
        """Remember a robots.txt."""
        row = (copy.origin, copy.fetched_at, copy.status, copy.body, copy.address)
        await self._transact(lambda _: self._db.execute(self._sql["keep_robots"], row))

    async def restore(self, run: Run, relics: Sequence[Relic]) -> None:
        """Take what the archive tells of a run."""
        await self._transact(lambda tally: restore(self._db, self._sql, tally, run, relics))

    async def settle(self, repaired: Sequence[tuple[str, bytes]]) -> None:
        """Store the new link fingerprints of repaired pages, by key."""
        rows = [(targets, key_hash(key)) for key, targets in repaired]
        await self._transact(lambda _: self._db.executemany(self._sql["page_target_by_key"], rows))

    async def abandon_unsettled(self) -> int:
        """Make every queued URL without a file a surprise that has moved."""
        return await self._transact(lambda _: running.abandon_unsettled(self._db, self._sql))

    async def settled(self) -> None:
        """Forget which addresses moved."""
        await self._transact(lambda _: self._db.execute(self._sql["settled"]))

    async def enter(self, run: Run) -> int:
        """Let what is recalled and finished from now on be of a run of other folders; gives its number.

        Raises:
            OutOfOrderError: it is unknown, and a later one is known.
        """
        self._entered = await self._transact(lambda _: enter(self._db, run))
        return self._entered

    async def recall(self, tellings: Sequence[Telling]) -> list[Recalled | None]:
        """A lease for each URL, each another, of which something better is told than is known of it in this run.

        Raises:
            OutOfOrderError: a later run has decided one of them.
        """

        def work(tally: Tally) -> list[Recalled | None]:
            budget = self._budget()
            return recall(self._db, self._intake(tally, budget), tally, budget.run, tellings)

        return await self._transact(work)

    async def believe(self, segments: Mapping[str, int]) -> None:
        """Believe in so many bytes of segments, whose last records told nothing new."""
        await self._transact(lambda _: believe(self._db, segments))

    async def close(self) -> None:
        """Let go of the database."""
        await self._ledger.close()

    def _budget(self) -> Budget:
        budget = budget_of(self._db.execute(self._sql["budget"]).fetchone())
        return budget if self._entered is None else replace(budget, run=self._entered)

    def _intake(self, tally: Tally, budget: Budget) -> Intake:
        return Intake(self._db, self._sql, tally, budget=budget)

    async def _transact(self, work: Callable[[Tally], T]) -> T:
        """Run `work` in the database's thread, in one transaction with its counts."""

        def run() -> T:
            tally = Tally()
            self._db.execute("BEGIN IMMEDIATE")
            try:
                result = work(tally)
                tally.write(self._db, self._sql)
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise
            return result

        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, run)
        except sqlite3.Error as error:
            raise explain(error, self._path) from error
