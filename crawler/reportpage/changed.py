"""Put what changed between two runs on a page: a chart of the kinds, and the URLs of each."""

from __future__ import annotations

import html
from collections.abc import Iterator

from crawler.changes import ChangeKind, ChangeList
from crawler.clock import iso_utc
from crawler.quantities import show_count
from crawler.reportpage.charts import bars
from crawler.reportpage.template import fill
from crawler.standing import Run
from crawler.startpage.row import shown

__all__ = ["changes_page", "changes_section"]

_MAX_LISTED = 1000
_OPEN = 25
_MAX_HREF_CHARS = 4000
_SAID = {
    ChangeKind.NEW: "New",
    ChangeKind.CHANGED: "Changed",
    ChangeKind.GONE: "Gone; the last good copy stays",
    ChangeKind.UNLINKED: "Still there, but no page leads there any more",
    ChangeKind.MOVED: "Moved",
    ChangeKind.FAILING: "Failing; the last good copy stays",
    ChangeKind.RECOVERED: "Good again, as it was",
}


def changes_page(before: Run | None, now: Run, found: ChangeList) -> str:
    """A page of its own.

    Args:
        before: the run that is compared with; None: there is none.
        now: the run that is looked at.
        found: what changed.
    """
    against = (
        "the first run: there is nothing to compare with"
        if before is None
        else f"against run {before.number} of {iso_utc(before.started_at)}"
    )
    return fill(
        title=html.escape(f"What changed in run {now.number}"),
        gist=html.escape(f"{iso_utc(now.started_at)}, {against}"),
        content=changes_section(found),
    )


def changes_section(found: ChangeList) -> str:
    """The part of a page that tells it."""
    if not found.total:
        return '<p class="soft">Nothing changed.</p>'
    chart = bars(
        [(kind, found.counts[kind], f"{found.counts[kind]:,}") for kind in ChangeKind if found.counts[kind]],
        caption=show_count(found.total, "change"),
    )
    return "\n".join([chart, *(_listed(kind, found) for kind in ChangeKind if found.counts[kind])])


def _listed(kind: ChangeKind, found: ChangeList) -> str:
    lines = list(_lines(kind, found))
    said = [f"<h3>{html.escape(_SAID[kind])} ({found.counts[kind]:,})</h3>"]
    said.append(f"<ul>\n{chr(10).join(lines[:_OPEN])}\n</ul>")
    if more := lines[_OPEN:]:
        said.append(
            f"<details><summary>{len(more):,} more</summary>\n<ul>\n{chr(10).join(more)}\n</ul></details>"
        )
    if (left := found.counts[kind] - len(lines)) > 0:
        said.append(f'<p class="soft">and {left:,} beyond these: crawler changes --json lists them all.</p>')
    return "\n".join(said)


def _lines(kind: ChangeKind, found: ChangeList) -> Iterator[str]:
    for place, change in enumerate(found.of(kind)):
        if place == _MAX_LISTED:
            return
        url = change["url"]
        name = html.escape(shown(change.get("title") or url))
        link = (
            f'<a href="{html.escape(url)}" rel="noreferrer">{name}</a>'
            if len(url) <= _MAX_HREF_CHARS
            else name
        )
        more = [shown(url)] if change.get("title") else []
        more += [f"now {shown(change['to'])}"] if "to" in change else []
        more += [shown(change["reason"])] if "reason" in change and "to" not in change else []
        yield f"<li>{link}{''.join(f'<span><bdi>{html.escape(each)}</bdi></span>' for each in more)}</li>"
