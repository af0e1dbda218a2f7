"""Let no other site change anything here, and let those origins use the API that were allowed to.

A browser says where a request comes from (`Origin`, `Sec-Fetch-Site`); programs say neither and are let
through. What is asked with GET changes nothing.
"""

from __future__ import annotations

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from crawler.serve.keys import SETTINGS
from crawler.serve.problem import ProblemError
from crawler.serve.request_id import REQUEST_ID

__all__ = ["check_origin", "share"]

_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN = frozenset({"", "same-origin", "none"})
_SHARED = ("/api", "/openapi.json")


@web.middleware
async def check_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse with 403 what another origin wants changed."""
    if request.method in _READING:
        return await handler(request)
    origin = request.headers.get(hdrs.ORIGIN, "")
    site = request.headers.get("Sec-Fetch-Site", "")
    is_own = site in _OWN and origin.lower() in {"", f"{request.scheme}://{request.host}".lower()}
    if not is_own and not _may_share(request, origin):
        raise ProblemError(403, "another site asks for this; nothing was changed")
    return await handler(request)


@web.middleware
async def share(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer allowed origins as the Fetch Standard asks for it (CORS); cookies are of no use to them."""
    origin = request.headers.get(hdrs.ORIGIN, "")
    if not _may_share(request, origin):
        return await handler(request)
    if request.method == "OPTIONS" and hdrs.ACCESS_CONTROL_REQUEST_METHOD in request.headers:
        response: web.StreamResponse = web.Response(status=204)
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_METHODS] = "GET, POST, PATCH"
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_HEADERS] = "authorization, content-type"
        response.headers[hdrs.ACCESS_CONTROL_MAX_AGE] = "600"
    else:
        response = await handler(request)
    if not response.prepared:
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers[hdrs.ACCESS_CONTROL_EXPOSE_HEADERS] = f"Location, {REQUEST_ID}"
        response.headers[hdrs.VARY] = hdrs.ORIGIN
    return response


def _may_share(request: web.Request, origin: str) -> bool:
    """Whether pages of an origin may use what is asked for; a session is not theirs to use."""
    is_shared = request.path.startswith(_SHARED) and hdrs.COOKIE not in request.headers
    return bool(origin) and is_shared and origin in request.app[SETTINGS].allow_origins
