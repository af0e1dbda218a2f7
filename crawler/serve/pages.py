"""Show people the views: watch a crawl, list and search pages, look at one as of a date, compare, ask why."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import quote

from aiohttp import web

from crawler.browse.replay import stamp
from crawler.browse.textdiff import Line
from crawler.clock import iso_utc
from crawler.explanation import explain_url
from crawler.model import Capture, State
from crawler.quantities import show_size
from crawler.serve.api import compared
from crawler.serve.html import Markup, cells, escaped, fill, link, page_response, word
from crawler.serve.keys import CLOCK, OUTPUT, SEARCHING, SETTINGS, SHELF
from crawler.serve.problem import ProblemError
from crawler.serve.shapes import one_of, text_of, url_of, view_path, whole_number
from crawler.standing import Entry
from crawler.telling import explanation_lines
from crawler.urls import canonicalize, identity

__all__ = ["about", "add_routes"]

_LISTED = 200
_FOUND = 20
_MOST_OFFSET = 10_000
_MOST_VERSIONS_SHOWN = 200
_KINDS = {"same": " ", "removed": "-", "added": "+", "left out": "…"}


def add_routes(router: web.UrlDispatcher) -> None:
    """Lead the paths of the views here."""
    router.add_get("/", watch)
    router.add_get("/pages", pages)
    router.add_get("/search", search)
    router.add_get("/urls", urls)
    router.add_get("/why", why)
    router.add_get("/versions", versions)
    router.add_get("/diff", diff)


async def watch(request: web.Request) -> web.Response:
    """The dashboard."""
    settings = request.app[SETTINGS]
    values = {
        "folder": request.app[OUTPUT].folder.absolute().name,
        "scopes": Markup("".join(f"<option>{each}</option>" for each in _SCOPES)),
        "private": "" if settings.opens_private else "Seeds on private addresses are not taken here.",
    }
    return page_response("watch.html", request, title="Watch", values=values, script="watch.js")


_SCOPES = ("host", "page", "prefix", "domain", "any")


async def pages(request: web.Request) -> web.Response:
    """What can be looked at: URLs with a good copy, as they were met."""
    after = whole_number(request, "after", 0)
    host = text_of(request, "host", 300)
    async with request.app[SHELF].reader() as reader:
        found: list[tuple[int, Entry]] = []
        last = after
        # Images and failures lie between the pages; a stretch of them is passed over at once.
        for _ in range(_MOST_STRETCHES):
            stretch = await reader.entries(last, _LISTED, host=host or None)
            found += [each for each in stretch if _is_page(each[1])]
            is_end = len(stretch) < _LISTED
            last = stretch[-1][0] if stretch else last
            if is_end or len(found) >= _LISTED:
                break
        hosts = await reader.busy_hosts(_LISTED)
    rows = [_page_row(entry) for _, entry in found]
    choices = "".join(
        f"<option{' selected' if each.host == host else ''}>{escaped(each.host)}</option>" for each in hosts
    )
    following = f"/pages?after={last}&host={quote(host)}"
    values = {
        "rows": cells(rows, frozenset({2})),
        "count": len(rows),
        "hosts": Markup(choices),
        "next": Markup(f'<a rel="next" href="{escaped(following)}">More</a>') if not is_end else "",
        "nothing": "" if rows else "No page was captured yet.",
    }
    return page_response("pages.html", request, title="Pages", values=values, script="tables.js")


_MOST_STRETCHES = 20


def _is_page(entry: Entry) -> bool:
    return entry.good is not None and "html" in entry.good.media_type and not entry.candidate.is_requisite


def _page_row(entry: Entry) -> Sequence[Any]:
    good = entry.good
    assert good is not None
    url = entry.candidate.url
    title = good.title or url
    where = fill("place.html", {"view": view_path("now", url), "title": title, "url": url})
    ways = Markup(f"{link(about('/versions', url), 'versions')} {link(about('/why', url), 'why')}")
    return (where, word(iso_utc(good.captured_at)), show_size(good.size_bytes), ways)


async def search(request: web.Request) -> web.Response:
    """Pages in which words stand."""
    words = text_of(request, "q", 500)
    after = whole_number(request, "after", 0, _MOST_OFFSET)
    said, results, following = "", Markup(""), Markup("")
    if words.strip():
        answer = await request.app[SEARCHING].find(words, after, _FOUND)
        said = f"{answer.total:,} of {answer.pages:,} pages"
        if not answer.is_whole:
            said += "; the index is being made, ask again in a while for the rest"
        results = Markup("\n".join(_result(each.url, each.title, each.snippet) for each in answer.found))
        if len(answer.found) == _FOUND and after + _FOUND <= _MOST_OFFSET:
            more = f"/search?q={quote(words)}&after={after + _FOUND}"
            following = Markup(f'<a rel="next" href="{escaped(more)}">More</a>')
    values = {"words": words, "said": said, "results": results, "next": following}
    return page_response("search.html", request, title="Search", values=values)


def _result(url: str, title: str, snippet: str) -> str:
    values = {
        "view": view_path("now", url),
        "title": _marked(title or url),
        "snippet": _marked(snippet),
        "url": url,
    }
    return fill("result.html", values)


def _marked(text: str) -> Markup:
    """A text of the index, escaped, with the words that were found marked."""
    return Markup(escaped(text).replace("\x02", "<mark>").replace("\x03", "</mark>"))


async def urls(request: web.Request) -> web.Response:
    """URLs by what became of them, a stretch at a time."""
    state = one_of(request, "state") if request.query.get("state") else None
    after, host = whole_number(request, "after", 0), text_of(request, "host", 300)
    async with request.app[SHELF].reader() as reader:
        found = await reader.entries(after, _LISTED, state=state, host=host or None)
    rows = [
        (
            link(about("/why", each.candidate.url), each.candidate.url),
            word(each.state),
            each.status or "",
            each.reason,
        )
        for _, each in found
    ]
    choices = "".join(
        f"<option{' selected' if each is state else ''}>{each.value}</option>" for each in State
    )
    more = f"/urls?after={found[-1][0]}&host={quote(host)}" if len(found) == _LISTED else ""
    more += f"&state={state.value}" if more and state else ""
    values = {
        "rows": cells(rows, frozenset({2})),
        "states": Markup(choices),
        "host": host,
        "next": Markup(f'<a rel="next" href="{escaped(more)}">More</a>') if more else "",
    }
    return page_response("urls.html", request, title="URLs", values=values, script="tables.js")


async def why(request: web.Request) -> web.Response:
    """How a URL was reached and what became of it."""
    if not request.query.get("url"):
        return page_response("why.html", request, title="Why", values={"url": "", "lines": "", "ways": ""})
    url = url_of(request)
    async with request.app[SHELF].reader() as reader:
        found = await explain_url(reader.ledger, url, request.app[CLOCK].now(), request.app[OUTPUT])
    good = found.entry.good if found.entry else None
    ways = (
        [link(about("/versions", url), "its versions"), link(view_path("now", url), "look at it")]
        if good
        else []
    )
    values = {"url": url, "lines": "\n".join(explanation_lines(found)), "ways": Markup(" · ".join(ways))}
    return page_response("why.html", request, title="Why", values=values)


async def versions(request: web.Request) -> web.Response:
    """Every answer of a URL that was kept, and which two of them to compare."""
    url = url_of(request)
    async with request.app[SHELF].reader() as reader:
        found = list(await reader.versions(identity(url)))[:_MOST_VERSIONS_SHOWN]
    if not found:
        raise ProblemError(
            404, f"{url} was never captured; /why?url={quote(url, safe='')} tells what became of it"
        )
    rows = [_version_row(capture, place) for place, (_, capture) in enumerate(found)]
    values = {"url": url, "rows": cells(rows, frozenset({3})), "now": view_path("now", url)}
    return page_response("versions.html", request, title="Versions", values=values)


def _version_row(capture: Capture, place: int) -> Sequence[Any]:
    when = stamp(capture.captured_at)
    shown = iso_utc(capture.captured_at)
    picks = [
        Markup(
            f'<input type="radio" name="{name}" value="{when}" aria-label="{name} {shown}"'
            f"{' checked' if place == chosen else ''}>"
        )
        for name, chosen in (("from", 1), ("to", 0))
    ]
    return (
        *picks,
        link(view_path(when, capture.url), shown),
        capture.status,
        capture.media_type,
        capture.digest[7:19],
    )


async def diff(request: web.Request) -> web.Response:
    """What was added and removed between two versions."""
    url = url_of(request)
    old, new, lines = await compared(request, url)
    values = {
        "url": url,
        "versions": about("/versions", url),
        "old": iso_utc(old.captured_at),
        "new": iso_utc(new.captured_at),
        "lines": _diff_lines(lines),
        "same": "" if lines else "The text is the same.",
    }
    return page_response("diff.html", request, title="Difference", values=values)


def _diff_lines(lines: Iterable[Line]) -> Markup:
    shown = []
    for line in lines:
        text = f"{line.text} lines are the same" if line.kind == "left out" else line.text
        tag = {"removed": "del", "added": "ins"}.get(line.kind, "span")
        kind = line.kind.replace(" ", "-")
        shown.append(
            f'<li class="{kind}"><b aria-hidden="true">{_KINDS[line.kind]}</b><{tag}>{escaped(text)}</{tag}></li>'
        )
    return Markup("\n".join(shown))


def about(path: str, url: str) -> str:
    """The path of a view about a URL."""
    return f"{path}?url={quote(canonicalize(url) or url, safe='')}"
