"""The results as tables in Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.speed.results import Outcome, Result, Row
from benchmarks.speed.targets import verdicts

__all__ = ["tables"]

_HEAD = (
    "| | pages/s | ours to it | answers/s | wall s | CPU ms/page | peak RSS MB | pages | links converted |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|"
)
_REFERENCE = "ours"


def tables(results: Sequence[Result]) -> str:
    """The targets, then one table a scenario."""
    return "\n".join([*_targets(results), *(line for each in results for line in _scenario(each))])


def _targets(results: Sequence[Result]) -> Iterator[str]:
    told = verdicts(results)
    shown = [each for each in told if each.is_met is not None]
    if shown:
        yield "### Targets\n"
        yield "The better of one process and `--processes auto`; the whole command, start-up counted.\n"
        yield "| | target | reached | |"
        yield "|---|--:|--:|---|"
    for each in shown:
        yield f"| {each.text} | {each.bound} | {each.value} | {'met' if each.is_met else '**not met**'} |"
    yield f"\n{len(told) - len(shown)} of {len(told)} targets were not measured in this run.\n"


def _scenario(result: Result) -> Iterator[str]:
    yield f"### `{result.scenario}`: {result.title}, {result.connections} connections\n"
    yield _HEAD
    reference = result.row(_REFERENCE)
    for row in result.rows:
        yield _row(row, reference)
    if result.delay_seconds:
        most = result.connections / result.delay_seconds
        yield f"\nNobody can have more than {most:,.0f} answers a second here."
    for name, reason in result.left_out.items():
        yield f"\nLeft out: {name}: {reason}."
    yield ""


def _row(row: Row, reference: Row | None) -> str:
    cells = [f"{row.title} ({row.what})"]
    if not row.has_finished:
        told, pages = row.outcome, f"{row.pages:,} of {row.expected:,}"
        if row.outcome == Outcome.OVER:
            # What is there of an unfinished copy may be no pages yet.
            told, pages = f"not within {row.wall_seconds:,.0f} s", ""
        cells += [told, "", "", "", "", "", pages, ""]
        return f"| {' | '.join(cells)} |"
    ratio = f"{reference.pages_per_second / row.pages_per_second:.2f}x" if reference else ""
    links = "" if row.links is None else f"{row.links.share:.1%}"
    cells += [
        f"{row.pages_per_second:,.0f}",
        ratio,
        f"{row.answers_per_second:,.0f}",
        f"{row.wall_seconds:,.2f}",
        f"{row.cpu_ms_per_page:.2f}",
        f"{row.peak_rss_bytes / 1e6:,.0f}",
        f"{row.pages:,}",
        links if row.outcome == Outcome.OK else f"**{links}**",
    ]
    return f"| {' | '.join(cells)} |"
