"""Hold what a frontier in memory knows of one URL and of one host."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from crawler.model import Candidate, Capture, Disposition, Hop, State
from crawler.patience import HEALING
from crawler.standing import Entry, Pace, Relic
from crawler.tempo import Tempo, delay_seconds, leases_at_once, rest_until, tempo_after

__all__ = ["HostRow", "UrlRow", "may_become_page"]

_NOT_OFFERED = (1 << 40, True)
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

    def restore(self, relic: Relic, run_number: int) -> None:
        """Take what the archive tells of its answer in that run; its capture was kept before."""
        self.finished_in, self.last_at, self.status = run_number, relic.at, relic.status
        self.reason, self.attempts, self.is_stored, self.ready_at = relic.reason, 1, False, 0.0
        self.offered_as = _NOT_OFFERED if relic.leads_on else None
        if relic.capture is not None and not (relic.state is State.FAILED and self.good is not None):
            self.is_surprise = relic.is_surprise

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
