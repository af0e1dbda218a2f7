"""Hold what the ledger tells of a crawl: URLs, hosts, runs and seeds as they stand.

Nothing here does anything. Instants are seconds since the Unix epoch (`*_at`).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from crawler.model import Candidate, Capture, State
from crawler.override import Override

__all__ = [
    "Counts",
    "Entry",
    "HostState",
    "Outcome",
    "Pace",
    "Refusal",
    "Relic",
    "RobotsCopy",
    "Run",
    "SeedGroup",
    "SeedState",
    "Statistics",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a host may be asked.

    Args:
        delay_seconds: between the end of one answer and the next request, at least.
        parallel: requests at once; with a delay always 1, because an answer that is still under way
            has no end yet to count from.
        spare: leases beyond those requests, so that fetching never waits for parsing and writing.
        adapts: the delay grows with the host's latency and trouble (`crawler.tempo`).
    """

    delay_seconds: float
    parallel: int
    spare: int = 0
    adapts: bool = False

    def __post_init__(self) -> None:
        if self.delay_seconds > 0 and self.parallel + self.spare != 1:
            raise ValueError(
                f"a delay of {self.delay_seconds:g} s, but {self.parallel + self.spare} leases at once"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsCopy:
    """A robots.txt as fetched, kept between runs.

    Args:
        origin: scheme, host and port it speaks for.
        fetched_at: when.
        status: HTTP status; 0 if the host could not be asked.
        body: at most 500 KiB (RFC 9309 section 2.5).
        address: IP address that answered, "" if unknown.
    """

    origin: str
    fetched_at: float
    status: int
    body: bytes = b""
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many URLs stand where, and what this run has done so far.

    `queued claimed done failed excluded` count every known URL; the rest counts this run.
    """

    queued: int = 0
    claimed: int = 0
    done: int = 0
    failed: int = 0
    excluded: int = 0
    hosts: int = 0
    pages: int = 0
    requests: int = 0
    wire_bytes: int = 0
    unchanged: int = 0
    retries: int = 0

    @property
    def known(self) -> int:
        """Every URL the frontier ever accepted."""
        return self.queued + self.claimed + self.done + self.failed + self.excluded


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One run of a crawl over an output.

    Args:
        number: 1, 2, 3, ... within the output.
        name: sortable name of its files, e.g. `20261122-182034`.
        started_at: of its first process.
        ended_at: None while it runs, or if it was interrupted.
        outcome: `finished`, a budget's name, or `stopped`; "" while it runs.
        options: the options as JSON, without credentials.
        is_continued: this process took up what another left.
        max_pages: page slots it has; None: no limit.
        max_pages_per_host: the same for each host.
        overrides: what holds for some hosts instead.
    """

    number: int
    name: str
    started_at: float
    ended_at: float | None = None
    outcome: str = ""
    options: str = "{}"
    is_continued: bool = False
    counts: Counts = field(default_factory=Counts)
    max_pages: int | None = None
    max_pages_per_host: int | None = None
    overrides: tuple[Override, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What the ledger knows of one URL.

    Args:
        candidate: how it was (best) reached.
        state: where it stands.
        reason: why, in the words of the last disposition.
        status: of the last answer.
        attempts: tries in the last run that touched it.
        last_at: when it was last decided.
        ready_at: not claimed before this instant.
        good: the last good capture, the one the mirror shows.
    """

    candidate: Candidate
    state: State
    reason: str = ""
    status: int | None = None
    attempts: int = 0
    last_at: float | None = None
    ready_at: float = 0.0
    good: Capture | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HostState:
    """A host's queue and pace.

    Args:
        ready_at: left alone until then.
        pace: as it was told to be asked.
        delay_seconds: the delay in force; more than `pace` says if the host is slow or in trouble.
        latency_seconds: smoothed; 0: it never answered.
        down: the failure it is down with; "": it is not.
        due_at: when the first of its queued URLs may be asked for; None: none is queued.
        trouble: what made the URL that is due next wait; "": nothing did.
    """

    host: str
    queued: int
    claimed: int
    done: int
    failed: int
    excluded: int
    pages: int
    ready_at: float
    pace: Pace
    delay_seconds: float = 0.0
    latency_seconds: float = 0.0
    down: str = ""
    due_at: float | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """How many links of a run one rule refused at one host; they are counted, not stored."""

    rule: str
    host: str
    links: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedState:
    """A seed of a run and what became of it; `via` names the seed that redirected here."""

    url: str
    state: State
    via: str | None = None
    reason: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How many URLs a run decided in one way.

    Args:
        state: DONE, FAILED or EXCLUDED.
        word: the first word of the reason: the class of a failure, the rule of an exclusion.
        urls: how many.
    """

    state: State
    word: str
    urls: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedGroup:
    """How many named seeds of a host are in one state, and the first of them."""

    host: str
    state: State
    seeds: int
    first: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Relic:
    """What the archive tells of one answer, so that its entry can be made again.

    Args:
        candidate: how it was reached; its depth is `UNKNOWN_DEPTH` where the record does not tell.
        segment: the archive file in which its record lies.
        segment_bytes: where the record ends in it: so much of the file is believed in from now on.
        at: when the answer began.
        status: of the answer.
        state: DONE, or FAILED.
        reason: why it failed, or where it led.
        capture: of the answer; None for one that only said that nothing has changed.
        wire_bytes: body bytes received.
        is_page: it counts as a page.
        leads_on: its body is to be read once more, for its links or for its file in the mirror.
        is_surprise: its address in the mirror is not the predicted one.
    """

    candidate: Candidate
    segment: str
    segment_bytes: int
    at: float
    status: int
    state: State
    reason: str = ""
    capture: Capture | None = None
    wire_bytes: int = 0
    is_page: bool = False
    leads_on: bool = False
    is_surprise: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """A window on a running crawl, for the progress bar and the like.

    Args:
        phase: what it is doing, one word.
        counts: of the frontier.
        in_flight: leases held, by all processes.
        processes: that crawl.
        elapsed_seconds: since this process began.
    """

    phase: str = "starting"
    counts: Counts = field(default_factory=Counts)
    in_flight: int = 0
    processes: int = 1
    elapsed_seconds: float = 0.0
