"""Run the Lua scripts that are the frontier's operations: one script, one round trip, all or nothing."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any, Protocol

from redis.asyncio import Redis

from crawler.frontier.redis.line import Line

__all__ = ["CLOCK", "OPERATIONS", "Scripts", "ServerScripts"]

CLOCK = "clock.lua"
OPERATIONS = (
    *("abandon", "add", "beat", "begin", "claim", "close", "conclude", "finish", "join", "look", "mark"),
    *("opened", "pace", "pass", "pass_on", "publish", "release", "renew", "restore", "settle"),
)
_SHARED = ("rows.lua", "queues.lua", "moves.lua")


class Scripts(Protocol):
    """What the frontier asks of its server."""

    prefix: str
    line: Line

    async def run(self, operation: str, told: dict[str, Any], blobs: list[bytes] | None = None) -> Any:
        """Run one operation; gives what its script returns, text as bytes."""
        ...


class ServerScripts:
    """The scripts of one crawl on one server.

    Args:
        client: that does not decode answers.
        crawl: name of the crawl; all its keys have it as their hash tag, so that they lie in one slot of a cluster.
        clock: text of the one function that reads the server's clock.
        line: to the server; None: one without patience.
    """

    def __init__(self, client: Redis, crawl: str, clock: str | None = None, line: Line | None = None) -> None:
        self.line = line or Line(client)
        self.prefix = f"{{{crawl}}}:"
        shared = "\n".join([_text(CLOCK) if clock is None else clock, *map(_text, _SHARED)])
        # A server that was started again knows no script any more: a Script is sent anew then.
        self._scripts = {
            name: client.register_script(f"{shared}\n{_text(f'{name}.lua')}") for name in OPERATIONS
        }

    async def run(self, operation: str, told: dict[str, Any], blobs: list[bytes] | None = None) -> Any:
        """Run one operation; gives what its script returns.

        Raises:
            StorageError: the server cannot be reached, or refuses.
        """
        arguments: list[bytes | str] = [json.dumps(told, separators=(",", ":")), *(blobs or ())]
        script, keys = self._scripts[operation], [f"{self.prefix}meta"]
        return await self.line.ask(operation, lambda: script(keys=keys, args=arguments))


def _text(name: str) -> str:
    return files("crawler.frontier.redis").joinpath("scripts", name).read_text(encoding="utf-8")
