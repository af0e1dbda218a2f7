"""Answer for our own names alone, and lead the name of archived pages to archived pages and nowhere else."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from crawler.serve.keys import BOXES, SETTINGS
from crawler.serve.marks import IS_ARCHIVE
from crawler.serve.problem import ProblemError

__all__ = ["heed_names"]

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]{2,45}\]|[0-9A-Za-z._-]{1,253})(?::(\d{1,5}))?")


def heed_names(archived: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> Middleware:
    """The middleware that looks at `Host`.

    Args:
        archived: answers what is asked of archived pages.
    """

    @web.middleware
    async def named(request: web.Request, handler: Handler) -> web.StreamResponse:
        settings = request.app[SETTINGS]
        match = _HOST.fullmatch(request.headers.get("Host", ""))
        if match is None:
            raise ProblemError(400, "no name of a host is asked for; send a Host header")
        name = match[1].lower()
        if settings.shows_archive_at is None:
            request[IS_ARCHIVE] = request.app[BOXES].holds(request.raw_path)
        else:
            request[IS_ARCHIVE] = name == settings.shows_archive_at
        if request[IS_ARCHIVE]:
            return await archived(request)
        if not settings.knows(name):
            raise ProblemError(421, f"{name} is none of our names; ask for http://{settings.host}:PORT/")
        return await handler(request)

    return named
