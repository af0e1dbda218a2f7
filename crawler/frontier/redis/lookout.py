"""Look at a shared crawl from outside: a few questions, whatever its size; nothing is changed."""

from __future__ import annotations

from crawler.frontier.redis.fleet import RedisFleet
from crawler.frontier.redis.reading import Rows
from crawler.frontier.redis.scripts import Scripts
from crawler.sighting import Sighting

__all__ = ["RedisLookout"]

_LEASES = 5000
_READY_SHOWN = 100


class RedisLookout:
    """What watches the crawl of one server.

    Args:
        scripts: of the crawl.
        silence_seconds: a worker that was not heard of for so long is gone.
    """

    def __init__(self, scripts: Scripts, silence_seconds: float) -> None:
        self._rows = Rows(scripts)
        self._fleet = RedisFleet(scripts, silence_seconds)

    async def sight(self) -> Sighting:
        """How the crawl stands.

        Raises:
            StorageError: the server does not answer.
        """
        now = await self._fleet.now()
        soonest, ripe, turns, turn, leases = await self._rows.ask(
            ("ZRANGE", "soon:any", 0, 0, "WITHSCORES"),
            ("ZCOUNT", "soon:any", "-inf", repr(now)),
            ("ZCARD", "turn:any"),
            ("ZRANGE", "turn:any", 0, _READY_SHOWN - 1),
            ("ZRANGE", "leases", 0, _LEASES - 1),
        )
        # Those that were found ready wait in `turn`; those that nobody has looked at since still stand in `soon`.
        since = [
            float(ready)
            for ready in await self._rows.ask(*(("HGET", f"h:{int(h)}", "ready") for h in turn))
            if ready
        ]
        since += [float(at) for _, at in soonest if float(at) <= now]
        held = await self._rows.ask(*(("HGET", f"u:{int(n)}", "h") for n in leases))
        return Sighting(
            at=now,
            muster=await self._fleet.muster(),
            counts=await self._rows.counts(),
            hosts_held=len({host for host in held if host is not None}),
            hosts_ready=ripe + turns,
            lag_seconds=max((now - at for at in since if 0 < at <= now), default=0.0),
        )
