"""Let people sign in with the token, which opens a session, and sign out."""

from __future__ import annotations

import asyncio

from aiohttp import hdrs, web

from crawler.serve.authority import COOKIE
from crawler.serve.html import page_response
from crawler.serve.keys import SESSIONS, SETTINGS
from crawler.serve.problem import ProblemError
from crawler.serve.sessions import SESSION_SECONDS

__all__ = ["add_routes"]

_MAX_NEXT = 2000


def add_routes(router: web.UrlDispatcher) -> None:
    """Lead the paths of signing in here."""
    router.add_get("/login", show)
    router.add_post("/login", sign_in)
    router.add_post("/logout", sign_out)


async def show(request: web.Request) -> web.Response:
    """The form."""
    if request.app[SETTINGS].token is None:
        raise web.HTTPSeeOther("/")
    values = {"next": _local(request.query.get("next", "")), "wrong": ""}
    return page_response("login.html", request, title="Sign in", values=values)


async def sign_in(request: web.Request) -> web.Response:
    """Open a session for who knows the token."""
    if request.content_type not in {"application/x-www-form-urlencoded", "multipart/form-data"}:
        raise ProblemError(415, "send the form")
    try:
        async with asyncio.timeout(request.app[SETTINGS].patience_seconds):
            form = await request.post()
    except TimeoutError:
        raise ProblemError(
            408, "the form did not come; send it at once", {hdrs.CONNECTION: "close"}
        ) from None
    except ValueError:
        raise ProblemError(400, "this is no form") from None
    sessions = request.app[SESSIONS]
    following = _local(str(form.get("next", "")))
    if not sessions.is_token(str(form.get("token", "")).strip()):
        values = {
            "next": following,
            "wrong": "That is not the token. It stands in the file that the server was given.",
        }
        return page_response("login.html", request, title="Sign in", values=values, status=401)
    response = web.Response(status=303, headers={hdrs.LOCATION: following})
    response.set_cookie(
        COOKIE,
        sessions.open(),
        max_age=int(SESSION_SECONDS),
        httponly=True,
        samesite="Strict",
        secure=request.secure,
        path="/",
    )
    return response


async def sign_out(request: web.Request) -> web.Response:
    """End the session."""
    request.app[SESSIONS].end(request.cookies.get(COOKIE, ""))
    response = web.Response(status=303, headers={hdrs.LOCATION: "/login"})
    response.del_cookie(COOKIE, path="/")
    return response


def _local(path: str) -> str:
    """Where to go on, if that is a path of ours: a link must not lead a person who signs in elsewhere."""
    is_local = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable()
    return path[:_MAX_NEXT] if is_local and "\\" not in path else "/"
