"""Stream what is going on as server-sent events (HTML Standard, section 9.2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from aiohttp import hdrs, web

from crawler.serve.keys import WATCHING
from crawler.serve.problem import ProblemError
from crawler.serve.watching import Watching

__all__ = ["add_routes"]

_MOST_LISTENERS = 1000
_RETRY = b"retry: 2000\n\n"
_SILENCE_SECONDS = 15.0


def add_routes(router: web.UrlDispatcher) -> None:
    """Lead the path of the stream here."""
    router.add_get("/api/events", events, allow_head=False)


async def events(request: web.Request) -> web.StreamResponse:
    """A sample a second, until whoever listens goes away or the server ends."""
    watching = request.app[WATCHING]
    if watching.listeners >= _MOST_LISTENERS:
        raise ProblemError(503, "too many watch already; look at /api/status", {hdrs.RETRY_AFTER: "30"})
    response = web.StreamResponse(
        headers={
            hdrs.CONTENT_TYPE: "text/event-stream",
            hdrs.CACHE_CONTROL: "no-store",
            "X-Accel-Buffering": "no",
        }
    )
    # Who listened goes away whenever it wants: that is no failure.
    with suppress(ConnectionError):
        await _send(response, request, watching)
    return response


async def _send(response: web.StreamResponse, request: web.Request, watching: Watching) -> None:
    async with watching.listened() as samples:
        await response.prepare(request)
        await response.write(_RETRY)
        async for sample in _with_signs_of_life(samples):
            await response.write(f"data: {sample}\n\n".encode() if sample else b":\n\n")


async def _with_signs_of_life(samples: AsyncIterator[str]) -> AsyncIterator[str]:
    """The samples, and "" where none came for a while, so that a broken line is noticed."""
    coming: asyncio.Future[str] | None = None
    try:
        while True:
            coming = coming or asyncio.ensure_future(anext(samples))
            done, _ = await asyncio.wait([coming], timeout=_SILENCE_SECONDS)
            if not done:
                yield ""
                continue
            taken, coming = coming, None
            try:
                yield taken.result()
            except StopAsyncIteration:
                return
    finally:
        if coming is not None:
            coming.cancel()
            await asyncio.gather(coming, return_exceptions=True)
