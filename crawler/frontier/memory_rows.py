"""Hold a frontier's rows in dictionaries, and keep their counts true whenever one of them moves."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from math import inf

from crawler.frontier.fingerprints import fingerprint, told_live
from crawler.frontier.protocol import RunPlan
from crawler.frontier.states import FINAL, allows
from crawler.manners import Overrides
from crawler.model import Candidate, Capture, Claim, Disposition, Hop, Lease, State
from crawler.patience import HEALING
from crawler.standing import Counts, Entry, Pace, RobotsCopy, Run
from crawler.tempo import Tempo, delay_seconds, in_a_new_run, leases_at_once, rest_until, tempo_after

__all__ = ["HostRow", "Memory", "UrlRow", "may_become_page"]

_TEXTS_WITH_LINKS = frozenset({"text/html", "application/xhtml+xml", "text/css"})


def may_become_page(candidate: Candidate) -> bool:
    """Whether its answer may count as a page: neither a requisite nor a prerequisite."""
    return not candidate.is_requisite and not candidate.hops.endswith(Hop.PREREQUISITE)


@dataclass(slots=True, kw_only=True)
class UrlRow:
    """What is known of a URL.

    Args:
        candidate: how it was best reached.
        is_linked: offered as what may become a page, at least once.
        is_embedded: offered as a requisite, at least once.
        newest: the last capture, good or not.
        finished_in: number of the run that decided about it last.
        leased_as: depth, and whether as a requisite, when it was claimed: what its holder goes by.
        offered_as: the same of when its links were offered last; None: it has none to offer.
        is_due: finished in an earlier run.
        is_forgotten: left out of the queue, or to be asked without validators (`RunPlan.fresh`).
        targets: packed fingerprints of its links into the dump.
    """

    candidate: Candidate
    is_linked: bool
    is_embedded: bool
    state: State = State.QUEUED
    reason: str = ""
    status: int | None = None
    attempts: int = 0
    last_at: float | None = None
    ready_at: float = 0.0
    good: Capture | None = None
    newest: Capture | None = None
    finished_in: int = 0
    leased_as: tuple[int, bool] = (0, False)
    offered_as: tuple[int, bool] | None = None
    token: int = 0
    expires_at: float = 0.0
    holds_page_slot: bool = False
    is_stored: bool = False
    is_due: bool = False
    is_forgotten: bool = False
    is_surprise: bool = False
    targets: bytes = b""

    @property
    def turn(self) -> tuple[int, float]:
        """Its place in the host's queue; the least is given first."""
        if self.is_due and not self.is_stored:
            return (2, self.last_at or 0.0)
        return (0 if self.is_embedded or self.is_stored else 1, self.candidate.depth)

    @property
    def may_heal(self) -> bool:
        """Whether it failed in a way that another answer may follow."""
        return self.state is State.FAILED and self.reason.partition(":")[0] in HEALING

    @property
    def is_too_deep(self) -> bool:
        """Whether it was refused because of its depth alone."""
        return self.reason.partition(":")[0] == "depth"

    @property
    def has_file(self) -> bool:
        """Whether the mirror shows a good copy."""
        return self.good is not None and self.good.mirror_path is not None

    @property
    def redirect_to(self) -> str | None:
        """Where it led when it was last asked."""
        return self.newest.redirect_to if self.newest and 300 <= self.newest.status < 400 else None

    @property
    def needed_as(self) -> tuple[int, bool]:
        """Depth, and whether as a requisite; less is nearer."""
        return self.candidate.depth, self.candidate.is_requisite

    def was_read_in(self, run_number: int) -> bool:
        """Whether that run looked into it, or led on from it."""
        if self.state is not State.DONE or self.finished_in != run_number:
            return False
        is_text = self.good is not None and self.good.media_type in _TEXTS_WITH_LINKS
        return self.offered_as is not None or (is_text and self.good is self.newest)

    def entry(self) -> Entry:
        """The row as the ledger shows it."""
        return Entry(
            candidate=self.candidate,
            state=self.state,
            reason=self.reason,
            status=self.status,
            attempts=self.attempts,
            last_at=self.last_at,
            ready_at=self.ready_at,
            good=self.good,
        )


@dataclass(slots=True, kw_only=True)
class HostRow:
    """What is known of a host; `given` is the token of the lease it gave last."""

    name: str
    pace: Pace
    ready_at: float = 0.0
    tempo: Tempo = field(default_factory=Tempo)
    given: int = 0
    pages: int = 0
    slots_held: int = 0
    states: Counter[State] = field(default_factory=Counter)

    @property
    def has_room(self) -> bool:
        """Whether it may be asked once more at the same time."""
        return self.states[State.CLAIMED] < leases_at_once(self.pace, self.tempo)

    def learn(self, end: Disposition) -> None:
        """Take in how the host answered, and leave it alone for as long as that asks."""
        self.tempo = tempo_after(self.tempo, end, self.ready_at)
        self.ready_at = max(self.ready_at, rest_until(self.pace, self.tempo, end))

    def rest_since(self, asked_at: float) -> None:
        """Leave the host alone for its delay."""
        self.ready_at = max(self.ready_at, asked_at + delay_seconds(self.pace, self.tempo))


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

    def forget_seeds_and_refusals(self) -> None:
        """Forget what the run was pointed at and what its rules refused."""
        for key in self.seeds:
            row = self.urls[key]
            row.candidate = replace(row.candidate, is_seed=False)
        self.seeds.clear()
        self.refused.clear()

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

    def requeue_claimed(self, now: float, *, expired_at: float = inf) -> None:
        """Queue the URLs whose leases are over at an instant; all if none is given.

        Nobody knows when their holders asked last: the hosts rest as if it had been just now.
        """
        for row in self.in_state(State.CLAIMED):
            if row.expires_at <= expired_at:
                self.host_of(row).rest_since(now)
                self.requeue(row)

    def begin_again(self, plan: RunPlan, now: float) -> None:
        """Follow a plan: no lease of before holds, no host was paced yet."""
        self.requeue_claimed(now)
        self.plan = plan
        for host in self.hosts.values():
            least = max(host.pace.delay_seconds, plan.delay_seconds)
            host.pace = replace(host.pace, delay_seconds=least, parallel=1, spare=0)
            host.tempo = in_a_new_run(host.tempo)

    def keep(self, row: UrlRow, end: Disposition) -> None:
        """Store the capture, and what other pages must know."""
        if end.targets is not None:
            row.targets = end.targets
        if end.moves:
            self.moved.add(fingerprint(row.candidate.key))
        if end.appears:
            self.moved.add(fingerprint(told_live(row.candidate.key)))
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
