"""Put a run on a page: what it did, what changed since the run before, and charts of both."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crawler.changes import ChangeKind, ChangeList
from crawler.clock import iso_utc
from crawler.quantities import show_duration, show_size
from crawler.report import Report, told_counts
from crawler.reportpage.changed import changes_section
from crawler.reportpage.charts import bars, columns, stacks
from crawler.reportpage.template import fill
from crawler.shift import Answers
from crawler.standing import Run

__all__ = ["Measures", "run_page"]

_MAX_WARNINGS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What the charts of a run are drawn from.

    Args:
        by_status: answers that were kept.
        by_time: the same by slices of time, in order.
        by_host: the same by host, the first few.
        step_seconds: of a slice of time.
        runs: names of the last runs, and how many changes of each kind they found; the oldest first.
    """

    by_status: Sequence[Answers] = ()
    by_time: Sequence[Answers] = ()
    by_host: Sequence[Answers] = ()
    step_seconds: float = 1.0
    runs: Sequence[tuple[str, Mapping[str, int]]] = field(default_factory=tuple)


def run_page(report: Report, before: Run | None, found: ChangeList, measures: Measures) -> str:
    """The page of a run.

    Args:
        report: of the run.
        before: the run that it is compared with; None: it is the first.
        found: what changed.
        measures: for the charts.
    """
    run = report.run
    ended = "" if run.ended_at is None else f", {run.outcome} after {show_duration(report.seconds)}"
    facts = "".join(
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in _facts(report)
    )
    warnings = "".join(
        f'<p class="warning">{html.escape(line)}</p>' for line in report.warnings[:_MAX_WARNINGS]
    )
    against = (
        "the first run" if before is None else f"since run {before.number} of {iso_utc(before.started_at)}"
    )
    changes = (
        '<p class="soft">There is nothing to compare with yet.</p>'
        if before is None
        else changes_section(found)
    )
    return fill(
        title=html.escape(f"Run {run.number}"),
        gist=html.escape(f"{iso_utc(run.started_at)}{ended}"),
        content="\n".join(
            [
                warnings,
                f"<dl>{facts}</dl>",
                f"<h2>What changed, {html.escape(against)}</h2>\n{changes}",
                f"<h2>How it went</h2>\n{''.join(_charts(report, measures))}",
            ]
        ),
    )


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    counts = report.counts
    yield "Pages stored", f"{counts.pages:,}"
    yield "Unchanged", f"{counts.unchanged:,}"
    yield from told_counts(report)


def _charts(report: Report, measures: Measures) -> Iterator[str]:
    statuses = [(each.what, float(each.answers), f"{each.answers:,}") for each in measures.by_status]
    if unchanged := report.counts.unchanged:
        statuses.append(("304", float(unchanged), f"{unchanged:,}"))
    yield bars(sorted(statuses), caption="Answers by status")
    failures = sorted(report.failures.items(), key=lambda pair: (-pair[1], pair[0]))
    yield bars([(name, float(count), f"{count:,}") for name, count in failures], caption="Failures by class")
    step = measures.step_seconds
    times = [
        (show_duration(place * step), each.answers / step, f"{each.answers / step:.3g} a second")
        for place, each in enumerate(measures.by_time)
    ]
    yield columns(times, caption="Answers that were kept, by time")
    sizes = [
        (show_duration(place * step), float(each.size_bytes), show_size(each.size_bytes))
        for place, each in enumerate(measures.by_time)
    ]
    yield columns(sizes, caption=f"Bytes of their bodies, in {show_duration(step)} each")
    hosts = [
        (each.what, float(each.answers), f"{each.answers:,}, {show_size(each.size_bytes)}")
        for each in measures.by_host
    ]
    yield bars(hosts, caption="Answers and bytes by host")
    yield stacks(measures.runs, list(ChangeKind), caption="Changes, run by run")
