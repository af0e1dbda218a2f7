"""Drive crawls by API: ask for one, look after it, hold it back, let it go on, end it, change it."""

from __future__ import annotations

import asyncio
import dataclasses
from typing import Any

from aiohttp import hdrs, web

from crawler.serve.booking import MOST_SEEDS, Booking, read_changes, read_wish
from crawler.serve.bookings import NotNowError, TooManyError
from crawler.serve.keys import BOOKINGS, OUTPUT, SETTINGS, SHELF
from crawler.serve.limits import read_json
from crawler.serve.problem import ProblemError
from crawler.serve.shapes import limit_of, stretch, whole_number

__all__ = ["add_routes"]


def add_routes(router: web.UrlDispatcher) -> None:
    """Lead the paths of crawls here."""
    router.add_get("/api/crawls", list_crawls)
    router.add_post("/api/crawls", create)
    router.add_get("/api/crawls/{name}", show)
    router.add_patch("/api/crawls/{name}", change)
    for action in ("pause", "resume", "stop"):
        router.add_post(f"/api/crawls/{{name}}/{{action:{action}}}", act)


async def list_crawls(request: web.Request) -> web.Response:
    """The crawls that were asked for, the last one first, each with its first seeds."""
    after, limit = whole_number(request, "after", 0), limit_of(request)
    found = request.app[BOOKINGS].all()[after : after + limit]
    return stretch([each.values() for each in found], limit, after + len(found))


async def create(request: web.Request) -> web.Response:
    """Ask for a crawl: 201, and where to ask about it."""
    values = await read_json(request)
    if await asyncio.to_thread(request.app[OUTPUT].union.exists):
        # The next gathering would be refused.
        raise ProblemError(409, "this output is gathered of other folders; crawl into one of them")
    opens_private = request.app[SETTINGS].opens_private
    wish = await asyncio.to_thread(read_wish, values, opens_private=opens_private)
    try:
        booking = request.app[BOOKINGS].book(wish)
    except TooManyError:
        text = "a hundred crawls are waiting; ask again when some are over"
        raise ProblemError(429, text, {hdrs.RETRY_AFTER: "60"}) from None
    headers = {hdrs.LOCATION: f"/api/crawls/{booking.name}"}
    return web.json_response(await _shown(request, booking), status=201, headers=headers)


async def show(request: web.Request) -> web.Response:
    """One crawl, with the counts of its output."""
    return web.json_response(await _shown(request, _booking(request)))


async def act(request: web.Request) -> web.Response:
    """Pause, resume or stop it."""
    name = _booking(request).name
    bookings = request.app[BOOKINGS]
    does = {"pause": bookings.pause, "resume": bookings.resume, "stop": bookings.stop}
    try:
        booking = does[request.match_info["action"]](name)
    except NotNowError as error:
        raise ProblemError(409, str(error)) from None
    return web.json_response(await _shown(request, booking))


async def change(request: web.Request) -> web.Response:
    """Let it go on at another rate or in another scope."""
    booking = _booking(request)
    values = await read_json(request)
    opens_private = request.app[SETTINGS].opens_private
    while True:
        wish = await asyncio.to_thread(read_changes, booking.wish, values, opens_private=opens_private)
        now = _booking(request)
        if now.wish is booking.wish:
            break
        # It was changed otherwise meanwhile; both are to hold.
        booking = now
    try:
        changed = request.app[BOOKINGS].change(booking.name, wish)
    except NotNowError as error:
        raise ProblemError(409, str(error)) from None
    return web.json_response(await _shown(request, changed))


def _booking(request: web.Request) -> Booking:
    booking = request.app[BOOKINGS].get(request.match_info["name"])
    if booking is None:
        raise ProblemError(404, "there is no such crawl; /api/crawls lists those there are")
    return booking


async def _shown(request: web.Request, booking: Booking) -> dict[str, Any]:
    """A crawl with all its seeds and the counts: of its run if that is the last one, and of every known URL."""
    async with request.app[SHELF].reader() as reader:
        counts = await reader.ledger.counts()
    return booking.values(MOST_SEEDS) | {"counts": dataclasses.asdict(counts)}
