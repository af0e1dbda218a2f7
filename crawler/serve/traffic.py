"""Time every request and count what was answered: for the log, for `Server-Timing` and for /metrics."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

__all__ = ["Traffic", "timing"]

BUCKETS = (0.005, 0.025, 0.1, 0.5, 2.5)
"""Seconds up to which answers are counted together."""


class Traffic:
    """What was asked of the server since it started."""

    def __init__(self) -> None:
        self.answers: Counter[tuple[str, int]] = Counter()
        self.within: Counter[float] = Counter()
        self.seconds = 0.0
        self.under_way = 0

    def count(self, method: str, status: int, seconds: float) -> None:
        """Take in one answer."""
        self.answers[method, status] += 1
        self.seconds += seconds
        for most in BUCKETS:
            if seconds <= most:
                self.within[most] += 1


_METHODS = frozenset({"GET", "HEAD", "POST", "PATCH", "OPTIONS"})


def timing(traffic: Callable[[web.Application], Traffic]) -> Middleware:
    """The middleware that times; a client that is gone counts as 499."""

    @web.middleware
    async def timed(request: web.Request, handler: Handler) -> web.StreamResponse:
        seen = traffic(request.app)
        began = time.perf_counter()
        seen.under_way += 1
        status = 499
        try:
            response = await handler(request)
            status = response.status
            if not response.prepared:
                response.headers["Server-Timing"] = f"app;dur={(time.perf_counter() - began) * 1000:.1f}"
            return response
        finally:
            seen.under_way -= 1
            method = request.method if request.method in _METHODS else "other"
            seen.count(method, status, time.perf_counter() - began)

    return timed
