"""Answer badly on purpose: the ways a server breaks while it is being asked."""

from __future__ import annotations

import asyncio
import socket
import struct
from contextlib import suppress

from aiohttp import web

__all__ = ["drip", "reset", "truncated", "unavailable"]

DRIPS = 25
MISSING_BYTES = 1000
LINGER_ZERO = struct.pack("ii", 1, 0)  # close() then sends RST instead of FIN


def reset(request: web.Request) -> web.Response:
    """Reset the connection; the response returned is never sent."""
    transport = request.transport
    if transport is not None:
        connection = transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_ZERO)
        transport.abort()
    return web.Response()


def unavailable(body: bytes, headers: dict[str, str], retry_after_seconds: int) -> web.Response:
    """503 with `Retry-After` in seconds (RFC 9110 section 10.2.3)."""
    return web.Response(status=503, body=body, headers=headers | {"Retry-After": str(retry_after_seconds)})


async def truncated(request: web.Request, body: bytes, headers: dict[str, str]) -> web.StreamResponse:
    """Promise more bytes than are sent, then close (RFC 9112 section 8: the message is incomplete)."""
    response = web.StreamResponse(headers=headers)
    response.content_length = len(body) + MISSING_BYTES
    response.force_close()
    await response.prepare(request)
    with suppress(ConnectionError):  # the client may be gone already
        await response.write(body[: len(body) // 2])
    return response


async def drip(
    request: web.Request, body: bytes, headers: dict[str, str], drip_seconds: float
) -> web.StreamResponse:
    """Send the whole body, a few bytes at a time, spread over `drip_seconds`."""
    response = web.StreamResponse(headers=headers)
    response.content_length = len(body)
    await response.prepare(request)
    size = -(-len(body) // DRIPS)
    with suppress(ConnectionError):
        for start in range(0, len(body), size):
            await response.write(body[start : start + size])
            await asyncio.sleep(drip_seconds / DRIPS)
    return response
