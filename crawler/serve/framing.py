"""Show a captured page in a frame of another origin, with a bar above it that knows where the frame is."""

from __future__ import annotations

from aiohttp import web

from crawler.browse.replay import moment_of
from crawler.browse.sighting import Sighting, sight
from crawler.clock import iso_utc
from crawler.serve.boxes import DUMP
from crawler.serve.html import page_response
from crawler.serve.keys import BOXES, SETTINGS, SHELF, VIEWS
from crawler.serve.pages import about
from crawler.serve.problem import ProblemError

__all__ = ["add_routes"]


def add_routes(router: web.UrlDispatcher) -> None:
    """Lead the paths of framed pages here."""
    router.add_get("/dump", dump)
    router.add_get("/view/{tail:.+}", view)
    router.add_get("/views/{name}", viewed)


async def dump(request: web.Request) -> web.Response:
    """The start page of the dump as it lies in the folder, in a frame."""
    return _framed(request, "/dump/index.html", DUMP, "", "")


async def view(request: web.Request) -> web.Response:
    """A captured page as of a date, in a frame, with a bar above it."""
    raw = request.raw_path.removeprefix("/view")
    moment = moment_of(raw)
    if moment is None:
        raise ProblemError(404, "write /view/20261127/https://example.org/, or now in place of the date")
    async with request.app[SHELF].reader() as reader:
        sighting = await sight(reader, moment, is_page=True)
    return _framed(request, moment.path, moment.url, _told(sighting) or "", moment.when)


def _framed(request: web.Request, path: str, url: str, shown: str, when: str) -> web.Response:
    name = request.app[SETTINGS].shows_archive_at
    port = request.host.rpartition(":")[2]
    host = (
        request.host if name is None else f"{name}:{port}" if port.isdigit() and ":" in request.host else name
    )
    view_name = request.app[VIEWS].open(path)
    title = url or "The dump as it lies in the folder"
    values = {
        "source": f"{request.scheme}://{host}{request.app[BOXES].root(url, view_name)}{path}",
        "name": view_name,
        "url": title,
        "shown": shown or ("as it is now" if not when else "not captured"),
        "when": when if when.isdigit() else "",
        "versions": about("/versions", url) if when else "/pages",
        "why": about("/why", url) if when else "/urls",
    }
    return page_response("view.html", request, title=title, values=values, script="view.js")


def _told(sighting: Sighting | None) -> str | None:
    """When what is shown was captured, for the bar; None: it was not."""
    if sighting is None:
        return None
    captured = iso_utc(sighting.capture.captured_at)
    return captured if sighting.is_exact else f"{captured}, without its query"


async def viewed(request: web.Request) -> web.Response:
    """Where a frame is by now, for the bar above it."""
    path = request.app[VIEWS].path(request.match_info["name"])
    moment = None if path is None else moment_of(path)
    if moment is None:
        raise ProblemError(404, "no such frame")
    async with request.app[SHELF].reader() as reader:
        sighting = await sight(reader, moment, is_page=True)
    return web.json_response(
        {
            "url": moment.url,
            "when": moment.when,
            "shown": _told(sighting),
            "path": f"/view{moment.path}",
        }
    )
