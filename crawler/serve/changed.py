"""Show what changed between two runs: by API, and as a page with the difference one click away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from crawler.browse.comparing import Comparison
from crawler.browse.replay import stamp
from crawler.changes import ChangeKind
from crawler.clock import iso_utc
from crawler.errors import UsageError
from crawler.serve.html import Markup, cells, escaped, fill, link, page_response, word
from crawler.serve.keys import COMPARING
from crawler.serve.pages import about
from crawler.serve.problem import ProblemError
from crawler.serve.shapes import limit_of, text_of, view_path, whole_number
from crawler.standing import Run

__all__ = ["add_routes"]

_LISTED = 200
_MAX_RUN_CHARS = 40
_MOST_RUNS = 500
_WITH_DIFFERENCE = frozenset({ChangeKind.CHANGED, ChangeKind.UNLINKED})


def add_routes(router: web.UrlDispatcher) -> None:
    """Lead the paths of changes here."""
    router.add_get("/api/changes", list_changes)
    router.add_get("/changes", show)


async def list_changes(request: web.Request) -> web.Response:
    """What changed between the last two runs, or any two, a stretch at a time."""
    after, limit = whole_number(request, "after", 0), limit_of(request)
    told = await _find(request, after, limit)
    items = [_change_values(told, kind, change) for kind, change in told.found]
    return web.json_response(
        {
            "from": None if told.before is None else told.before.name,
            "to": None if told.now is None else told.now.name,
            "counts": told.counts,
            "items": items,
            "next": after + len(items) if len(items) == limit else None,
        }
    )


async def show(request: web.Request) -> web.Response:
    """The same as a page."""
    after = whole_number(request, "after", 0)
    told = await _find(request, after, _LISTED)
    chosen = request.query.get("kind", "")
    following = ""
    if len(told.found) == _LISTED:
        following = link(_path(told, kind=chosen, after=after + _LISTED), "More")
    values = {
        "from": _choices(told.runs, told.before),
        "to": _choices(told.runs, told.now),
        "kinds": _kinds(told, chosen),
        "rows": cells(_row(told, kind, change) for kind, change in told.found),
        "nothing": _nothing(told, chosen),
        "next": following,
    }
    return page_response("changes.html", request, title="Changes", values=values, script="tables.js")


async def _find(request: web.Request, after: int, limit: int) -> Comparison:
    kind = request.query.get("kind")
    if kind is not None and kind not in set(ChangeKind):
        raise ProblemError(400, f"kind must be one of {', '.join(ChangeKind)}")
    since, until = (text_of(request, name, _MAX_RUN_CHARS) or None for name in ("from", "to"))
    try:
        return await request.app[COMPARING].find(
            since, until, after=after, limit=limit, kind=None if kind is None else ChangeKind(kind)
        )
    except UsageError as error:
        raise ProblemError(404, str(error)) from None


def _change_values(told: Comparison, kind: ChangeKind, change: Mapping[str, str]) -> dict[str, Any]:
    url = change["url"]
    return {
        "kind": kind.value,
        "url": url,
        "title": change.get("title", ""),
        "media_type": change.get("media_type", ""),
        "reason": change.get("reason", ""),
        "to": change.get("to"),
        "view": view_path(_when(told.now), url),
        "diff": _diff_path(told, url) if kind in _WITH_DIFFERENCE else None,
    }


def _when(run: Run | None) -> str:
    """The date of the views that show what a run left."""
    return "now" if run is None or run.ended_at is None else stamp(run.ended_at)


def _diff_path(told: Comparison, url: str) -> str:
    assert told.before is not None
    assert told.now is not None
    return f"{about('/diff', url)}&from=run:{told.before.number}&to=run:{told.now.number}"


def _path(told: Comparison, **more: Any) -> str:
    """The path of the page about the same two runs."""
    runs = {name: run.name for name, run in (("from", told.before), ("to", told.now)) if run is not None}
    return f"/changes?{urlencode(runs | {name: value for name, value in more.items() if value})}"


def _choices(runs: Sequence[Run], chosen: Run | None) -> Markup:
    """The runs to choose from, the last one first."""
    listed = list(reversed(runs[-_MOST_RUNS:]))
    return Markup(
        "\n".join(
            f'<option value="{escaped(run.name)}"{" selected" if run == chosen else ""}>'
            f"{run.number} · {iso_utc(run.started_at)}</option>"
            for run in listed
        )
    )


def _kinds(told: Comparison, chosen: str) -> Markup:
    """How many of each kind, each a link to those alone."""
    counts = [("", "all", sum(told.counts.values()))]
    counts += [(kind.value, kind.value, count) for kind, count in told.counts.items() if count]
    return Markup(
        "\n".join(
            f'<li><a href="{escaped(_path(told, kind=value))}"{" aria-current=true" if value == chosen else ""}>'
            f"{word} <b>{count:,}</b></a></li>"
            for value, word, count in counts
        )
    )


def _row(told: Comparison, kind: ChangeKind, change: Mapping[str, str]) -> Sequence[Any]:
    url = change["url"]
    view = view_path(_when(told.now), url)
    where = fill("place.html", {"view": view, "title": change.get("title") or url, "url": url})
    ways = [link(_diff_path(told, url), "difference")] if kind in _WITH_DIFFERENCE else []
    ways += [link(about("/versions", url), "versions"), link(about("/why", url), "why")]
    to = change.get("to", "")
    more = Markup(f"to {link(about('/why', to), to)}") if to else change.get("reason", "")
    return (word(kind), Markup(f"{where}<br>{' '.join(ways)}"), more)


def _nothing(told: Comparison, chosen: str) -> str:
    """Why the list is empty; "": it is not."""
    if told.found:
        return ""
    if told.now is None:
        return "Nothing was crawled yet."
    if told.before is None:
        return f"Run {told.now.number} is the first: there is nothing to compare it with yet."
    return "Nothing of this kind." if chosen else "Nothing changed between these runs."
