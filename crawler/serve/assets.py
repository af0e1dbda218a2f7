"""Hand out the few files that pages are made with: styles, scripts, the charts' library. Nothing else lies here."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

from aiohttp import hdrs, web

from crawler.serve.problem import ProblemError

__all__ = ["add_routes"]

_TYPES = {
    "style.css": "text/css; charset=utf-8",
    "uPlot.min.css": "text/css; charset=utf-8",
    "uPlot.iife.min.js": "text/javascript; charset=utf-8",
    "uPlot.LICENSE": "text/plain; charset=utf-8",
    "watch.js": "text/javascript; charset=utf-8",
    "tables.js": "text/javascript; charset=utf-8",
    "view.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


def add_routes(router: web.UrlDispatcher) -> None:
    """Lead the paths of these files here."""
    router.add_get("/assets/{name}", asset)
    router.add_get("/favicon.ico", icon)


async def asset(request: web.Request) -> web.Response:
    """One of the files; the browser asks whether it has changed."""
    return _answer(request, request.match_info["name"])


async def icon(request: web.Request) -> web.Response:
    """The icon of the tab."""
    return _answer(request, "icon.svg")


def _answer(request: web.Request, name: str) -> web.Response:
    if name not in _TYPES:
        raise ProblemError(404, "no such file")
    content, tag = _content(name)
    headers = {hdrs.CONTENT_TYPE: _TYPES[name], hdrs.CACHE_CONTROL: "no-cache", hdrs.ETAG: f'"{tag}"'}
    known = request.if_none_match
    if known is not None and any(each.value in {tag, "*"} for each in known):
        return web.Response(status=304, headers=headers)
    return web.Response(body=content, headers=headers)


@cache
def _content(name: str) -> tuple[bytes, str]:
    content = resources.files("crawler.serve").joinpath("assets", name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:16]
