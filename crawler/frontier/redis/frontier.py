"""Hand out URLs from a Redis or Valkey server: every operation is one script there, by the server's clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crawler.errors import StorageError
from crawler.frontier.protocol import RunPlan
from crawler.frontier.redis.claiming import Claims, named
from crawler.frontier.redis.hosting import host_names, host_of, worked_out
from crawler.frontier.redis.ledger import RedisLedger
from crawler.frontier.redis.reading import Rows
from crawler.frontier.redis.runs import close_run, open_run, restored_run
from crawler.frontier.redis.scripts import Scripts
from crawler.frontier.redis.wire import disposition_told, hash_of, offered, plan_of, row_of, told_pace
from crawler.manners import Overrides
from crawler.model import Candidate, Claim, Disposition, Finish, Lease
from crawler.standing import Pace, Relic, RobotsCopy, Run
from crawler.tempo import Tempo

__all__ = ["RedisFrontier"]

_MOST_LOOKS = 1000
_SLICE = 2000
_STALE_PLAN = -1


class RedisFrontier:
    """A `Frontier` that any number of processes on any number of machines share; it reads as `RedisLedger` does.

    Args:
        scripts: of the crawl.
        lease_seconds: how long a claimed URL belongs to its holder.
        holder: number of this process among those of the crawl.
        run: number of the run that it works for; None: of whichever is open, or is opened by it.
        reads_again: what a 304 confirms is read again, as options have changed.
    """

    def __init__(
        self,
        scripts: Scripts,
        lease_seconds: float = 600.0,
        *,
        holder: int = 0,
        run: int | None = None,
        reads_again: bool = False,
    ) -> None:
        self._scripts = scripts
        self._silence_seconds = lease_seconds
        self._claims = Claims(scripts, lease_seconds, holder, reads_again=reads_again)
        self._run = run
        self._plan = RunPlan(name="")
        self._overrides = Overrides()
        self._plan_version = 0
        rows = self._rows = Rows(scripts)
        ledger = RedisLedger(rows)
        self.counts = ledger.counts
        self.entry = ledger.entry
        self.addresses = ledger.addresses
        self.good_copy = ledger.good_copy
        self.doubted = ledger.doubted
        self.entries = ledger.entries
        self.surprises = ledger.surprises
        self.segments = ledger.segments
        self.captures = ledger.captures
        self.pages_to_repair = ledger.pages_to_repair
        self.hosts = ledger.hosts
        self.host = ledger.host
        self.parents = ledger.parents
        self.hosts_refused_by = ledger.hosts_refused_by
        self.runs = ledger.runs
        self.refusals = ledger.refusals
        self.seeds = ledger.seeds
        self.joined = ledger.joined
        self.outcomes = ledger.outcomes
        self.seed_groups = ledger.seed_groups
        self.seed_ways = ledger.seed_ways
        self.robots = ledger.robots
        self.original = ledger.original

    async def open_run(self, plan: RunPlan) -> Run:
        """Continue the interrupted run, or begin a new one."""
        run = await open_run(self._scripts, self._rows, plan, self._silence_seconds)
        self._run = None if self._run is None else run.number
        return run

    async def close_run(self, outcome: str) -> Run:
        """Write down how the run ended; what is still claimed is queued."""
        return await close_run(self._scripts, self._rows, outcome, self._silence_seconds)

    async def add(self, candidates: Sequence[Candidate]) -> int:
        """Queue the candidates not known yet; gives how many those were. Idempotent."""
        new = 0
        for start in range(0, len(candidates), _SLICE):
            some = candidates[start : start + _SLICE]
            new += await self._planned("add", some, {"urls": [offered(each) for each in some]})
        return new

    async def claim(self, limit: int) -> Claim:
        """Lease up to `limit` URLs of hosts that are ready, hosts taking turns."""
        return await self._claims.claim(limit, self._of_run())

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Lease]:
        """Give these leases their full time again; gives those that hold no more."""
        return await self._claims.renew(leases)

    async def release(self, holder: int) -> int:
        """Queue again what a process held that is no more; gives how many leases those were."""
        freed, _ = await self._scripts.run("release", {"holder": holder})
        return int(freed)

    async def finish(self, finishes: Sequence[Finish]) -> None:
        """Close leases, all of them or none."""
        if not finishes:
            return
        blobs: list[bytes] = []
        told = []
        for each in finishes:
            one = disposition_told(each.lease.candidate.key, each.disposition, blobs)
            one |= {"token": each.lease.token, "segment_bytes": each.segment_bytes}
            told.append(one if each.segment is None else one | {"segment": each.segment})
        found = [candidate for each in finishes for candidate in each.disposition.found]
        for _ in range(_MOST_LOOKS):
            paced, standings = await self._worked_out(finishes)
            seen: set[tuple[str, int]] = set()
            for one, standing in zip(told, standings, strict=True):
                lease = (one["kh"], one["token"])
                one |= {"first": lease not in seen, "was_held": standing > 0}
                seen.add(lease)
            if await self._planned("finish", found, {"paced": paced, "finishes": told}, blobs):
                return
        raise StorageError("the frontier's server is too busy: a host changed each time it was looked at")

    async def pace(self, host: str, pace: Pace) -> None:
        """Set how a host may be asked from now on."""
        for _ in range(_MOST_LOOKS):
            _, (row,) = await self._scripts.run("look", {"urls": [], "hosts": [host]})
            known = host_of(row_of(row))
            known.pace = pace
            if row:
                told = known.told()
            else:
                told = {**known.told(), **self._limit_of(host, await self._current_plan())}
            if not await self._scripts.run("pace", {"paced": {host: told}}):
                return
        raise StorageError("the frontier's server is too busy: a host changed each time it was looked at")

    async def keep_robots(self, copy: RobotsCopy) -> None:
        """Remember a robots.txt."""
        await self._rows.keep_robots(copy)

    async def restore(self, run: Run, relics: Sequence[Relic]) -> None:
        """Take what the archive tells of a run."""
        await restored_run(self._scripts, self._rows, run)
        blobs: list[bytes] = []
        told = []
        for relic in relics:
            end = Disposition(
                state=relic.state,
                capture=relic.capture,
                status=relic.status,
                moves=relic.is_surprise,
                is_surprise=relic.is_surprise,
                reason=relic.reason,
                is_page=relic.is_page,
                leads_on=relic.leads_on,
                wire_bytes=relic.wire_bytes,
            )
            one = disposition_told(relic.candidate.key, end, blobs)
            one |= {"segment": relic.segment, "segment_bytes": relic.segment_bytes, "at": relic.at}
            told.append(one | {"offered": offered(relic.candidate), "status": relic.status})
        terms = {"relics": told, "counts_work": run.ended_at is None}
        await self._planned("restore", [relic.candidate for relic in relics], terms, blobs)

    async def settle(self, repaired: Sequence[tuple[str, bytes]]) -> None:
        """Store the new link fingerprints of repaired pages, by key."""
        hashes = [hash_of(key) for key, _ in repaired]
        await self._scripts.run("settle", {"urls": hashes}, [targets for _, targets in repaired])

    async def abandon_unsettled(self) -> int:
        """Make every queued URL without a file a surprise that has moved; gives how many."""
        abandoned = 0
        for first in range(1, await self._rows.last() + 1, _SLICE):
            told = {"from": first, "to": first + _SLICE - 1}
            abandoned += await self._scripts.run("abandon", told)
        return abandoned

    async def settled(self) -> None:
        """Forget which addresses moved: all pages were repaired."""
        await self._rows.forget_moved()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._scripts.line.client.aclose()

    async def _worked_out(self, finishes: Sequence[Finish]) -> tuple[dict[str, Any], list[int]]:
        told = {"urls": [named(each.lease) for each in finishes], "hosts": host_names(finishes)}
        return worked_out(finishes, await self._scripts.run("look", told))

    async def _planned(
        self,
        operation: str,
        candidates: Sequence[Candidate],
        told: dict[str, Any],
        blobs: list[bytes] | None = None,
    ) -> int:
        """Run an operation that may meet new hosts, which are paced as the plan says."""
        while True:
            hosts = {name: self._first_facts(name) for name in {each.host for each in candidates}}
            terms = {**told, **self._of_run(), "plan": self._plan_version, "hosts": hosts}
            done = await self._scripts.run(operation, terms, blobs)
            if done != _STALE_PLAN:
                return int(done)
            await self._current_plan()

    def _of_run(self) -> dict[str, int]:
        """Lets a script refuse where the server knows less than this run."""
        return {} if self._run is None else {"of_run": self._run}

    async def _current_plan(self) -> Overrides:
        """Learn the plan of the run, which another process may have opened."""
        self._plan_version, stored = await self._rows.plan()
        if stored:
            self._plan = plan_of(stored)
            self._overrides = Overrides(self._plan.overrides)
        return self._overrides

    def _first_facts(self, host: str) -> dict[str, Any]:
        delay = self._overrides.delay_of(host, self._plan.delay_seconds)
        facts = told_pace(Pace(delay_seconds=delay, parallel=1), Tempo())
        return {**facts, **self._limit_of(host, self._overrides)}

    def _limit_of(self, host: str, overrides: Overrides) -> dict[str, int]:
        most = overrides.max_pages_of(host, self._plan.max_pages_per_host)
        return {} if most is None else {"mp": most + 1}
