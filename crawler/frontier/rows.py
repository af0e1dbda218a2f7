"""Turn rows of the database into values and back."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from functools import lru_cache
from math import inf
from operator import attrgetter
from typing import Any

from crawler.manners import Overrides
from crawler.media import HTML_TYPES
from crawler.model import Candidate, Capture, State
from crawler.override import Override
from crawler.patience import HEALING
from crawler.standing import Counts, Entry, HostState, Pace, Run, SeedState
from crawler.tempo import Tempo

__all__ = [
    "CAPTURE_COLUMNS",
    "COLUMNS",
    "Budget",
    "budget_of",
    "capture_of",
    "capture_values",
    "counts_of",
    "entry_of",
    "host_of",
    "overrides_text",
    "pace_of",
    "run_of",
    "seed_of",
    "tempo_of",
]

Row = tuple[Any, ...]

_CAPTURE_FIELDS = (
    *("captured_at", "status", "media_type", "charset", "content_type", "size_bytes", "digest", "etag"),
    *("last_modified", "segment", "offset", "length", "mirror_path", "redirect_to", "title", "canonical"),
    *("gist", "is_revised", "doubt", "face", "doubted_at", "doubted_times", "rendering"),
)
_capture_values = attrgetter(*_CAPTURE_FIELDS)
CAPTURE_COLUMNS = ", ".join(["url.url", *(f"capture.{name}" for name in _CAPTURE_FIELDS)])
# A failure that another answer may follow tomorrow; its class is the first word of the reason.
_HEALS = (
    "state = 'failed' AND substr(reason, 1, instr(reason || ':', ':') - 1) IN ("
    + ", ".join(f"'{failure}'" for failure in sorted(HEALING))
    + ")"
)
_ENTRY_COLUMNS = f"""
    url.id, url.key, host.name, url.depth, url.hops, url.via, url.seed, url.is_linked, url.is_embedded,
    url.state, url.reason, url.status, url.attempts, url.last_at, url.ready_at,
    {CAPTURE_COLUMNS}"""

_WAITING = "FROM url WHERE host_id = host.id AND state = 'queued' AND url.ready_at > 0"
_HOST_COLUMNS = f"""
    name, queued, claimed, done, failed, excluded, pages, ready_at, least_seconds, requests, spare, adapts,
    delay_seconds, latency_seconds, down,
    CASE WHEN queued = 0 THEN NULL WHEN (SELECT count(*) {_WAITING}) < queued THEN ready_at
        ELSE max(ready_at, (SELECT min(url.ready_at) {_WAITING})) END,
    coalesce(iif(queued = 0, '', (SELECT reason {_WAITING} ORDER BY url.ready_at LIMIT 1)), '')"""
# Where a seed led when it was last asked: to http, if https was not spoken, or by a redirect.
_LEADS_TO = """
    iif(url.reason LIKE 'no https (%', 'http:' || substr(url.url, 7),
        (SELECT redirect_to FROM capture WHERE capture.id = url.last_id AND capture.status BETWEEN 300 AND 399))"""
_GOOD = "capture.status BETWEEN 200 AND 299 AND capture.status <> 206 AND capture.doubt = ''"
COLUMNS = {
    "{entry}": _ENTRY_COLUMNS,
    "{capture}": CAPTURE_COLUMNS,
    "{good}": _GOOD,
    "{shown}": f"({_GOOD} OR (capture.redirect_to IS NOT NULL AND capture.doubt = ''))",
    "{host}": _HOST_COLUMNS,
    "{leads_to}": _LEADS_TO,
    "{heals}": _HEALS,
    "{html}": ", ".join(f"'{name}'" for name in sorted(HTML_TYPES)),
}
"""What stands for the marks in the statements."""
_NOTHING_SAID = Overrides()


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What the last run may take, and what it took.

    Args:
        run: its number; 0 before the first.
        pages: counted so far.
        page_slots: held by leases.
        wire_bytes: received so far.
        max_pages: None: no limit; so for the other two.
        delay_seconds: of a host that was not paced yet.
        overrides: what holds for some hosts instead.
    """

    run: int = 0
    pages: int = 0
    page_slots: int = 0
    wire_bytes: int = 0
    max_pages: int | None = None
    max_pages_per_host: int | None = None
    max_bytes: int | None = None
    delay_seconds: float = 0.0
    overrides: Overrides = _NOTHING_SAID

    @property
    def limits_pages(self) -> bool:
        """Whether a page needs a slot to be counted."""
        limits = self.max_pages is not None or self.max_pages_per_host is not None
        return limits or self.overrides.limits_pages

    def pages_of(self, host: str) -> float:
        """How many pages a host may give."""
        most = self.overrides.max_pages_of(host, self.max_pages_per_host)
        return inf if most is None else most

    def delay_of(self, host: str) -> float:
        """How long a host rests that was not paced yet."""
        return self.overrides.delay_of(host, self.delay_seconds)

    @property
    def spent(self) -> str:
        """The budget that ends the run for all its processes; "": none does."""
        return "max-bytes" if self.max_bytes is not None and self.wire_bytes >= self.max_bytes else ""


