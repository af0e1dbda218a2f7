"""Write output/index.html, the front page: sites, the last run, and the list of pages with its filter."""

from __future__ import annotations

import asyncio
import html
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, field

from crawler.clock import iso_utc
from crawler.fates import SeedTrouble
from crawler.quantities import show_count, show_duration
from crawler.report import GATHERED, Report, told_counts
from crawler.standing import HostState
from crawler.startpage.parts import FRONT, Listed, Site, Write, list_of, list_rows
from crawler.startpage.row import Row, shown
from crawler.startpage.template import fill

__all__ = ["About", "write_start_page"]

_MAX_SITES = 1000
_MAX_MOVED = 100
_MAX_TROUBLES = 100
_MAX_WARNINGS = 100
_OPEN_SITES = 20
_NOTHING = '<p class="soft">None.</p>'
_COMPLETE = frozenset({"finished"})


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What a start page says beside the list.

    Args:
        report: of the last run; where that has not ended, its counts alone are looked at.
        hosts: what the ledger counts of each host; without it the table of sites has pages alone.
        report_file: as `index.html` leads to it; "": there is none.
        seen_at: when the list was made, if the run was still going on then.
        is_excerpt: some pages of a dump alone.
    """

    report: Report
    hosts: Mapping[str, HostState] = field(default_factory=dict)
    report_file: str = ""
    seen_at: float | None = None
    is_excerpt: bool = False


async def write_start_page(rows: AsyncIterator[Row], about: About, stem: str, write: Write) -> int:
    """Write the front page and what it needs, itself as the last; gives how many lines are listed.

    Args:
        rows: by site.
        about: what else is said.
        stem: what the names of the further files begin with, e.g. `pages/`.
        write: keeps a file.
    """
    listed = await list_rows(rows, stem, write)
    await write(FRONT, await asyncio.to_thread(_front, listed, about))
    return listed.rows


def _front(listed: Listed, about: About) -> str:
    report = about.report
    warnings = (f'<p class="warning">{html.escape(line)}</p>' for line in report.warnings[:_MAX_WARNINGS])
    summary = (
        f"<dt>{html.escape(name)}</dt><dd>{html.escape(value)}</dd>" for name, value in _summary(report)
    )
    link = f'<p><a href="{html.escape(about.report_file)}">The last report, and what changed</a></p>'
    return fill(
        "front.html",
        title=html.escape(_title(listed, about)),
        gist=html.escape(_gist(listed, report)),
        state="".join(f'<p class="state">{html.escape(line)}</p>' for line in _state(about)),
        warnings="\n".join(warnings),
        sites=_sites(listed, about.hosts),
        summary="\n".join(summary),
        report=link if about.report_file else "",
        count=f"{listed.pages:,}",
        scripts=html.escape(" ".join(listed.scripts)),
        parts=_parts(listed),
        pages=list_of(listed.first) or _NOTHING,
        next=f'<nav aria-label="Next part"><a rel="next" href="{listed.parts[0][0]}">Next</a></nav>'
        if listed.parts
        else "",
    )


def _title(listed: Listed, about: About) -> str:
    of = next(iter(listed.sites)) if len(listed.sites) == 1 else f"{len(listed.sites):,} sites"
    whole = "Some pages" if about.is_excerpt else "Offline copy"
    return f"{whole} of {of}" if listed.sites else whole


def _gist(listed: Listed, report: Report) -> str:
    """In one line what there is, and of when."""
    run = report.run
    when = f"begun {iso_utc(run.started_at)}" if run.ended_at is None else f"of {iso_utc(run.ended_at)}"
    return f"{show_count(listed.pages, 'page')} of {show_count(len(listed.sites), 'site')}; last run {when}"


def _state(about: About) -> Iterator[str]:
    """What a person should know who did not see how the run went."""
    run, counts = about.report.run, about.report.counts
    if run.ended_at is None:
        yield (
            f"Run {run.number} goes on, or was interrupted. If no crawler is at work on this folder, the same"
            " line again continues it; what is listed here can be read now."
        )
        if about.seen_at is not None:
            yield f"The list is of {iso_utc(about.seen_at)}; it is made anew as pages come in."
    elif run.outcome == "stopped":
        yield f"The run was stopped, with {counts.queued:,} URLs queued. The same line again continues it."
    elif run.outcome == GATHERED:
        yield (
            f"Not everything of this run is gathered yet, and {counts.queued:,} URLs are queued."
            " crawler gather takes what has come since."
        )
    elif run.outcome not in _COMPLETE and counts.queued:
        yield f"The run ended by {run.outcome}, with {counts.queued:,} URLs queued. The next one goes on with them."


def _parts(listed: Listed) -> str:
    """The links to the further pages, each by the sites it is about."""
    if not listed.parts:
        return ""
    links = "\n".join(
        f'<a href="{html.escape(name)}">{number}: {html.escape(first if first == last else f"{first} to {last}")}</a>'
        for number, (name, first, last) in enumerate(listed.parts, 2)
    )
    return (
        f"<details>\n<summary>The list goes on in {show_count(len(listed.parts), 'more part')}</summary>\n"
        f'<nav aria-label="Parts">\n{links}\n</nav>\n</details>'
    )


def _sites(listed: Listed, hosts: Mapping[str, HostState]) -> str:
    """The table of sites, but for the first ones folded away; of very many those with the most pages."""
    if not listed.sites:
        return _NOTHING
    largest = sorted(listed.sites, key=lambda name: -listed.sites[name].pages)[:_MAX_SITES]
    rows = [_site(name, listed.sites[name], hosts) for name in sorted(largest)]
    heads = ["Site", "Pages", *(["Not fetched", "Queued"] if hosts else ())]
    head = "".join(f'<th scope="col">{name}</th>' for name in heads)
    table = f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{{}}\n</tbody>\n</table>"
    said = [table.format("\n".join(rows[:_OPEN_SITES]))]
    if more := rows[_OPEN_SITES:]:
        summary = f"<summary>{show_count(len(more), 'more site')}</summary>"
        said += ["<details>", summary, table.format("\n".join(more)), "</details>"]
    if left := len(listed.sites) - len(largest):
        said.append(
            f'<p class="soft">In the list below alone: {show_count(left, "site")} with fewer pages.</p>'
        )
    return "\n".join(said)


def _site(name: str, site: Site, hosts: Mapping[str, HostState]) -> str:
    label = html.escape(name)
    if site.home:
        label = f'<a href="{html.escape(site.home)}">{label}</a>'
    cells = [f'<a href="{html.escape(site.place)}">{site.pages:,}</a>']
    if host := hosts.get(name):
        cells += [f"{host.failed + host.excluded:,}", f"{host.queued + host.claimed:,}"]
    elif hosts:
        cells += ["", ""]
    return f'<tr><th scope="row">{label}</th>{"".join(f"<td>{cell}</td>" for cell in cells)}</tr>'


def _seeds_in(trouble: SeedTrouble) -> str:
    return shown(trouble.url) if trouble.seeds == 1 else f"{trouble.seeds} seeds of {trouble.host}"


def _summary(report: Report) -> Iterator[tuple[str, str]]:
    run, counts = report.run, report.counts
    yield "Run", f"{run.number}, {iso_utc(run.started_at)}"
    if run.ended_at is not None:
        yield "Ended", f"{run.outcome}, after {show_duration(report.seconds)}"
    yield "Pages stored", f"{counts.pages:,}"
    yield "Unchanged", f"{counts.unchanged:,}"
    if report.duplicates:
        yield "Same content as another URL", f"{report.duplicates:,}"
    yield from told_counts(report)
    for trouble in report.fates.troubles[:_MAX_TROUBLES]:
        yield _seeds_in(trouble), shown(trouble.words)
    for each in report.redirected_seeds[:_MAX_MOVED]:
        yield "Seed moved", f"{shown(each.via or '')} leads to {shown(each.url)}"
