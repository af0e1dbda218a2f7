"""Write output/index.html: where a person starts. It opens from the file system, without a server."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from string import Template

from crawler.clock import iso_utc
from crawler.fates import SeedTrouble
from crawler.media import is_html
from crawler.output import write_whole
from crawler.paths import relative
from crawler.quantities import show_duration, show_size
from crawler.report import Report
from crawler.standing import Entry

__all__ = ["write_start_page"]

_MAX_PAGES = 5000
_MAX_MOVED = 100
_MAX_TROUBLES = 100


@dataclass(frozen=True, slots=True)
class _Row:
    host: str
    title: str
    url: str
    link: str


async def write_start_page(path: Path, report: Report, entries: AsyncIterator[Entry]) -> None:
    """Write the page at `path`, whole or not at all.

    Args:
        path: `index.html` of the output.
        report: of the last run.
        entries: everything known; mirrored HTML pages are listed, at most five thousand.
    """
    rows: list[_Row] = []
    more = 0
    async for entry in entries:
        good = entry.good
        if good is None or good.mirror_path is None or not is_html(good.media_type):
            continue
        if entry.candidate.is_requisite:
            continue
        if len(rows) == _MAX_PAGES:
            more += 1
            continue
        link = relative("index.html", f"mirror/{good.mirror_path}")
        rows.append(_Row(entry.candidate.host, good.title or good.url, good.url, link))
    template = resources.files("crawler").joinpath("startpage.html").read_text(encoding="utf-8")
    text = Template(template).substitute(
        sites=_sites(rows),
        pages="\n".join(_page(row) for row in sorted(rows, key=lambda row: (row.host, row.url))),
        more=f"<p>{more} more pages are in the mirror.</p>" if more else "",
        summary=_summary(report),
        count=str(len(rows)),
        warnings="".join(f"<p class=warning>{html.escape(line)}</p>" for line in report.warnings),
    )
    write_whole(path, text)


def _sites(rows: list[_Row]) -> str:
    first: dict[str, tuple[str, int]] = {}
    for row in sorted(rows, key=lambda row: (len(row.url), row.url)):
        link, count = first.get(row.host, (row.link, 0))
        first[row.host] = (link, count + 1)
    return "\n".join(
        f'<li><a href="{html.escape(link)}">{html.escape(host)}</a> <span>{count} pages</span></li>'
        for host, (link, count) in sorted(first.items())
    )


def _page(row: _Row) -> str:
    return (
        f'<li><a href="{html.escape(row.link)}">{html.escape(row.title)}</a>'
        f" <span>{html.escape(row.url)}</span></li>"
    )


def _seeds_in(trouble: SeedTrouble) -> str:
    return trouble.url if trouble.seeds == 1 else f"{trouble.seeds} seeds of {trouble.host}"


def _summary(report: Report) -> str:
    run, counts = report.run, report.counts
    rows = [
        ("Run", f"{run.number}, {iso_utc(run.started_at)}"),
        ("Ended", f"{run.outcome}, after {show_duration(report.seconds)}"),
        ("Pages stored", str(counts.pages)),
        ("Unchanged", str(counts.unchanged)),
        *([("Same content as another URL", str(report.duplicates))] if report.duplicates else []),
        ("Requests", f"{counts.requests}, {show_size(counts.wire_bytes)}"),
        ("Known URLs", f"{counts.known} on {counts.hosts} hosts"),
        ("Failed", f"{counts.failed}"),
        ("Excluded", f"{counts.excluded}"),
        ("Still queued", f"{counts.queued}"),
        *((("Seeds", f"{report.seeds}: {report.fates.words}"),) if report.seeds else ()),
        *((_seeds_in(each), each.words) for each in report.fates.troubles[:_MAX_TROUBLES]),
        *(("Seed moved", f"{each.via} leads to {each.url}") for each in report.redirected_seeds[:_MAX_MOVED]),
    ]
    return "\n".join(f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in rows)