def budget_of(row: Row | None) -> Budget:
    """The budget in a row of the statement `budget`; without a run there are no limits."""
    if row is None:
        return Budget()
    run, pages, page_slots, wire_bytes, *limits, delay_seconds, overrides = row
    max_pages, max_pages_per_host, max_bytes = limits
    return Budget(
        run=run,
        pages=pages,
        page_slots=page_slots,
        wire_bytes=wire_bytes,
        max_pages=max_pages,
        max_pages_per_host=max_pages_per_host,
        max_bytes=max_bytes,
        delay_seconds=delay_seconds,
        overrides=_overrides_of(overrides),
    )


def overrides_text(overrides: Iterable[Override]) -> str:
    """What was said of some hosts, as it is stored."""
    said = [{name: value for name, value in asdict(each).items() if value is not None} for each in overrides]
    return json.dumps(said, sort_keys=True)


@lru_cache(maxsize=4)
def _overrides_of(text: str) -> Overrides:
    return Overrides(Override(**each) for each in json.loads(text))


def capture_of(row: Row) -> Capture | None:
    """The capture in the columns `{capture}`; None if the outer join found none."""
    url, *values = row
    if values[0] is None:
        return None
    return Capture(url=url, **dict(zip(_CAPTURE_FIELDS, values, strict=True)))


def capture_values(capture: Capture) -> Row:
    """The capture's values in the order of `{capture}`, without the URL."""
    values: Row = _capture_values(capture)
    return values


def counts_of(row: Row) -> Counts:
    """The counts in a row of the statement `counts`."""
    queued, claimed, done, failed, excluded, hosts, pages, requests, wire_bytes, unchanged, retries = row
    return Counts(
        queued=queued,
        claimed=claimed,
        done=done,
        failed=failed,
        excluded=excluded,
        hosts=hosts,
        pages=pages,
        requests=requests,
        wire_bytes=wire_bytes,
        unchanged=unchanged,
        retries=retries,
    )


@lru_cache(maxsize=256)
def pace_of(row: Row) -> Pace:
    """The pace in the columns least_seconds, requests, spare, adapts."""
    least_seconds, requests, spare, adapts = row
    return Pace(delay_seconds=least_seconds, parallel=requests, spare=spare, adapts=bool(adapts))


def tempo_of(row: Row) -> Tempo:
    """The tempo in the columns latency_seconds, strain, silences, down."""
    latency_seconds, strain, silences, down = row
    return Tempo(latency_seconds=latency_seconds, strain=strain, silences=silences, down=down)


def entry_of(row: Row) -> tuple[int, Entry]:
    """The row id and the entry in the columns `{entry}`."""
    row_id, key, host, depth, hops, via, seed, is_linked, is_embedded, *more = row[:15]
    state, reason, status, attempts, last_at, ready_at = more
    candidate = Candidate(
        url=row[15],
        key=key,
        host=host,
        depth=depth,
        hops=hops,
        via=via,
        is_seed=seed is not None,
        is_requisite=bool(is_embedded and not is_linked),
    )
    entry = Entry(
        candidate=candidate,
        state=State(state),
        reason=reason,
        status=status,
        attempts=attempts,
        last_at=last_at,
        ready_at=ready_at,
        good=capture_of(row[15:]),
    )
    return row_id, entry


def host_of(row: Row) -> HostState:
    """The host in the columns `{host}`."""
    host, queued, claimed, done, failed, excluded, pages, ready_at, *more = row
    delay_seconds, latency_seconds, down, due_at, trouble = more[4:]
    return HostState(
        host=host,
        queued=queued,
        claimed=claimed,
        done=done,
        failed=failed,
        excluded=excluded,
        pages=pages,
        ready_at=ready_at,
        pace=pace_of(tuple(more[:4])),
        delay_seconds=delay_seconds,
        latency_seconds=latency_seconds,
        down=down,
        due_at=due_at,
        trouble=trouble,
    )


def seed_of(row: Row) -> SeedState:
    """The seed in the columns url, state, via, reason, status."""
    url, state, via, reason, status = row
    return SeedState(url=url, state=State(state), via=via, reason=reason, status=status)


def run_of(row: Row, *, is_continued: bool = False) -> Run:
    """The run in a row of the statements `runs` and `last_run`."""
    number, name, started_at, ended_at, outcome, options, *more = row
    pages, requests, wire_bytes, unchanged, retries, totals, max_pages, max_pages_per_host, overrides = more
    counts = Counts(
        pages=pages,
        requests=requests,
        wire_bytes=wire_bytes,
        unchanged=unchanged,
        retries=retries,
        **json.loads(totals),
    )
    return Run(
        number=number,
        name=name,
        started_at=started_at,
        ended_at=ended_at,
        outcome=outcome,
        options=options,
        is_continued=is_continued,
        counts=counts,
        max_pages=max_pages,
        max_pages_per_host=max_pages_per_host,
        overrides=tuple(Override(**each) for each in json.loads(overrides)),
    )
