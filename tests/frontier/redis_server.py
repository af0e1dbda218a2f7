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

__all__ = ["ClockedScripts", "Server", "mortal_server", "running_server"]

_TOLD_CLOCK = "local function server_now() return tonumber(redis.call('GET', KEYS[1] .. ':told-now')) end"


class Server:
    """A durable server that never evicts, unless told otherwise; killed, it keeps what it wrote."""

    def __init__(self, folder: Path, *options: str) -> None:
        self._folder = folder
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        self.url = f"unix://{folder / 's'}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        socket = str(self._folder / "s")
        command = ["redis-server", "--port", "0", "--unixsocket", socket, "--dir", str(self._folder)]
        command += ["--save", "", "--appendonly", "yes", "--appendfsync", "everysec", *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        assert any("ready to accept connections" in line for line in self._process.stdout)

    def kill(self) -> None:
        """Kill it."""
        assert self._process is not None
        with self._process:
            self._process.kill()


@contextmanager
def mortal_server(*options: str) -> Iterator[Server]:
    """A server that may be killed and started again."""
    with tempfile.TemporaryDirectory(prefix="redis-") as folder:
        server = Server(Path(folder), *options)
        server.start()
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def running_server(*options: str) -> Iterator[str]:
    """A durable server that never evicts, unless told otherwise; gives its URL."""
    with mortal_server(*options) as server:
        yield server.url


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
