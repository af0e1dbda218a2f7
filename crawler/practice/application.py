"""Serve the practice site: one handler over the catalog, state in the application and nowhere else."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections import Counter, deque
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from crawler.practice.catalog import catalog
from crawler.practice.maze import MAZE, maze_page
from crawler.practice.misbehaviour import drip, reset, truncated, unavailable
from crawler.practice.options import DEFAULT_OPTIONS, PracticeOptions
from crawler.practice.pictures import pressed
from crawler.practice.resource import HTML, UNTYPED, Fault, Resource
from crawler.practice.rooms import page

__all__ = ["ASKS", "CATALOG", "OPTIONS", "REQUESTS", "Asked", "make_app"]

LAST_MODIFIED = "Fri, 02 Oct 2026 08:00:00 GMT"
GZIP = "application/gzip"
HOST = re.compile(r"[0-9A-Za-z.:\[\]-]{1,255}")
TRAP = "/trap/"
TRAP_TARGET = re.compile(r"/trap/(?:[a-z]+/){0,400}(?:\?month=(-?[0-9]{1,9}))?")
RESET_STATUS = 0


class Asked(NamedTuple):
    """One line of the request log.

    `at` is `time.monotonic()` when the request came; `status` is 0 where the connection was reset.
    """

    at: float
    method: str
    target: str
    status: int


CATALOG: web.AppKey[Mapping[str, Resource]] = web.AppKey("CATALOG", Mapping[str, Resource])
OPTIONS = web.AppKey("OPTIONS", PracticeOptions)
ASKS: web.AppKey[Counter[str]] = web.AppKey("ASKS", Counter[str])
REQUESTS: web.AppKey[deque[Asked]] = web.AppKey("REQUESTS", deque[Asked])


def make_app(options: PracticeOptions = DEFAULT_OPTIONS) -> web.Application:
    """The practice site as an application; `app[REQUESTS]` is its request log, oldest first."""
    app = web.Application(middlewares=[_log])
    app[CATALOG] = catalog(options)
    app[OPTIONS] = options
    app[ASKS] = Counter()
    app[REQUESTS] = deque(maxlen=options.requests_kept)
    app.router.add_get("/{target:.*}", _answer)
    app.on_response_prepare.append(_drop_made_up_type)
    return app


@web.middleware
async def _log(request: web.Request, handler: Handler) -> web.StreamResponse:
    at = time.monotonic()
    status = RESET_STATUS
    try:
        response = await handler(request)
        if request.transport is not None and not request.transport.is_closing():
            status = response.status
    except web.HTTPException as error:
        status = error.status
        raise
    finally:
        request.app[REQUESTS].append(Asked(at, request.method, request.raw_path, status))
    return response


async def _drop_made_up_type(request: web.Request, response: web.StreamResponse) -> None:
    """Aiohttp gives every body a type; a resource without one is sent without one."""
    resource = request.app[CATALOG].get(request.raw_path)
    if resource is not None and resource.content_type == UNTYPED:
        response.headers.popall(hdrs.CONTENT_TYPE, None)


async def _answer(request: web.Request) -> web.StreamResponse:
    target = request.raw_path
    options = request.app[OPTIONS]
    if options.traps and target.startswith(TRAP):
        return _trap(target)
    if options.mazes and target.startswith(MAZE):
        request.app[ASKS][MAZE] += 1
        body = maze_page(target, year=time.gmtime().tm_year, ask=request.app[ASKS][MAZE])
        return _nothing() if body is None else web.Response(body=body, headers={hdrs.CONTENT_TYPE: HTML})
    resource = request.app[CATALOG].get(target)
    if resource is None:
        return _nothing()
    request.app[ASKS][target] += 1
    body, headers = _body_for(request, resource), _headers_for(request, resource)
    if resource.status >= 300:
        return web.Response(status=resource.status, body=body, headers=headers)
    return await _good_or_broken(request, resource, body, headers)


async def _good_or_broken(
    request: web.Request, resource: Resource, body: bytes, headers: dict[str, str]
) -> web.StreamResponse:
    options, ask = request.app[OPTIONS], request.app[ASKS][resource.target]
    match resource.fault:
        case Fault.UNAVAILABLE if _still(options.failing_asks, ask):
            return unavailable(body, headers, options.retry_after_seconds)
        case Fault.RESET if _still(options.reset_asks, ask):
            return reset(request)
        case Fault.TRUNCATED if _still(options.truncated_asks, ask):
            return await truncated(request, body, headers)
        case Fault.DRIP:
            return await drip(request, body, headers, options.drip_seconds)
        case Fault.SLOW:
            await asyncio.sleep(options.slow_seconds)
    headers |= _validators(body)
    if _is_unchanged(request, headers):
        return web.Response(status=304, headers=headers)
    return web.Response(body=body, headers=headers)


def _still(asks: int | None, ask: int) -> bool:
    return asks is None or ask <= asks


def _own_name(request: web.Request) -> str:
    name = request.headers.get(hdrs.HOST, "")
    return name if HOST.fullmatch(name) else "localhost"


def _body_for(request: web.Request, resource: Resource) -> bytes:
    """The body with this server's own address in it, as the client wrote it in `Host`."""
    name = _own_name(request).encode()
    body = resource.body.replace(b"@ORIGIN@", b"http://" + name).replace(b"@HOST@", name)
    return pressed(body) if resource.content_type == GZIP else body


def _headers_for(request: web.Request, resource: Resource) -> dict[str, str]:
    headers = dict(resource.headers)
    if resource.content_type != UNTYPED:
        headers[hdrs.CONTENT_TYPE] = resource.content_type
    if resource.location:
        name = _own_name(request)
        headers[hdrs.LOCATION] = resource.location.replace("@ORIGIN@", f"http://{name}").replace(
            "@HOST@", name
        )
    return headers


def _validators(body: bytes) -> dict[str, str]:
    return {hdrs.ETAG: f'"{hashlib.sha256(body).hexdigest()[:16]}"', hdrs.LAST_MODIFIED: LAST_MODIFIED}


def _is_unchanged(request: web.Request, headers: Mapping[str, str]) -> bool:
    """`If-None-Match` decides if it is there, else `If-Modified-Since` (RFC 9110 section 13.2.2)."""
    known = request.if_none_match
    if known is not None:
        return any(tag.value in ("*", headers[hdrs.ETAG].strip('"')) for tag in known)
    since = request.if_modified_since
    return since is not None and since >= parsedate_to_datetime(LAST_MODIFIED)


def _nothing() -> web.Response:
    values = {"title": "No such page", "reason": "Whatever was here has been washed off."}
    return web.Response(status=404, body=page("lost", "/lost", values), headers={hdrs.CONTENT_TYPE: HTML})


def _trap(target: str) -> web.Response:
    """A page of a calendar without end that also links ever deeper below itself."""
    match = TRAP_TARGET.fullmatch(target)
    if match is None:
        return _nothing()
    month = int(match[1] or 0)
    values = {
        "title": f"Tides, month {month}",
        "before": f"?month={month - 1}",
        "after": f"?month={month + 1}",
        "deeper": "deeper/",
    }
    return web.Response(body=page("trap", TRAP, values), headers={hdrs.CONTENT_TYPE: HTML})
