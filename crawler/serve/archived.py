"""Show archived pages, which are hostile, at a name of their own and in a box.

Their policy gives them an origin that nobody else has (`sandbox` without `allow-same-origin`) and lets them load
from this place alone. A page that would fill a window is put into a frame: what keeps a script from leading its
window to the live web is the policy of the page around it. Forms lead to archived pages alone, and no header that was
archived is repeated. Every path begins with a key that is new with each start of the server: what knows none of it
finds nothing here, whatever site it comes from. Scripts read what lies at the site of their page (`boxes`), and
nothing of another or of the dump.
"""

from __future__ import annotations

import asyncio
import dataclasses
import re
from collections.abc import Iterator
from io import BufferedReader

from aiohttp import hdrs, web

from crawler.body import Body
from crawler.browse.dumpfiles import open_file, type_of
from crawler.browse.replay import Moment, Shown, moment_of
from crawler.browse.sighting import CopiesAsOf, sight
from crawler.errors import StorageError
from crawler.originals import Originals
from crawler.serve.html import HTML, fill
from crawler.serve.keys import ARCHIVED_SHELF, BOXES, OUTPUT, REPLAY, SPOOL, VIEWS
from crawler.serve.marks import MAY_BE_READ
from crawler.serve.ranges import Stretch, stretch_of

__all__ = ["answer_archived"]

_DUMP = "/dump/"
_PIECE_BYTES = 1 << 16
# Of a path that somebody made up nothing gets into a policy.
_PLAIN = re.compile(r"/[0-9a-f~-]+")
_FORWARDED = frozenset({301, 302, 303, 307, 308})
# As Fetch Metadata (section 2.1) names them: pages, and what a page uses without reading it.
_FRAMES = frozenset({"iframe", "frame"})
_WINDOW = "document"
_PAGES = _FRAMES | {_WINDOW}
# A browser that does not say what it wants may want a page.
_MAY_BE_PAGES = _PAGES | {""}
_USED = frozenset({"font", "script", "style", "image", "audio", "video", "track"})


async def answer_archived(request: web.Request) -> web.StreamResponse:
    """An archived page as of a date, or a file of the dump; 404 for all else."""
    box = request.app[BOXES].box_of(request.raw_path)
    if box is None:
        return _nothing(request, "Nothing is shown here", "Open it from the list of pages.", 404)
    if request.method not in {"GET", "HEAD"}:
        return _nothing(request, "Nothing can be changed here", "An archived form cannot be sent.", 405)
    cut = request.raw_path.index("/", 1)
    root, path = request.raw_path[:cut], request.raw_path[cut:]
    destination = request.headers.get("Sec-Fetch-Dest", "")
    if path.startswith(_DUMP):
        name = path.removeprefix(_DUMP).partition("?")[0]
        if destination == _WINDOW:
            return _alone(request, f"{root}{_DUMP}{name}?framed", name)
        return await _dump_file(request, name)
    moment = moment_of(path)
    if moment is None:
        return _nothing(request, "Not archived", "This address was made by a script of the page.", 404)
    is_own = request.app[BOXES].is_own(box, moment.url)
    if destination in _PAGES and not is_own:
        # Another site's page has a box of its own, whoever leads there.
        return _lead(request, request.app[BOXES].root(moment.url, box.view) + moment.path)
    if destination == _WINDOW:
        framed = dataclasses.replace(moment, is_embedded=True)
        return _alone(request, root + framed.path, moment.url)
    if destination in _FRAMES and not moment.is_embedded:
        request.app[VIEWS].note(box.view, moment.path)
    request[MAY_BE_READ] = is_own or destination in _USED
    return await _as_of(request, moment, root, destination)


async def _as_of(request: web.Request, moment: Moment, root: str, destination: str) -> web.StreamResponse:
    async with request.app[ARCHIVED_SHELF].reader() as reader:
        sighting = await sight(reader, moment, is_page=destination in _PAGES)
        if sighting is None:
            return _nothing(request, "Not archived", moment.url, 404)
        capture = sighting.capture
        if capture.status in _FORWARDED and capture.redirect_to is not None:
            target = Moment(url=capture.redirect_to, when=moment.when, is_embedded=moment.is_embedded)
            return _lead(request, root + target.path)
        originals = Originals(request.app[OUTPUT].archive, reader.ledger, request.app[SPOOL])
        try:
            shown = await request.app[REPLAY].show(
                capture,
                originals,
                CopiesAsOf(reader, moment.at),
                moment.when,
                root,
                is_page=destination in _MAY_BE_PAGES,
            )
        except StorageError as error:
            return _nothing(request, "Its bytes are lost", str(error), 410)
    return await _send(request, shown, root)


