"""Say what a run did, as one value: for the last table, for reports/RUN.json, and for the exit code."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import chain, count
from typing import Any

from crawler.clock import iso_utc
from crawler.fates import Fate, SeedFates, SeedTrouble
from crawler.harvest import LINKS_LEFT_OUT, UNREAD
from crawler.insistence import BELIEVED
from crawler.model import State
from crawler.offers import DUPLICATE_CONTENT
from crawler.quantities import show_count, show_size
from crawler.standing import Counts, Outcome, Refusal, Run, SeedState

__all__ = [
    "EXIT_SEED_FAILED",
    "GATHERED",
    "MAX_LISTED",
    "Report",
    "bad_states",
    "failures",
    "remarks",
    "run_name",
    "told_counts",
    "tried",
    "trouble_values",
]

EXIT_SEED_FAILED = 3
GATHERED = "gathered"
"""The outcome of a run of which not everything is in the union of its folders yet."""
MAX_LISTED = 1000
"""Seeds, and hosts with refused links, that a report lists at most."""

_REMARKS = {
    UNREAD: "{} too long to be read for links; {} kept as sent",
    BELIEVED: "{} that had been doubted for a week; {} taken for what the page is now",
    LINKS_LEFT_OUT: "{} with more links than one page may have; {} kept, what is beyond is not followed",
}
_UNFINISHED = frozenset({"finished", "waiting"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a run did.

    Args:
        run: its number, times, outcome and counts.
        seconds: of this process.
        fates: what became of the seeds and of what they stand for.
        bad_seeds: those that failed, wait or were refused; at most a thousand of them.
        redirected_seeds: where seeds led to, each a seed too (`via` names the one that led there); at
            most a thousand.
        failures: failed URLs of the run by class.
        tried: URLs of the run that were decided by an answer or its failure.
        duplicates: pages of the run that have the content of another URL of their host, as far as the process
            that read them remembered (`crawler.duplicates`).
        refusals: links that rules refused, most first.
        repaired: mirror files rewritten at the end because what they link to had moved.
        warnings: what a person should know, one line each.
        changes: what is otherwise than at the run before: `from`, `counts`, and the first of each kind.
    """

    run: Run
    seconds: float
    fates: SeedFates = field(default_factory=SeedFates)
    bad_seeds: tuple[SeedState, ...] = ()
    redirected_seeds: tuple[SeedState, ...] = ()
    failures: Mapping[str, int] = field(default_factory=dict)
    tried: int = 0
    duplicates: int = 0
    refusals: tuple[Refusal, ...] = ()
    repaired: int = 0
    warnings: tuple[str, ...] = ()
    changes: Mapping[str, Any] = field(default_factory=dict)

    @property
    def seeds(self) -> int:
        """How many were named."""
        return self.fates.seeds

    @property
    def counts(self) -> Counts:
        """Of the run, when it ended."""
        return self.run.counts

    def exit_code(self, fail_over_percent: float | None = None) -> int:
        """0, or 3 when seeds did not come in.

        Args:
            fail_over_percent: only count it as a failure if more than this part of all tried URLs failed.
        """
        if fail_over_percent is not None:
            failed = sum(self.failures.values())
            return EXIT_SEED_FAILED if failed * 100 > fail_over_percent * max(self.tried, 1) else 0
        return EXIT_SEED_FAILED if self.bad_seeds else 0

    def as_json(self) -> str:
        """The report as it lies in reports/RUN.json."""
        run = self.run
        values: dict[str, Any] = {
            "run": run.name,
            "number": run.number,
            "started_at": iso_utc(run.started_at),
            "ended_at": None if run.ended_at is None else iso_utc(run.ended_at),
            "outcome": run.outcome,
            "continued": run.is_continued,
            "seconds": round(self.seconds, 3),
            "counts": dataclasses.asdict(self.counts),
            "seeds": self.seeds,
            "seed_fates": {fate: getattr(self.fates, fate) for fate in Fate},
            "incomplete_seeds": [trouble_values(each) for each in self.fates.troubles],
            "bad_seeds": [
                {"url": each.url, "state": each.state, "reason": each.reason, "status": each.status}
                for each in self.bad_seeds
            ],
            "redirected_seeds": [{"url": each.via, "to": each.url} for each in self.redirected_seeds],
            "failures": dict(self.failures),
            "retries": self.counts.retries,
            "duplicate_pages": self.duplicates,
            "refused_links": [dataclasses.asdict(each) for each in self.refusals[:MAX_LISTED]],
            "repaired_files": self.repaired,
            "warnings": list(self.warnings),
            "changes": dict(self.changes),
            "options": json.loads(run.options),
        }
        return json.dumps(values, indent=2) + "\n"


def trouble_values(trouble: SeedTrouble) -> dict[str, Any]:
    """One line of seeds that are not complete, for programs."""
    values = dataclasses.asdict(trouble)
    return values | {"due_at": None if trouble.due_at is None else iso_utc(trouble.due_at)}


def bad_states(outcome: str) -> frozenset[State]:
    """The states of seeds that did not come in; those that a budget left in the queue are none."""
    waiting = {State.QUEUED, State.CLAIMED} if outcome in _UNFINISHED else set()
    return frozenset({State.FAILED, State.EXCLUDED} | waiting)


def failures(outcomes: Iterable[Outcome]) -> dict[str, int]:
    """How many URLs a run failed to get, by class."""
    return {each.word: each.urls for each in outcomes if each.state is State.FAILED}


def duplicates(outcomes: Iterable[Outcome]) -> int:
    """How many pages of a run have the content of another URL."""
    return sum(each.urls for each in outcomes if each.word == DUPLICATE_CONTENT)


def tried(outcomes: Iterable[Outcome]) -> int:
    """How many URLs of a run were decided by an answer or its failure."""
    return sum(each.urls for each in outcomes if each.state is not State.EXCLUDED)


def remarks(outcomes: Iterable[Outcome]) -> list[str]:
    """What a person should know of what was read, one line each."""
    urls = {each.word: each.urls for each in outcomes if each.state is State.DONE}
    return [
        line.format(f"{count} text{'s' * (count != 1)}", "it is" if count == 1 else "they are")
        + f"; grep {name} crawl.log"
        for name, line in _REMARKS.items()
        if (count := urls.get(name, 0))
    ]


def told_counts(report: Report) -> Iterator[tuple[str, str]]:
    """What a run asked for and where its URLs stand, for people: a name and a figure each."""
    counts = report.counts
    yield "Requests", f"{counts.requests:,}, {show_size(counts.wire_bytes)}"
    yield "Known URLs", f"{counts.known:,} on {show_count(counts.hosts, 'host')}"
    yield "Failed", f"{counts.failed:,}"
    yield "Excluded", f"{counts.excluded:,}"
    yield "Still queued", f"{counts.queued + counts.claimed:,}"
    if report.seeds:
        yield "Seeds", f"{report.seeds}: {report.fates.words}"


def run_name(now: float, taken: Collection[str]) -> str:
    """What a run that begins now is called, and its report and segments with it: sortable, and not yet taken."""
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%d-%H%M%S")
    names = chain([stamp], (f"{stamp}-{number}" for number in count(2)))
    return next(name for name in names if name not in taken)
