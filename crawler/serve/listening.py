"""Listen, say where, and end in good order: requests that are under way are answered, a crawl is stopped and kept."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web

from crawler.errors import UsageError
from crawler.serve.doorkeeping import Doorkeeper
from crawler.serve.keys import SETTINGS

__all__ = ["listening"]

_SHUTDOWN_SECONDS = 5.0
_KEEP_ALIVE_SECONDS = 30.0
_BACKLOG = 1024
# A URL of 10,000 characters, which is asked about in a query, each character percent-encoded.
_LONGEST_LINE = 32_768


@asynccontextmanager
async def listening(app: web.Application) -> AsyncIterator[str]:
    """Serve until the block ends; gives the URL.

    Raises:
        UsageError: the address cannot be had.
    """
    settings = app[SETTINGS]
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=_SHUTDOWN_SECONDS,
        keepalive_timeout=_KEEP_ALIVE_SECONDS,
        lingering_time=1.0,
        max_line_size=_LONGEST_LINE,
    )
    await runner.setup()
    try:
        assert runner.server is not None
        door = Doorkeeper(runner.server, settings.max_connections, settings.patience_seconds)
        try:
            server = await asyncio.get_running_loop().create_server(
                door, settings.host or None, settings.port, backlog=_BACKLOG, reuse_address=True
            )
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or error
            raise UsageError(
                f"{settings.host} port {settings.port} cannot be had ({why}); choose others with --host and --port"
            ) from None
        try:
            yield _url(settings.host, server.sockets[0])
        finally:
            server.close()
    finally:
        await runner.cleanup()


def _url(host: str, listener: socket.socket) -> str:
    """Where a person finds us."""
    name = f"[{host.strip('[]')}]" if ":" in host else host or "0.0.0.0"  # noqa: S104 - shown, not bound to
    return f"http://{name}:{listener.getsockname()[1]}/"
