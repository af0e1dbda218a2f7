"""Show what a run did: counts on stdout, what went wrong on stderr."""

from __future__ import annotations

from pathlib import Path

import click

from crawler.cli.lines import aligned, counted, printable
from crawler.cli.streams import tell
from crawler.model import State
from crawler.quantities import show_duration, show_size
from crawler.report import Report
from crawler.standing import SeedState

__all__ = ["print_summary", "print_troubles"]

_MAX_LISTED = 10
_GATHER = "crawler gather WORKER-FOLDER... -o output"


def print_summary(report: Report, folder: Path, *, is_shared: bool = False) -> None:
    """Print what was done and where it lies.

    Args:
        report: of the run.
        folder: of the output.
        is_shared: workers have their folders, which are to be gathered.
    """
    counts = report.counts
    items = folder / "items" / f"{report.run.name}.jsonl"
    rate = counts.pages / report.seconds if report.seconds else 0.0
    unchanged = f", {counts.unchanged} unchanged" if counts.unchanged else ""
    same = f", {report.duplicates} with the content of another URL" if report.duplicates else ""
    requests = counted(counts.requests, "request")
    rows = [
        (f"run {report.run.number}", _outcome(report)),
        ("pages", f"{counts.pages} stored, {rate:.0f} a second{unchanged}{same}"),
        ("received", f"{show_size(counts.wire_bytes)}, {requests} to {counted(counts.hosts, 'host')}"),
        (
            "URLs",
            f"{counts.done} done, {counts.failed} failed, {counts.excluded} excluded, {counts.queued} queued",
        ),
        ("seeds", _seeds(report)),
        ("failed", ", ".join(f"{name} {count}" for name, count in sorted(report.failures.items()))),
        ("not taken", _refused(report)),
        ("items", str(items) if items.is_file() else ""),
        ("look at", "" if is_shared else str(folder / "index.html")),
        ("archive in", str(folder) if is_shared else ""),
        ("then", _GATHER if is_shared else ""),
    ]
    for line in aligned([row for row in rows if row[1]], "ll"):
        click.echo(line)


def print_troubles(report: Report, folder: Path, *, is_quiet: bool = False, is_shared: bool = False) -> None:
    """Print to stderr which seeds did not come in, and warnings.

    Args:
        report: of the run.
        folder: of the output.
        is_quiet: without warnings.
        is_shared: workers have their folders, which are to be gathered.
    """
    for seed in report.bad_seeds[:_MAX_LISTED]:
        advice = "see crawl.log" if is_shared else f"see crawler why '{seed.url}' -o {folder}"
        if seed.state in {State.QUEUED, State.CLAIMED}:
            advice = "run the same line again later"
        tell(f"crawler: {printable(f'seed {seed.url} {_fate(seed)}; {advice}')}")
    if (more := len(report.bad_seeds) - _MAX_LISTED) > 0:
        tell(f"crawler: {more} more seeds did not come in; see {folder / 'reports'}")
    for warning in () if is_quiet else report.warnings:
        tell(f"crawler: note: {printable(warning)}")


def _outcome(report: Report) -> str:
    spent = f"after {show_duration(report.seconds)}"
    again = " (continued)" if report.run.is_continued else ""
    match report.run.outcome:
        case "finished":
            return f"finished {spent}{again}"
        case "waiting":
            return f"ended {spent}{again}: hosts want a longer rest than --max-wait; the next run goes on"
        case "stopped":
            return f"stopped {spent}{again}; the same line continues"
        case budget:
            return f"ended {spent}{again} by --{budget}; the next run goes on"


def _fate(seed: SeedState) -> str:
    words = {State.FAILED: "failed", State.EXCLUDED: "was refused"}
    reason = f": {seed.reason}" if seed.reason else ""
    return f"{words.get(seed.state, 'is waiting')}{reason}"


def _seeds(report: Report) -> str:
    return f"{report.seeds}: {report.fates.words}" if report.seeds else ""


def _refused(report: Report) -> str:
    totals: dict[str, int] = {}
    for each in report.refusals:
        totals[each.rule] = totals.get(each.rule, 0) + each.links
    most_first = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
    return ", ".join(f"{counted(links, 'link')} by {rule}" for rule, links in most_first)
