"""Read an output by API: counts, runs, hosts, URLs, captures, search, comparison, and why."""

from __future__ import annotations

import dataclasses
import re
from typing import Any

from aiohttp import web

from crawler.browse.replay import at_of
from crawler.browse.searching import page_lines
from crawler.browse.textdiff import Line, compare
from crawler.clock import iso_utc
from crawler.explanation import explain_url
from crawler.frontier.browsing import Browsing
from crawler.frontier.history import History
from crawler.model import Capture
from crawler.originals import Originals
from crawler.serve.keys import CLOCK, OUTPUT, SEARCHING, SHELF, SPOOL
from crawler.serve.problem import ProblemError
from crawler.serve.shapes import (
    capture_values,
    entry_values,
    limit_of,
    one_of,
    stretch,
    text_of,
    url_of,
    whole_number,
)
from crawler.standing import Run
from crawler.telling import explanation_lines, explanation_values, host_values
from crawler.urls import identity

__all__ = ["add_routes", "compared", "run_values"]

_MOST_OFFSET = 10_000
_MAX_VERSION_CHARS = 14
_RUN = re.compile("run:([0-9]{1,9})")


def add_routes(router: web.UrlDispatcher) -> None:
    """Lead the paths of what is read here."""
    router.add_get("/api/status", status)
    router.add_get("/api/runs", runs)
    router.add_get("/api/hosts", hosts)
    router.add_get("/api/urls", urls)
    router.add_get("/api/captures", captures)
    router.add_get("/api/search", search)
    router.add_get("/api/diff", diff)
    router.add_get("/api/why", why)


async def status(request: web.Request) -> web.Response:
    """The counts, and the last run."""
    async with request.app[SHELF].reader() as reader:
        counts, found = await reader.ledger.counts(), await reader.ledger.runs()
    last = run_values(found[-1]) if found else None
    return web.json_response({"counts": dataclasses.asdict(counts), "run": last})


async def runs(request: web.Request) -> web.Response:
    """Every run, the last one first."""
    after, limit = whole_number(request, "after", 0), limit_of(request)
    async with request.app[SHELF].reader() as reader:
        found = list(reversed(await reader.ledger.runs()))[after : after + limit]
    return stretch([run_values(run) for run in found], limit, after + len(found))


async def hosts(request: web.Request) -> web.Response:
    """Hosts by name; the cursor is a name."""
    after, limit = text_of(request, "after", 300), limit_of(request)
    async with request.app[SHELF].reader() as reader:
        found = await reader.hosts(after, limit)
    now = request.app[CLOCK].now()
    return stretch([host_values(host, now) for host in found], limit, found[-1].host if found else None)


async def urls(request: web.Request) -> web.Response:
    """URLs as they were met, of one state or host if asked for."""
    after, limit, state = whole_number(request, "after", 0), limit_of(request), one_of(request, "state")
    host = text_of(request, "host", 300) or None
    async with request.app[SHELF].reader() as reader:
        found = await reader.entries(after, limit, state=state, host=host)
    return stretch([entry_values(*each) for each in found], limit, found[-1][0] if found else None)


async def captures(request: web.Request) -> web.Response:
    """Answers that were kept: all, in the order they came, or those of one URL, the last first."""
    after, limit = whole_number(request, "after", 0), limit_of(request)
    async with request.app[SHELF].reader() as reader:
        if "url" in request.query:
            found = list(await reader.versions(identity(url_of(request))))[after : after + limit]
            return stretch([capture_values(*each) for each in found], limit, after + len(found))
        found = list(await reader.captures(after, limit))
    return stretch([capture_values(*each) for each in found], limit, found[-1][0] if found else None)


async def search(request: web.Request) -> web.Response:
    """Pages in which all the words stand, the best first; what is given is text, not HTML."""
    words, limit = text_of(request, "q", 500), limit_of(request)
    after = whole_number(request, "after", 0, _MOST_OFFSET)
    answer = await request.app[SEARCHING].find(words, after, limit)
    items = [
        {"url": each.url, "title": _plain(each.title), "snippet": _plain(each.snippet)}
        for each in answer.found
    ]
    more = after + len(items) if len(items) == limit and after + limit <= _MOST_OFFSET else None
    return web.json_response(
        {
            "items": items,
            "next": more,
            "total": answer.total,
            "indexed_pages": answer.pages,
            "is_whole": answer.is_whole,
        }
    )


async def diff(request: web.Request) -> web.Response:
    """The text of a URL as of two dates, line by line."""
    url = url_of(request)
    old, new, lines = await compared(request, url)
    return web.json_response(
        {
            "url": url,
            "from": iso_utc(old.captured_at),
            "to": iso_utc(new.captured_at),
            "lines": [dataclasses.asdict(line) for line in lines],
        }
    )


async def why(request: web.Request) -> web.Response:
    """How a URL was reached and what became of it."""
    url = url_of(request)
    async with request.app[SHELF].reader() as reader:
        found = await explain_url(reader.ledger, url, request.app[CLOCK].now(), request.app[OUTPUT])
    return web.json_response(explanation_values(found) | {"lines": explanation_lines(found)})


async def compared(request: web.Request, url: str) -> tuple[Capture, Capture, list[Line]]:
    """The versions of a URL that the query names by `from` and `to`, and how their texts differ.

    Raises:
        ProblemError: 400: one is neither date nor run; 404: it was never captured.
        StorageError: the original is lost.
    """
    versions = [text_of(request, name, _MAX_VERSION_CHARS) for name in ("from", "to")]
    async with request.app[SHELF].reader() as reader:
        old, new = [await _version(reader, url, version) for version in versions]
        if old is None or new is None:
            raise ProblemError(404, f"{url} was never captured")
        originals = Originals(request.app[OUTPUT].archive, reader.ledger, request.app[SPOOL])
        texts = [await page_lines(capture, originals) for capture in (old, new)]
    return old, new, compare(*texts)


async def _version(reader: Browsing, url: str, version: str) -> Capture | None:
    """What a URL was at a date, or as a run left it; None: it was nothing."""
    if (run := _RUN.fullmatch(version)) is not None:
        return await History(reader.ledger).copy_as_of(identity(url), int(run[1]))
    at = at_of(version)
    if at < 0:
        raise ProblemError(
            400,
            "from and to must be dates of 4 to 14 digits, e.g. 20261127, or now, or run:3 for what run 3 left",
        )
    return await reader.as_of(identity(url), at)


def run_values(run: Run) -> dict[str, Any]:
    """A run as the API shows it."""
    return {
        "number": run.number,
        "name": run.name,
        "started_at": iso_utc(run.started_at),
        "ended_at": None if run.ended_at is None else iso_utc(run.ended_at),
        "outcome": run.outcome or None,
        "counts": dataclasses.asdict(run.counts),
    }


def _plain(marked: str) -> str:
    """A text of the index without its marks."""
    return marked.translate({2: None, 3: None})
