"""Keep the answers that a page asked for while it was rendered, until their own leases come for them.

So nothing is asked for twice: whoever comes second gets the same answer, and while it is under way waits for it. What is
kept is bounded; what had to go is asked for again.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections import OrderedDict
from contextlib import suppress

from crawler.body import EMPTY
from crawler.errors import CrawlerError
from crawler.exchange import Fetch, Request, Response

__all__ = ["Larder"]

_MOST_HELD = 1000
_MOST_BYTES = 64_000_000


class Larder:
    """Answers by URL. Use it in one event loop, and close it.

    Args:
        fetch: the way to the web.
    """

    def __init__(self, fetch: Fetch) -> None:
        self._fetch = fetch
        self._held: OrderedDict[str, asyncio.Task[Response]] = OrderedDict()
        self._under_way: dict[str, asyncio.Task[Response]] = {}
        self._bytes = 0

    async def fetch(self, request: Request) -> Response:
        """What a lease asks for: an answer that is here, else the web's.

        Raises:
            SiteError: there is no response.
        """
        if request.is_posted or request.target:
            return await self._fetch(request)
        task = self._held.get(request.url)
        if task is None:
            return await self._ask(request)
        response = await asyncio.shield(task)
        if not 200 <= response.status < 300:
            # Whoever tries it again means the web.
            self._drop(request.url)
        refusal = request.admit(response.head)
        if refusal.accepted:
            return response
        return dataclasses.replace(response, refusal=refusal, wire=EMPTY, body=EMPTY)

    async def bring(self, request: Request) -> Response:
        """What a page asks for: the same, kept for the lease of this URL.

        Raises:
            SiteError: there is no response.
        """
        url = request.url
        under_way = self._under_way.get(url)
        if under_way is not None:
            response = await asyncio.shield(under_way)
            if response.refusal.accepted and response.status != 304:
                return response
        task = self._held.get(url)
        if task is None:
            task = self._held[url] = asyncio.create_task(self._bring(request))
            task.add_done_callback(lambda done: self._came(url, done))
        self._held.move_to_end(url)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Let go of everything."""
        tasks = [*self._held.values()]
        self._held.clear()
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, CrawlerError):
                await task

    async def _ask(self, request: Request) -> Response:
        """Ask the web for a lease; a page that wants the same meanwhile waits for it."""
        task = asyncio.create_task(self._bring(request))
        self._under_way[request.url] = task
        try:
            return await task
        finally:
            if self._under_way.get(request.url) is task:
                del self._under_way[request.url]

    async def _bring(self, request: Request) -> Response:
        return await self._fetch(request)

    def _came(self, url: str, done: asyncio.Task[Response]) -> None:
        """An answer is there, or there is none; the oldest go if it is too many."""
        if self._held.get(url) is not done:
            return
        if done.cancelled() or done.exception() is not None:
            del self._held[url]
            return
        self._bytes += done.result().wire.size_bytes
        for each in [*self._held]:
            if self._bytes <= _MOST_BYTES and len(self._held) <= _MOST_HELD:
                break
            if self._held[each].done():
                self._drop(each)

    def _drop(self, url: str) -> None:
        task = self._held.pop(url, None)
        if task is not None and task.done() and not task.cancelled() and task.exception() is None:
            self._bytes -= task.result().wire.size_bytes
