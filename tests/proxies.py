"""Real proxies on loopback: one that speaks HTTP (RFC 9110 section 9.3.6), one that speaks SOCKS5 (RFC 1928)."""

from __future__ import annotations

import asyncio
import base64
import ipaddress
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

__all__ = ["ProxySeen", "http_proxy", "socks_proxy"]


@dataclass
class ProxySeen:
    """What a proxy was asked for.

    Args:
        port: where it listens.
        asked: targets, as the client named them: `GET http://...`, `CONNECT host:443`, `name:80`, `192.0.2.1:80`.
        leads_to: port on 127.0.0.1 where every connection really goes; None: where it was asked for.
        answer: what is answered instead of connecting: a status line, or a SOCKS reply code.
        users: user and password that are let in; empty: everybody.
    """

    port: int = 0
    asked: list[str] = field(default_factory=list)
    heads: list[bytes] = field(default_factory=list)
    leads_to: int | None = None
    answer: str | int | None = None
    user: tuple[str, str] | None = None


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()
        writer.write_eof()


async def _join(
    seen: ProxySeen,
    host: str,
    port: int,
    client: tuple[asyncio.StreamReader, asyncio.StreamWriter],
    first: bytes = b"",
) -> None:
    """Copy both ways until both have ended."""
    place = ("127.0.0.1", seen.leads_to) if seen.leads_to else (host, port)
    reader, writer = await asyncio.open_connection(*place)
    try:
        writer.write(first)
        await asyncio.gather(_pipe(client[0], writer), _pipe(reader, client[1]))
    finally:
        writer.close()


@asynccontextmanager
async def _serving(seen: ProxySeen, serve: object) -> AsyncIterator[ProxySeen]:
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            await serve(seen, reader, writer)  # type: ignore[operator]
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()
            tasks.discard(task)

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    seen.port = server.sockets[0].getsockname()[1]
    try:
        yield seen
    finally:
        server.close()
        for task in [*tasks]:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _serve_http(seen: ProxySeen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    seen.heads.append(head)
    method, target, _ = head.split(b"\r\n")[0].decode().split(" ")
    seen.asked.append(f"{method} {target}")
    if seen.user is not None:
        said = base64.b64encode(":".join(seen.user).encode())
        if b"proxy-authorization: basic " + said.lower() not in head.lower():
            seen.answer = "407 Proxy Authentication Required"
    if seen.answer is not None:
        writer.write(f"HTTP/1.1 {seen.answer}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()
        return
    if method == "CONNECT":
        host, _, port = target.rpartition(":")
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        await _join(seen, host.strip("[]"), int(port), (reader, writer))
        return
    authority, _, path = target.removeprefix("http://").partition("/")
    host, _, port = authority.partition(":")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"proxy-")]
    lines[0] = f"{method} /{path} HTTP/1.1".encode()
    await _join(seen, host, int(port or 80), (reader, writer), b"\r\n".join(lines))


async def _serve_socks(seen: ProxySeen, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    _, count = await reader.readexactly(2)
    methods = await reader.readexactly(count)
    method = 2 if seen.user else 0
    writer.write(bytes([5, method if method in methods else 0xFF]))
    if method not in methods:
        await writer.drain()
        return
    if seen.user:
        _, size = await reader.readexactly(2)
        user = (await reader.readexactly(size)).decode()
        (size,) = await reader.readexactly(1)
        password = (await reader.readexactly(size)).decode()
        is_known = (user, password) == seen.user
        writer.write(bytes([1, 0 if is_known else 1]))
        if not is_known:
            await writer.drain()
            return
    _, _, _, kind = await reader.readexactly(4)
    if kind == 3:
        (size,) = await reader.readexactly(1)
        host = (await reader.readexactly(size)).decode()
    else:
        host = str(ipaddress.ip_address(await reader.readexactly(4 if kind == 1 else 16)))
    port = int.from_bytes(await reader.readexactly(2), "big")
    seen.asked.append(f"{host}:{port}")
    code = seen.answer if isinstance(seen.answer, int) else 0
    writer.write(bytes([5, code, 0, 1]) + socket.inet_aton("127.0.0.1") + b"\0\0")
    await writer.drain()
    if code == 0:
        await _join(seen, host, port, (reader, writer))


@asynccontextmanager
async def http_proxy(
    *, leads_to: int | None = None, answer: str | None = None, user: tuple[str, str] | None = None
) -> AsyncIterator[ProxySeen]:
    """Serve a proxy that speaks HTTP; one request a connection."""
    async with _serving(ProxySeen(leads_to=leads_to, answer=answer, user=user), _serve_http) as seen:
        yield seen


@asynccontextmanager
async def socks_proxy(
    *, leads_to: int | None = None, answer: int | None = None, user: tuple[str, str] | None = None
) -> AsyncIterator[ProxySeen]:
    """Serve a proxy that speaks SOCKS5."""
    async with _serving(ProxySeen(leads_to=leads_to, answer=answer, user=user), _serve_socks) as seen:
        yield seen
