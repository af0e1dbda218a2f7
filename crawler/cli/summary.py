"""Show what a run did: the table at the end of `crawler crawl`."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from crawler.quantities import show_duration, show_size
from crawler.report import Report

__all__ = ["print_summary"]

_MAX_LISTED = 10


def print_summary(report: Report, folder: Path, console: Console) -> None:
    """Print counts, what failed and where to look."""
    counts = report.counts
    table = Table(show_header=False, box=None, pad_edge=False)
    table.add_column(style="dim")
    table.add_column()
    rate = counts.pages / report.seconds if report.seconds else 0.0
    rows = [
        (
            "run",
            f"{report.run.number}{' (continued)' if report.run.is_continued else ''}: {report.run.outcome}",
        ),
        ("pages", f"{counts.pages} stored, {rate:.0f} a second, {show_duration(report.seconds)}"),
        ("unchanged", str(counts.unchanged) if counts.unchanged else ""),
        (
            "received",
            f"{show_size(counts.wire_bytes)} in {counts.requests} answers from {counts.hosts} hosts",
        ),
        (
            "URLs",
            f"{counts.done} done, {counts.failed} failed, {counts.excluded} excluded, {counts.queued} queued",
        ),
        ("failures", ", ".join(f"{name} {count}" for name, count in sorted(report.failures.items()))),
        ("refused links", _refused(report)),
    ]
    for name, value in rows:
        if value:
            table.add_row(name, escape(value))
    console.print(table)
    for seed in report.bad_seeds[:_MAX_LISTED]:
        state = "waiting" if seed.state == "queued" else seed.state.value
        console.print(f"seed {state}: {escape(seed.url)} {escape(f'({seed.reason})' if seed.reason else '')}")
    if len(report.bad_seeds) > _MAX_LISTED:
        console.print(f"and {len(report.bad_seeds) - _MAX_LISTED} more seeds; see {folder / 'reports'}")
    for warning in report.warnings:
        console.print(f"note: {escape(warning)}")
    console.print(f"open {escape(str(folder / 'index.html'))}")


def _refused(report: Report) -> str:
    totals: dict[str, int] = {}
    for each in report.refusals:
        totals[each.rule] = totals.get(each.rule, 0) + each.links
    return ", ".join(f"{rule} {links}" for rule, links in sorted(totals.items(), key=lambda pair: -pair[1]))
