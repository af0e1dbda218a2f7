"""Let in who brings the token: in `Authorization: Bearer`, or in the session that it opened."""

from __future__ import annotations

from urllib.parse import quote

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from crawler.serve.keys import SESSIONS, SETTINGS
from crawler.serve.marks import HAS_SESSION
from crawler.serve.problem import ProblemError, wants_json

__all__ = ["COOKIE", "check_token"]

COOKIE = "crawler_session"
_OPEN = frozenset({"/healthz", "/readyz", "/login", "/openapi.json"})


@web.middleware
async def check_token(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse with 401, or send a person to sign in; /healthz, /readyz and what a sign-in needs are open to all."""
    if request.app[SETTINGS].token is None or request.path in _OPEN or request.path.startswith("/assets/"):
        return await handler(request)
    sessions = request.app[SESSIONS]
    scheme, _, given = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() == "bearer" and sessions.is_token(given.strip()):
        return await handler(request)
    if sessions.holds(request.cookies.get(COOKIE, "")):
        request[HAS_SESSION] = True
        return await handler(request)
    if wants_json(request) or request.method not in {"GET", "HEAD"}:
        text = "the token is missing or wrong; send Authorization: Bearer TOKEN"
        raise ProblemError(401, text, {hdrs.WWW_AUTHENTICATE: 'Bearer realm="crawler"'})
    raise web.HTTPSeeOther(f"/login?next={quote(request.path_qs, safe='')}")
