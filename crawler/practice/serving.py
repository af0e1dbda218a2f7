"""Put the practice site on a loopback port for as long as it is needed."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import web

from crawler.practice.application import REQUESTS, Asked, make_app
from crawler.practice.options import DEFAULT_OPTIONS, PracticeOptions

__all__ = ["PracticeSite", "serve"]

SHUTDOWN_SECONDS = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class PracticeSite:
    """A practice site that is being served.

    Args:
        url: its root, with a slash at the end.
        requests: what was asked of it, oldest first; the last `PracticeOptions.requests_kept`.
    """

    url: str
    requests: deque[Asked]


@asynccontextmanager
async def serve(
    host: str = "127.0.0.1", port: int = 0, options: PracticeOptions = DEFAULT_OPTIONS
) -> AsyncIterator[PracticeSite]:
    """Serve the practice site until the block ends; every connection is closed then.

    Args:
        host: address or name to listen on.
        port: 0 takes a free one.
        options: how the site behaves.

    Raises:
        OSError: the address cannot be listened on.
    """
    app = make_app(options)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port).start()
        bound_port = runner.addresses[0][1]
        name = f"[{host}]" if ":" in host else host
        yield PracticeSite(url=f"http://{name}:{bound_port}/", requests=app[REQUESTS])
    finally:
        await runner.cleanup()
