"""Hear whatever reaches a port of loopback, by TCP or UDP: a connection that says nothing counts, too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

__all__ = ["Trap", "trap"]

_ADDRESS = "127.0.0.1"
_ANSWER = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 2\r\nAccess-Control-Allow-Origin: *\r\n"
    b"Connection: close\r\n\r\nok"
)


class Trap(asyncio.DatagramProtocol):
    """A port that waits for somebody to come.

    Attributes:
        heard: what came: the first line of a connection, or `udp`.
        news: set when something came.
        port: of TCP.
        udp_port: of UDP.
    """

    def __init__(self) -> None:
        self.heard: list[str] = []
        self.news = asyncio.Event()
        self.port = self.udp_port = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Note a connection, and answer what it asks."""
        self._note("connected")
        try:
            if line := await reader.readline():
                self._note(line.decode("latin-1").strip())
                writer.write(_ANSWER)
                await writer.drain()
        except (ConnectionError, ValueError):
            pass
        finally:
            writer.close()

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Note a datagram."""
        self._note("udp")

    def _note(self, what: str) -> None:
        self.heard.append(what)
        self.news.set()


@asynccontextmanager
async def trap() -> AsyncIterator[Trap]:
    """A trap on ports of its own, until the block ends."""
    one = Trap()
    server = await asyncio.start_server(one.serve, _ADDRESS, 0)
    one.port = server.sockets[0].getsockname()[1]
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(lambda: one, local_addr=(_ADDRESS, 0))
    one.udp_port = transport.get_extra_info("sockname")[1]
    try:
        yield one
    finally:
        transport.close()
        server.close()
