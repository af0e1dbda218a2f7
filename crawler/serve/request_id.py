"""Give every request a name that its answer, the log and a complaint can share."""

from __future__ import annotations

import re
import secrets

from aiohttp import web
from aiohttp.typedefs import Handler

from crawler.serve.marks import REQUEST_NAME

__all__ = ["REQUEST_ID", "name_request"]

REQUEST_ID = "X-Request-ID"
_GIVEN = re.compile(r"[0-9A-Za-z._-]{8,64}")


@web.middleware
async def name_request(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Take the name that a proxy gave, if it is one, else make one; say it in the answer."""
    given = request.headers.get(REQUEST_ID, "")
    request[REQUEST_NAME] = given if _GIVEN.fullmatch(given) else secrets.token_hex(8)
    return await handler(request)
