"""Write a line for every request. No query, no header and no body is in it: those may be secrets."""

from __future__ import annotations

import logging
import time

from aiohttp import web
from aiohttp.typedefs import Handler

from crawler.serve.marks import IS_ARCHIVE, REQUEST_NAME

__all__ = ["log_access"]

_log = logging.getLogger(__name__)
_MAX_PATH = 300


@web.middleware
async def log_access(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log method, path, status, time and name of each request, at the level of information."""
    began = time.perf_counter()
    status = 499
    try:
        response = await handler(request)
        status = response.status
        return response
    finally:
        _log.info(
            "%s %s %d %.1fms %s",
            request.method if request.method.isalpha() else "?",
            _printable(request),
            status,
            (time.perf_counter() - began) * 1000,
            request.get(REQUEST_NAME, "-"),
        )


def _printable(request: web.Request) -> str:
    """The path, in one line; that of an archived page without the key that leads to it."""
    path = request.raw_path.partition("?")[0]
    if request.get(IS_ARCHIVE):
        path = f"archive:/{path[1:].partition('/')[2]}"
    return "".join(char if char.isprintable() else "?" for char in path[:_MAX_PATH])
