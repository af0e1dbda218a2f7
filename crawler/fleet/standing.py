"""Read how a shared crawl stands, from outside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crawler.errors import UsageError
from crawler.frontier.redis.address import read_address
from crawler.frontier.redis.fleet import RedisFleet
from crawler.frontier.redis.frontier import RedisFrontier
from crawler.frontier.redis.server import connect

__all__ = ["looked_at"]

_SILENCE_SECONDS = 120.0


@asynccontextmanager
async def looked_at(url: str) -> AsyncIterator[tuple[RedisFrontier, RedisFleet]]:
    """Ledger and workers of a shared crawl, for as long as the block runs; nothing is changed.

    Args:
        url: of the frontier.

    Raises:
        UsageError: the URL is none, the server cannot be trusted with a crawl, or knows of none by this name.
        StorageError: the server does not answer.
    """
    address = read_address(url)
    scripts = await connect(address)
    try:
        fleet = RedisFleet(scripts, _SILENCE_SECONDS)
        if not (await fleet.signal()).run:
            raise UsageError(f"no crawl has begun at {address.shown}")
        yield RedisFrontier(scripts), fleet
    finally:
        await scripts.line.client.aclose()
