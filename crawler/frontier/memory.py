"""Keep a frontier in dictionaries: small, gone with the process, the verified fake of the tests.

It says in plain code what every frontier does, and scans where a real one has an index. Easily missed:

- A URL both linked and embedded is one row: it takes a page slot if there is one, else it goes without.
- Where a shorter path or the first link to a page turns up while that page is claimed, its holder
  offers its links by what the lease says; so `finish` compares, and queues it again as stored.
- `RunPlan.fresh` drops every URL without a capture. The others are final, queued only by `add`, leased
  without their capture, and due in the next ordinary run. This is the one way from QUEUED or CLAIMED to
  DONE past the state table.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

from crawler.clock import Clock
from crawler.frontier.fingerprints import fingerprint
from crawler.frontier.memory_ledger import MemoryLedger
from crawler.frontier.memory_rows import HostRow, UrlRow, may_become_page
from crawler.frontier.memory_runs import begin_anew, forget_seeds, open_run
from crawler.frontier.memory_state import Memory
from crawler.frontier.protocol import RunPlan
from crawler.frontier.states import FINAL
from crawler.model import Candidate, Claim, Disposition, Finish, Lease, State
from crawler.standing import Counts, Pace, Relic, RobotsCopy, Run

__all__ = ["MemoryFrontier"]


class MemoryFrontier:
    """A `Frontier` for one process; its reading methods are those of `MemoryLedger`.

    Args:
        clock: tells what is ready and what has expired.
        lease_seconds: how long a claimed URL belongs to its holder.
        holder: the one process there can be.
    """

    def __init__(self, clock: Clock, lease_seconds: float = 600.0, *, holder: int = 0) -> None:
        self._clock = clock
        self._lease_seconds = lease_seconds
        self._holder = holder
        self._last_token = 0
        self._memory = Memory()
        ledger = MemoryLedger(self._memory)
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
        return open_run(self._memory, plan, self._clock.now())

    async def close_run(self, outcome: str) -> Run:
        """Write down how the run ended; what is still claimed is queued."""
        now = self._clock.now()
        self._memory.requeue_claimed(now)
        counts = await self.counts()
        runs = self._memory.runs
        runs[-1] = replace(runs[-1], ended_at=now, outcome=outcome, counts=counts)
        return runs[-1]

    async def add(self, candidates: Sequence[Candidate]) -> int:
        """Queue the candidates not known yet; gives how many those were. Idempotent."""
        return sum(self._offer(candidate) for candidate in candidates)

    async def claim(self, limit: int) -> Claim:
        """Lease up to `limit` URLs of hosts that are ready, hosts taking turns."""
        memory, now = self._memory, self._clock.now()
        memory.requeue_claimed(now, expired_at=now)
        limit = 0 if memory.spent else limit
        turns = deque(sorted(memory.hosts, key=lambda name: memory.hosts[name].given))
        waiting = {name: self._waiting(name, now) for name in turns}
        leases: list[Lease] = []
        while turns and len(leases) < limit:
            name = turns.popleft()
            host = memory.hosts[name]
            if not host.has_room or host.ready_at > now:
                continue
            if best := next(waiting[name], None):
                leases.append(self._lease(best, host, now))
                turns.append(name)
        return memory.claim_of(
            leases, None if memory.spent or (leases and len(leases) == limit) else self._next_ready_at()
        )

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Lease]:
        """Give these leases their full time again; gives those that hold no more."""
        lost = []
        for lease in leases:
            if row := self._memory.held(lease):
                row.expires_at = self._clock.now() + self._lease_seconds
            else:
                lost.append(lease)
        return lost

    async def release(self, holder: int) -> int:
        """Queue again what a process held that is no more; gives how many leases those were."""
        if holder != self._holder:
            return 0
        held = self._memory.states[State.CLAIMED]
        self._memory.requeue_claimed(self._clock.now())
        return held

    async def finish(self, finishes: Sequence[Finish]) -> None:
        """Close leases: found URLs, capture, state, host, counts."""
        for each in finishes:
            await self.add(each.disposition.found)
            if row := self._memory.held(each.lease):
                self._finish(row, each.disposition)
                self._memory.believe(each.segment, each.segment_bytes)
            elif each.disposition.answered and (row := self._memory.urls.get(each.lease.candidate.key)):
                self._memory.host_of(row).rest_since(each.disposition.ended_at)

    async def pace(self, host: str, pace: Pace) -> None:
        """Set how a host may be asked from now on."""
        self._memory.meet(host).pace = pace

    async def keep_robots(self, copy: RobotsCopy) -> None:
        """Remember a robots.txt."""
        self._memory.robots[copy.origin] = copy

    async def restore(self, run: Run, relics: Sequence[Relic]) -> None:
        """Take what the archive tells of a run."""
        memory = self._memory
        if not memory.runs or memory.runs[-1].name != run.name:
            if run.ended_at is not None:
                forget_seeds(memory)
            begin_anew(memory)
            memory.runs.append(replace(run, number=len(memory.runs) + 1))
            memory.work = run.counts if run.ended_at else Counts()
        for relic in relics:
            memory.believe(relic.segment, relic.segment_bytes)
            if relic.capture is not None or relic.candidate.key in memory.urls:
                self._offer(relic.candidate)
                row = memory.urls[relic.candidate.key]
                memory.restore(row, relic, counts_work=run.ended_at is None)

    async def settle(self, repaired: Sequence[tuple[str, bytes]]) -> None:
        """Store the new link fingerprints of repaired pages, by key."""
        for key, targets in repaired:
            if row := self._memory.urls.get(key):
                row.targets = targets

    async def abandon_unsettled(self) -> int:
        """Make every queued URL without a file a surprise that has moved; gives how many."""
        queued = self._memory.in_state(State.QUEUED)
        unsettled = [row for row in queued if not row.has_file and not row.is_surprise]
        for row in unsettled:
            row.is_surprise = True
            self._memory.moved.add(fingerprint(row.candidate.key))
        return len(unsettled)

    async def settled(self) -> None:
        """Forget which addresses moved: all pages were repaired."""
        self._memory.moved.clear()

    async def close(self) -> None:
        """Let go of nothing."""

    def _offer(self, offered: Candidate) -> bool:
        row = self._memory.urls.get(offered.key)
        if offered.is_seed and not (row and row.candidate.is_seed):
            self._memory.seeds.append(offered.key)
        if row:
            self._meet_again(row, offered)
            return False
        is_linked = may_become_page(offered)
        row = UrlRow(
            candidate=replace(offered, modified_at=None),
            is_linked=is_linked,
            is_embedded=offered.is_requisite,
        )
        self._memory.insert(row)
        return True

    def _meet_again(self, row: UrlRow, offered: Candidate) -> None:
        before = row.candidate
        becomes_seed = offered.is_seed and not before.is_seed
        path = offered if becomes_seed or offered.depth < before.depth else before
        row.is_linked = row.is_linked or may_become_page(offered)
        row.is_embedded = row.is_embedded or offered.is_requisite
        row.candidate = replace(
            before,
            url=path.url,
            hops=path.hops,
            via=path.via,
            depth=path.depth,
            is_seed=before.is_seed or offered.is_seed,
            is_requisite=row.is_embedded and not row.is_linked,
        )
        if row.is_forgotten and row.state in FINAL:
            self._memory.requeue(row)
            return
        if offered.modified_at is not None and self._is_outdated(row, offered.modified_at):
            row.attempts, row.is_due = 0, True
            self._memory.requeue(row)
            return
        self._take_up_again(row)

    def _is_outdated(self, row: UrlRow, modified_at: float) -> bool:
        """Whether the site has changed it since it was looked at, in an earlier run."""
        if row.state not in {State.DONE, State.FAILED} or row.finished_in >= len(self._memory.runs):
            return False
        seen_at = row.last_at
        if row.state is State.FAILED and row.good is not None:
            seen_at = row.good.captured_at
        return seen_at is not None and modified_at > seen_at

    def _take_up_again(self, row: UrlRow) -> None:
        """Queue what this run finished from too far: its links are offered again, or it is not too deep now."""
        if row.finished_in != len(self._memory.runs):
            return
        if row.state is State.DONE and row.offered_as is not None and row.needed_as < row.offered_as:
            self._memory.queue_stored(row)
        elif row.state is State.EXCLUDED and row.is_too_deep and row.needed_as < row.leased_as:
            self._memory.requeue(row)

    def _waiting(self, host: str, now: float) -> Iterator[UrlRow]:
        """The host's URLs that are ready, best first; pages only while a slot is left, asked one by one."""
        queued = self._memory.in_state(State.QUEUED)
        ready = [row for row in queued if row.candidate.host == host and row.ready_at <= now]
        return filter(self._memory.fits_budget, sorted(ready, key=lambda row: row.turn))

    def _lease(self, row: UrlRow, host: HostRow, now: float) -> Lease:
        self._last_token += 1
        row.token = host.given = self._last_token
        row.attempts += 1
        row.expires_at = now + self._lease_seconds
        row.leased_as = row.needed_as
        holds_slot = self._memory.wants_slot(row) and self._memory.has_free_slot(row)
        self._memory.hold_slot(row, holds=holds_slot)
        self._memory.move(row, State.CLAIMED)
        return Lease(
            candidate=row.candidate,
            token=row.token,
            attempt=row.attempts,
            expires_at=row.expires_at,
            holds_page_slot=holds_slot,
            is_stored=row.is_stored,
            capture=None if row.is_forgotten else row.good,
            is_surprise=row.is_surprise,
            redirect_to=row.redirect_to,
            host_down=host.tempo.down,
        )

    def _next_ready_at(self) -> float | None:
        """When the next URL is ready; a host at its limit has no such instant, a `finish` makes it ready."""
        memory = self._memory
        takeable = [row for row in memory.in_state(State.QUEUED) if memory.fits_budget(row)]
        with_host = [(row, memory.host_of(row)) for row in takeable]
        return min(
            (max(row.ready_at, host.ready_at) for row, host in with_host if host.has_room), default=None
        )

    def _finish(self, row: UrlRow, end: Disposition) -> None:
        self._memory.keep(row, end)
        self._memory.count(row, end)
        row.reason, row.last_at = end.reason, self._clock.now()
        row.status = row.status if end.status is None else end.status
        if end.state is State.QUEUED:
            row.attempts -= not end.counts_attempt
            self._memory.requeue(row, ready_at=end.retry_at)
            return
        self._memory.hold_slot(row, holds=False)
        row.ready_at, row.finished_in, row.is_surprise = 0.0, len(self._memory.runs), end.is_surprise
        if end.leads_on is not None or row.is_stored:
            row.offered_as = None if end.leads_on is False else row.leased_as
        row.is_stored = row.is_forgotten = False
        self._memory.move(row, end.state)
        self._take_up_again(row)
