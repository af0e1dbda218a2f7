"""Hold a frontier's rows in dictionaries, and keep their counts true whenever one of them moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from math import inf

from crawler.frontier.fingerprints import awaiting, carrying, fingerprint, told_live
from crawler.frontier.memory_rows import HostRow, UrlRow
from crawler.frontier.protocol import RunPlan
from crawler.frontier.states import FINAL, allows
from crawler.manners import Overrides
from crawler.model import Capture, Claim, Disposition, Lease, State
from crawler.standing import Counts, Pace, Relic, RobotsCopy, Run

__all__ = ["Memory"]


@dataclass(slots=True, kw_only=True)
class Memory:
    """Everything a frontier in memory knows; `work` has only the run's figures, the rest is counted in `states`."""

    plan: RunPlan = field(default_factory=lambda: RunPlan(name=""))
    runs: list[Run] = field(default_factory=list)
    work: Counts = field(default_factory=Counts)
    urls: dict[str, UrlRow] = field(default_factory=dict)
    hosts: dict[str, HostRow] = field(default_factory=dict)
    states: Counter[State] = field(default_factory=Counter)
    slots_held: int = 0
    seeds: list[str] = field(default_factory=list)
    refused: Counter[tuple[str, str]] = field(default_factory=Counter)
    refused_before: list[frozenset[tuple[str, str]]] = field(default_factory=list)
    robots: dict[str, RobotsCopy] = field(default_factory=dict)
    captures: list[tuple[str, Capture]] = field(default_factory=list)
    segments: dict[str, int] = field(default_factory=dict)
    originals: dict[str, bytes] = field(default_factory=dict)
    moved: set[int] = field(default_factory=set)

    @property
    def spent(self) -> str:
        """The budget that ends the run; "": none does."""
        most = self.plan.max_bytes
        return "max-bytes" if most is not None and self.work.wire_bytes >= most else ""

    def claim_of(self, leases: Iterable[Lease], ready_at: float | None) -> Claim:
        """These leases, with what else a claimer wants to know."""
        held = self.states[State.CLAIMED]
        return Claim(
            leases=tuple(leases), ready_at=ready_at, held=held, seeds=len(self.seeds), spent=self.spent
        )

    def host_of(self, row: UrlRow) -> HostRow:
        """The host of a URL."""
        return self.hosts[row.candidate.host]

    def in_state(self, state: State) -> Iterator[UrlRow]:
        """The rows of one state, oldest first; rows may move meanwhile."""
        return (row for row in list(self.urls.values()) if row.state is state)

    def held(self, lease: Lease) -> UrlRow | None:
        """The row of a lease that still holds it."""
        row = self.urls.get(lease.candidate.key)
        return row if row and row.state is State.CLAIMED and row.token == lease.token else None

    def insert(self, row: UrlRow) -> None:
        """Take in a new URL."""
        self.urls[row.candidate.key] = row
        self.meet(row.candidate.host)
        self._count(row, 1)

    def meet(self, name: str) -> HostRow:
        """The row of a host, which may be new: then it rests as the plan says."""
        if name not in self.hosts:
            delay = Overrides(self.plan.overrides).delay_of(name, self.plan.delay_seconds)
            self.hosts[name] = HostRow(name=name, pace=Pace(delay_seconds=delay, parallel=1))
        return self.hosts[name]

    def forget(self, row: UrlRow) -> None:
        """Forget a URL, but no capture: where there is one, only its place in the queue and its validators."""
        self._count(row, -1)
        if row.newest is None:
            del self.urls[row.candidate.key]
            return
        self.hold_slot(row, holds=False)
        row.state = row.state if row.state in FINAL else State.DONE
        row.is_forgotten, row.is_stored, row.is_due = True, False, False
        self._count(row, 1)

    def move(self, row: UrlRow, state: State) -> None:
        """Change a URL's state as the table allows."""
        assert allows(row.state, state), f"{row.candidate.key}: {row.state} -> {state}"
        self._count(row, -1)
        row.state = state
        self._count(row, 1)

    def requeue(self, row: UrlRow, *, ready_at: float = 0.0) -> None:
        """Put a URL back into the queue."""
        self.hold_slot(row, holds=False)
        row.ready_at = ready_at
        self.move(row, State.QUEUED)

    def queue_stored(self, row: UrlRow) -> None:
        """Queue a URL of this run to be read again."""
        self.requeue(row)
        row.is_stored = True

    def requeue_claimed(self, now: float, *, expired_at: float = inf) -> None:
        """Queue the URLs whose leases are over at an instant; all if none is given.

        Nobody knows when their holders asked last: the hosts rest as if it had been just now.
        """
        for row in self.in_state(State.CLAIMED):
            if row.expires_at <= expired_at:
                self.host_of(row).rest_since(now)
                self.requeue(row)

    def keep(self, row: UrlRow, end: Disposition) -> None:
        """Store the capture, and what other pages must know."""
        if end.targets is not None:
            row.targets = end.targets
        if end.moves:
            self.moved.add(fingerprint(row.candidate.key))
        if end.appears:
            self.moved.add(fingerprint(told_live(row.candidate.key)))
        if end.arrives or end.changes:
            self.moved.add(fingerprint(awaiting(row.candidate.key)))
        if end.changes:
            self.moved.add(fingerprint(carrying(row.candidate.key)))
        if (capture := end.capture) is None:
            row.newest = row.good if end.status == 304 and end.state is not State.QUEUED else row.newest
            return
        if capture.is_same_record(row.good):
            self.captures[:] = [
                (key, capture if capture.is_same_record(kept) else kept) for key, kept in self.captures
            ]
            row.newest = row.good = capture
            return
        row.newest = capture
        row.good = capture if capture.is_good else row.good
        if end.original is not None:
            self.originals[capture.digest] = end.original.read()
        if capture.segment is not None:
            self.captures.append((row.candidate.key, capture))
            self.believe(capture.segment, capture.offset + capture.length)

    def believe(self, segment: str | None, length: int) -> None:
        """Believe in so many bytes of an archive segment, if there is one."""
        if segment is not None:
            self.segments[segment] = max(self.segments.get(segment, 0), length)

    def count(self, row: UrlRow, end: Disposition) -> None:
        """Count what came of a lease, and let its host learn of it."""
        host = self.host_of(row)
        has_slot = row.holds_page_slot or not self.has_page_limit
        is_counted = end.state is State.DONE and end.is_page and has_slot and not row.is_stored
        host.learn(end)
        host.pages += is_counted
        if not row.is_stored or row.offered_as is None:
            self.refused.update(end.refused)
        self.add_work(end, pages=is_counted, requests=end.answered, wire_bytes=end.wire_bytes)

    def add_work(self, end: Disposition, *, pages: int, requests: int, wire_bytes: int) -> None:
        """Add to the figures of the run."""
        work = self.work
        self.work = replace(
            work,
            pages=work.pages + pages,
            requests=work.requests + requests,
            wire_bytes=work.wire_bytes + wire_bytes,
            unchanged=work.unchanged + (end.state is State.DONE and end.status == 304),
            retries=work.retries + (end.state is State.QUEUED and end.counts_attempt),
        )

    def restore(self, row: UrlRow, relic: Relic, *, counts_work: bool) -> None:
        """Take what the archive tells of an answer in the last run."""
        is_counted = relic.is_page and row.finished_in != len(self.runs)
        good, newest, last_at = row.good, row.newest, row.last_at
        end = Disposition(
            state=relic.state, capture=relic.capture, status=relic.status, moves=relic.is_surprise
        )
        self.keep(row, end)
        self.host_of(row).pages += is_counted
        if counts_work:
            self.add_work(end, pages=is_counted, requests=1, wire_bytes=relic.wire_bytes)
        if last_at is not None and relic.at < last_at:
            row.good, row.newest = good, newest
            return
        row.restore(relic, len(self.runs))
        if row.state is not State.QUEUED:
            self.requeue(row)
        self.move(row, State.CLAIMED)
        self.move(row, relic.state)

    def hold_slot(self, row: UrlRow, *, holds: bool) -> None:
        """Let a URL take a page slot or give it back."""
        change = holds - row.holds_page_slot
        row.holds_page_slot = holds
        self.slots_held += change
        self.host_of(row).slots_held += change

    def fits_budget(self, row: UrlRow) -> bool:
        """Whether the page budget lets this URL be claimed."""
        return not self.wants_slot(row) or row.is_embedded or self.has_free_slot(row)

    def wants_slot(self, row: UrlRow) -> bool:
        """Whether this URL may cost a page."""
        return self.has_page_limit and row.is_linked and not row.is_stored

    @property
    def has_page_limit(self) -> bool:
        """Whether pages are limited at all."""
        return self.plan.limits_pages

    def has_free_slot(self, row: UrlRow) -> bool:
        """Whether the run and the host have a page left that nobody holds."""
        host, limit, plan = self.host_of(row), self.plan.max_pages, self.plan
        host_limit = Overrides(plan.overrides).max_pages_of(host.name, plan.max_pages_per_host)
        if limit is not None and self.work.pages + self.slots_held >= limit:
            return False
        return host_limit is None or host.pages + host.slots_held < host_limit

    def _count(self, row: UrlRow, change: int) -> None:
        self.states[row.state] += change
        self.host_of(row).states[row.state] += change