def _lead(request: web.Request, location: str) -> web.Response:
    return web.Response(status=302, headers={**_headers(request), hdrs.LOCATION: location})


async def _send(request: web.Request, shown: Shown, root: str) -> web.StreamResponse:
    """A body, or the one stretch of it that is asked for (RFC 9110 section 14)."""
    size = shown.body.size_bytes
    headers = {**_headers(request, root), hdrs.CONTENT_TYPE: shown.content_type, hdrs.ACCEPT_RANGES: "bytes"}
    stretch = stretch_of(request.headers.get(hdrs.RANGE), size)
    if stretch is None:
        headers[hdrs.CONTENT_RANGE] = f"bytes */{size}"
        return web.Response(status=416, headers=headers)
    if stretch.is_part:
        headers[hdrs.CONTENT_RANGE] = f"bytes {stretch.start}-{stretch.end - 1}/{size}"
    response = web.StreamResponse(status=206 if stretch.is_part else 200, headers=headers)
    response.content_length = stretch.size
    await response.prepare(request)
    if request.method != "HEAD":
        await _write(response, _pieces(shown.body, stretch))
    return response


async def _write(response: web.StreamResponse, pieces: Iterator[bytes]) -> None:
    while piece := await asyncio.to_thread(next, pieces, b""):
        await response.write(piece)


def _pieces(body: Body, stretch: Stretch) -> Iterator[bytes]:
    """The stretch of a body, in pieces. Blocking."""
    if body.path is not None:
        with body.path.open("rb") as file:
            file.seek(stretch.start)
            left = stretch.size
            while left and (piece := file.read(min(left, _PIECE_BYTES))):
                left -= len(piece)
                yield piece
        return
    held = body.read()
    for start in range(stretch.start, stretch.end, _PIECE_BYTES):
        yield held[start : min(start + _PIECE_BYTES, stretch.end)]


async def _dump_file(request: web.Request, path: str) -> web.StreamResponse:
    """A file of the dump as it lies there; one that is replaced meanwhile is the old one to its end."""
    opened = await asyncio.to_thread(open_file, request.app[OUTPUT], path)
    if opened is None:
        return _nothing(request, "Nothing lies here", "The dump holds no such file.", 404)
    name, file = opened
    try:
        size = await asyncio.to_thread(file.seek, 0, 2)
        headers = {**_headers(request), hdrs.CONTENT_TYPE: type_of(name)}
        response = web.StreamResponse(headers=headers)
        response.content_length = size
        await response.prepare(request)
        if request.method != "HEAD":
            await asyncio.to_thread(file.seek, 0)
            await _write(response, _read(file, size))
        return response
    finally:
        file.close()


def _read(file: BufferedReader, size: int) -> Iterator[bytes]:
    left = size
    while left and (piece := file.read(min(left, _PIECE_BYTES))):
        left -= len(piece)
        yield piece


def _headers(request: web.Request, root: str = "") -> dict[str, str]:
    """The box in which archived content is shown.

    Args:
        request: that is answered.
        root: forms may lead below this path; "": nowhere.
    """
    here = f"{request.scheme}://{request.host}"
    loads = f"{here} data: blob:"
    forms = f"{here}{root}/" if _PLAIN.fullmatch(root) else "'none'"
    headers = {
        "Content-Security-Policy": (
            f"sandbox allow-scripts allow-forms; default-src {loads} 'unsafe-inline' 'unsafe-eval';"
            f" form-action {forms}; base-uri 'none'; worker-src 'none'; manifest-src 'none'"
        ),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        hdrs.CACHE_CONTROL: "no-store",
    }
    if request.get(MAY_BE_READ, False):
        # Fonts, modules and what scripts load are asked for by an origin without a name.
        headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = "null"
    return headers


def _alone(request: web.Request, source: str, title: str) -> web.Response:
    """A page with nothing in it but the frame of an archived one."""
    body = fill("alone.html", {"title": title, "source": source})
    headers = {**_headers(request), hdrs.CONTENT_TYPE: HTML}
    return web.Response(body=body.encode("utf-8", "replace"), headers=headers)


def _nothing(request: web.Request, title: str, detail: str, status: int) -> web.Response:
    """A page in place of one that is not there."""
    body = fill("nothing.html", {"title": title, "detail": detail})
    headers = {**_headers(request), hdrs.CONTENT_TYPE: HTML}
    return web.Response(status=status, body=body.encode("utf-8", "replace"), headers=headers)
