"""Read the database of an output: states, captures, addresses, runs."""

from __future__ import annotations

import asyncio
import sqlite3
from array import array
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from heapq import merge
from pathlib import Path
from typing import Any, TypeVar

from crawler.frontier.database import explain, open_database, statements
from crawler.frontier.fingerprints import fingerprint, holds, key_hash, pack, told_live, unpack
from crawler.frontier.following import MAX_REDIRECTS, addresses_of, way_of
from crawler.frontier.listing import Listing
from crawler.frontier.rows import capture_of, counts_of, entry_of, host_of, run_of, seed_of
from crawler.model import Capture, State
from crawler.standing import (
    Counts,
    Entry,
    HostState,
    Outcome,
    Refusal,
    RobotsCopy,
    Run,
    SeedGroup,
    SeedState,
)
from crawler.urls import identity

__all__ = ["SqliteLedger"]

_BATCH = 500
# Rows of links a parent wanted.
_LOOKED_AT = 10_000
T = TypeVar("T")


class SqliteLedger:
    """The ledger of one output, read in one thread.

    Args:
        path: the database.
        connection: used by `thread` alone.
        thread: executor of one thread.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection, thread: ThreadPoolExecutor) -> None:
        self._path = path
        self._db = connection
        self._thread = thread
        self._sql = statements("reading")

    @classmethod
    async def open(cls, path: Path, *, is_still: bool = False) -> SqliteLedger:
        """Open for reading only.

        Args:
            path: the database.
            is_still: all that is read is as it was at the first question, whatever a crawl does meanwhile.

        Raises:
            StorageError: there is no such database.
        """
        thread = ThreadPoolExecutor(1, thread_name_prefix="ledger")
        loop = asyncio.get_running_loop()
        try:
            connection = await loop.run_in_executor(thread, lambda: open_database(path, read_only=True))
        except BaseException:
            thread.shutdown()
            raise
        if is_still:
            await loop.run_in_executor(thread, connection.execute, "BEGIN")
        return cls(path, connection, thread)

    async def close(self) -> None:
        """Let go of the database."""
        await self._call(self._db.close)
        self._thread.shutdown()

    async def counts(self) -> Counts:
        """Count URLs by state, and the last run's work."""
        return counts_of(await self._one("counts"))

    async def entry(self, key: str) -> Entry | None:
        """Everything known of the URL with this identity."""
        row = await self._one("entry", key_hash(key))
        return None if row is None else entry_of(row)[1]

    async def addresses(self, keys: Collection[str]) -> dict[str, str | None]:
        """Where each known key's good copy lies in the mirror, redirects followed."""
        return await self._call(lambda: addresses_of(self._db, self._sql, keys))

    async def good_copy(self, key: str) -> tuple[str, Capture | None]:
        """The key at the end of its redirects, and its last good capture."""
        capture = None
        for _ in range(MAX_REDIRECTS + 1):
            target, *row = await self._one("good_copy", key_hash(key)) or (None, None, None)
            capture = capture_of(tuple(row))
            if target is None:
                break
            key = identity(target)
        return key, capture

    async def doubted(self, key: str, face: str, most: int) -> tuple[Capture | None, int]:
        """The last answer of a URL, if it was doubted; and how many others were last answered with this face."""
        row = await self._one("last_doubted", key_hash(key))
        (alike,) = await self._one("alike", face, key_hash(key), most)
        return None if row is None else capture_of(row), int(alike)

    async def entries(self, state: State | None = None) -> AsyncIterator[Entry]:
        """Every entry, oldest first; of one state if given."""
        last = 0
        while True:
            if state is None:
                rows = await self._all("entries", last, _BATCH)
            else:
                rows = await self._all("entries_in_state", last, state, _BATCH)
            for row in rows:
                last, entry = entry_of(row)
                yield entry
            if len(rows) < _BATCH:
                return

    async def listed(self, listing: Listing) -> AsyncIterator[Entry]:
        """The entries of a listing, as they were at its beginning; sorted in a file once they are many."""
        cursor = await self._call(lambda: self._db.execute(self._sql[listing]))
        while rows := await self._call(lambda: cursor.fetchmany(_BATCH)):
            for row in rows:
                yield entry_of(row)[1]

    async def surprises(self) -> AsyncIterator[tuple[str, str | None]]:
        """Keys whose address is not the predicted one, with that address."""
        last = 0
        while rows := await self._all("surprises", last, _BATCH):
            last = rows[-1][0]
            addresses = await self.addresses([row[1] for row in rows])
            for key, address in addresses.items():
                yield key, address

    async def captures(self) -> AsyncIterator[Capture]:
        """Every capture that lies in the archive, by URL as they were met, then by time."""
        url_id = row_id = 0
        while rows := await self._all("captures", url_id, row_id, _BATCH):
            url_id, row_id = rows[-1][:2]
            for row in rows:
                if (capture := capture_of(row[2:])) is not None:
                    yield capture

    async def captures_of(self, key: str) -> Sequence[Capture]:
        """Every capture of a URL that lies in the archive, the oldest first; none: it is not known."""
        rows = await self._all("captures_of", key_hash(key))
        return [capture for row in rows if (capture := capture_of(row)) is not None]

    async def pages_to_repair(self) -> AsyncIterator[Entry]:
        """Mirrored pages that may hold a link whose target, or its redirect's, moved."""
        moved = await self._moved()
        last = 0
        while moved and (rows := await self._all("page_targets", last, _BATCH)):
            last = rows[-1][0]
            concerned = [row_id for row_id, targets in rows if any(holds(moved, t) for t in unpack(targets))]
            for row_id in concerned:
                if (row := await self._one("entry_by_id", row_id)) is not None:
                    yield entry_of(row)[1]

    async def hosts(self) -> Sequence[HostState]:
        """Every host, most URLs first."""
        return [host_of(row) for row in await self._all("hosts")]

    async def host(self, name: str) -> HostState | None:
        """One host."""
        row = await self._one("host", name)
        return None if row is None else host_of(row)

    async def runs(self) -> Sequence[Run]:
        """Every run, oldest first."""
        return [run_of(row) for row in await self._all("runs")]

    async def refusals(self) -> Sequence[Refusal]:
        """What the last run's rules refused without storing it."""
        return [Refusal(rule=rule, host=host, links=n) for rule, host, n in await self._all("refusals")]

    async def parents(self, key: str, most: int) -> Sequence[str]:
        """Pages and stylesheets of the mirror that lead to a URL, oldest first."""
        wanted = pack([key]), pack([told_live(key)])
        found: list[str] = []
        last = looked_at = 0
        while looked_at < most * _LOOKED_AT and (rows := await self._all("page_targets", last, _BATCH)):
            last = rows[-1][0]
            looked_at += len(rows)
            for row_id, targets in rows:
                if not any(each in targets and unpack(each)[0] in unpack(targets) for each in wanted):
                    continue
                if (row := await self._one("entry_by_id", row_id)) is not None:
                    found.append(entry_of(row)[1].candidate.url)
                if len(found) == most:
                    return found
        return found

    async def hosts_refused_by(self, rule: str) -> Sequence[str]:
        """Hosts at which a rule refused links without storing them, of pages unchanged since too."""
        return [host for (host,) in await self._all("hosts_refused_by", rule)]

    async def seeds(
        self, states: Collection[State] = (), *, is_redirected: bool = False
    ) -> AsyncIterator[SeedState]:
        """The seeds of the last run in the order given, redirect targets included."""
        name = "redirected_seeds" if is_redirected else "seeds"
        async for row in self._by_seed(name, states=",".join(states)):
            yield seed_of(row)

    async def seed_groups(self) -> Sequence[SeedGroup]:
        """How many of the named seeds stand where, by host."""
        rows = await self._all("seed_groups")
        return [
            SeedGroup(host=host, state=State(state), seeds=seeds, first=first)
            for host, state, seeds, first in rows
        ]

    async def joined(self, after: int) -> Sequence[tuple[int, str]]:
        """Number and URL of the first seeds beyond this number that other seeds led to."""
        return await self._all("joined", after, _BATCH)

    async def outcomes(self) -> Sequence[Outcome]:
        """What the last run decided so far, by state and first word of the reason."""
        return [
            Outcome(state=State(state), word=word, urls=urls)
            for state, word, urls in await self._all("outcomes")
        ]

    async def seed_ways(self) -> AsyncIterator[tuple[SeedState, ...]]:
        """The named seeds that led elsewhere when they were last asked."""
        async for row in self._by_seed("seed_ways"):
            yield await self._call(lambda row=row: way_of(self._db, self._sql, row))  # type: ignore[misc]

    async def robots(self, origin: str) -> RobotsCopy | None:
        """The last robots.txt of an origin."""
        row = await self._one("robots", origin)
        if row is None:
            return None
        return RobotsCopy(origin=row[0], fetched_at=row[1], status=row[2], body=row[3], address=row[4])

    async def original(self, digest: str) -> bytes | None:
        """The zlib-compressed body with this digest, where the database keeps it."""
        row = await self._one("original", digest)
        return None if row is None else bytes(row[0])

    async def segments(self) -> dict[str, int]:
        """How many bytes of each archive segment are believed in."""
        return dict(await self._all("segments"))

    async def _by_seed(self, name: str, **terms: Any) -> AsyncIterator[Any]:
        """Rows in the order of the seeds, without the seed's number."""
        last = 0
        while rows := await self._all(name, {**terms, "last": last, "limit": _BATCH}):
            last = rows[-1][0]
            for row in rows:
                yield row[1:]

    async def _moved(self) -> array[int]:
        """Fingerprints of what moved, and of redirects that lead there, ascending."""
        moved, first = array("I"), 0
        while rows := await self._all("moved", first, _BATCH):
            moved.extend(number for (number,) in rows)
            first = moved[-1] + 1
        for _ in range(MAX_REDIRECTS if moved else 0):
            last, more = 0, set[int]()
            while rows := await self._all("surprises", last, _BATCH):
                last = rows[-1][0]
                more |= {
                    fingerprint(key) for _, key, to in rows if to and holds(moved, fingerprint(identity(to)))
                }
            if not (more := {number for number in more if not holds(moved, number)}):
                break
            moved = array("I", merge(moved, sorted(more)))
        return moved

    async def execute(self, name: str, terms: Any) -> sqlite3.Cursor:
        """Begin a statement of `reading.sql`, for those who read more of the database than a ledger tells."""
        return await self._call(lambda: self._db.execute(self._sql[name], terms))

    async def fetch(self, cursor: sqlite3.Cursor, most: int) -> list[Any]:
        """The next rows of it."""
        return await self._call(lambda: cursor.fetchmany(most))

    async def _one(self, name: str, *terms: Any) -> Any:
        return await self._call(lambda: self._db.execute(self._sql[name], terms).fetchone())

    async def _all(self, name: str, *terms: Any) -> list[Any]:
        given = terms[0] if terms and isinstance(terms[0], dict) else terms
        return await self._call(lambda: self._db.execute(self._sql[name], given).fetchall())

    async def _call(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise explain(error, self._path) from error
