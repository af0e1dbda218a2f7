"""Start a real Redis server for tests, on a socket of its own, and let a clock of ours stand in for its own."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from crawler.clock import Clock
from crawler.frontier.redis.scripts import ServerScripts

__all__ = ["ClockedScripts", "running_server"]

_TOLD_CLOCK = "local function server_now() return tonumber(redis.call('GET', KEYS[1] .. ':told-now')) end"


@contextmanager
def running_server(*options: str) -> Iterator[str]:
    """A durable server that never evicts, unless told otherwise; gives its URL."""
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        socket = Path(folder, "s")
        command = ["redis-server", "--port", "0", "--unixsocket", str(socket), "--dir", folder]
        command += ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec", *options]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            try:
                assert process.stdout is not None
                assert any("ready to accept connections" in line for line in process.stdout)
                yield f"unix://{socket}"
            finally:
                process.kill()


class ClockedScripts:
    """The scripts of a crawl, in which the one function that reads the server's clock reads ours."""

    def __init__(self, client: Redis, crawl: str, clock: Clock) -> None:
        self._scripts = ServerScripts(client, crawl, _TOLD_CLOCK)
        self._clock = clock
        self.line = self._scripts.line
        self.prefix = self._scripts.prefix

    async def run(self, operation: str, told: dict[str, Any], blobs: list[bytes] | None = None) -> Any:
        """Run one operation at the instant our clock shows."""
        await self.line.client.set(f"{self.prefix}meta:told-now", repr(self._clock.now()))
        return await self._scripts.run(operation, told, blobs)
