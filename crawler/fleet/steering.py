"""Steer a shared crawl from outside: for all its workers at once."""

from __future__ import annotations

from crawler.errors import UsageError
from crawler.frontier.redis.address import read_address
from crawler.frontier.redis.fleet import RedisFleet
from crawler.frontier.redis.server import connect

__all__ = ["steer"]

_SILENCE_SECONDS = 120.0


async def steer(url: str, action: str) -> str:
    """Pause, resume or stop; gives a line on how it stands then.

    Args:
        url: of the frontier.
        action: `pause`, `resume` or `stop`.

    Raises:
        UsageError: there is no crawl, or it is over.
        StorageError: the server does not answer.
    """
    address = read_address(url)
    scripts = await connect(address, 0.0)
    try:
        fleet = RedisFleet(scripts, _SILENCE_SECONDS)
        signal = await fleet.signal()
        if not signal.terms:
            raise UsageError(f"no crawl has begun at {address.shown}")
        if signal.outcome:
            raise UsageError(
                f"run {signal.run} at {address.shown} is over ({signal.outcome}); the line that began it continues"
            )
        if action == "stop":
            await fleet.conclude("stopped")
        else:
            await fleet.pause(is_paused=action == "pause")
        workers = sum(each.is_alive for each in (await fleet.muster()).workers)
    finally:
        await scripts.line.client.aclose()
    done = {"pause": "paused", "resume": "going on", "stop": "stopping"}[action]
    return f"run {signal.run} at {address.shown}: {done}, {workers} worker{'s' * (workers != 1)}"
