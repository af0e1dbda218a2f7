"""Stand in for the web on loopback: servers that say any bytes, and resolvers that say any address."""

from __future__ import annotations

import asyncio
import socket
import ssl
import struct
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp.abc import AbstractResolver, ResolveResult

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Type: text/html\r\n\r\nok"


def reply(*headers: str, body: bytes = b"", status: str = "200 OK") -> bytes:
    lines = "".join(f"{line}\r\n" for line in (f"HTTP/1.1 {status}", *headers))
    return lines.encode("latin-1") + b"\r\n" + body


@dataclass
class RawSite:
    """What a raw server saw: connections, and requests from request line to blank line, and when.

    `leave` stops listening; connections that are open stay so.
    """

    port: int = 0
    scheme: str = "http"
    connections: int = 0
    requests: list[bytes] = field(default_factory=list)
    heard_at: list[float] = field(default_factory=list)
    now: Callable[[], float] = time.time
    leave: Callable[[], None] = lambda: None

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"


@dataclass
class Line:
    """One connection of a raw server; `nth` counts from 1."""

    site: RawSite
    nth: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def hear(self) -> bytes:
        """The next request; b"" when the client has hung up."""
        try:
            request = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return b""
        self.site.requests.append(request)
        self.site.heard_at.append(self.site.now())
        return request

    async def say(self, *pieces: bytes) -> None:
        for piece in pieces:
            self.writer.write(piece)
            await self.writer.drain()

    async def hung_up(self) -> bool:
        """Wait for the client to close; True if it did without another byte."""
        try:
            return await self.reader.read() == b""
        except ConnectionError:
            return True

    def reset(self) -> None:
        """RST instead of FIN."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


Talk = Callable[[Line], Awaitable[None]]


def replying(*replies: bytes) -> Talk:
    """The n-th connection hears one request, gets the n-th reply (the last for all further) and is closed."""

    async def talk(line: Line) -> None:
        await line.hear()
        await line.say(replies[min(line.nth, len(replies)) - 1])

    return talk


def reset_after(*pieces: bytes) -> Talk:
    async def talk(line: Line) -> None:
        await line.hear()
        await line.say(*pieces)
        if pieces:
            await asyncio.sleep(0.05)  # else the kernel drops with the RST what the client has not read
        line.reset()

    return talk


@asynccontextmanager
async def raw_site(
    talk: Talk, tls: ssl.SSLContext | None = None, *, now: Callable[[], float] = time.time
) -> AsyncIterator[RawSite]:
    """Serve every connection with `talk`, then close it; `now` tells when requests were heard."""
    site = RawSite(scheme="https" if tls else "http", now=now)
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        site.connections += 1
        try:
            await talk(Line(site, site.connections, reader, writer))
        except (ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    site.leave = server.close
    site.port = server.sockets[0].getsockname()[1]
    try:
        yield site
    finally:
        server.close()
        for task in [*tasks]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class FakeResolver(AbstractResolver):
    """Answers the n-th question for a name with the n-th list of addresses, the last for all further.

    An exception in place of a list is raised; a name it does not know is not found.
    """

    def __init__(self, **answers: Sequence[Sequence[str] | Exception]) -> None:
        self._answers = {name.replace("_", "."): list(each) for name, each in answers.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        if host not in self._answers:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        answers = self._answers[host]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        if isinstance(answer, Exception):
            raise answer
        return [
            ResolveResult(
                hostname=host,
                host=address,
                port=port,
                family=socket.AF_INET6 if ":" in address else socket.AF_INET,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for address in answer
        ]

    async def close(self) -> None:
        """Nothing is held."""
