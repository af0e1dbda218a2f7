"""Let in so many connections and no more, and close those that never ask for anything."""

from __future__ import annotations

import asyncio

from aiohttp import web

__all__ = ["Doorkeeper"]


class Doorkeeper:
    """Makes the protocol of each connection.

    Args:
        server: of aiohttp; makes the protocols.
        most: connections at once; more are closed at once.
        patience_seconds: until the head of the first request must have come.
    """

    def __init__(self, server: web.Server, most: int, patience_seconds: float) -> None:
        self._server = server
        self._most = most
        self._patience_seconds = patience_seconds

    def __call__(self) -> asyncio.BaseProtocol:
        """The protocol of a new connection."""
        if len(self._server.connections) >= self._most:
            return _Closed()
        protocol = self._server()
        asyncio.get_running_loop().call_later(self._patience_seconds, _close_if_silent, protocol)
        return protocol


def _close_if_silent(protocol: web.RequestHandler) -> None:
    """Close a connection on which no whole head of a request has come."""
    if protocol._request_count == 0:  # noqa: SLF001 - aiohttp tells it nowhere else
        protocol.force_close()
        if protocol.transport is not None:
            protocol.transport.abort()


class _Closed(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Close it again."""
        assert isinstance(transport, asyncio.Transport)
        transport.abort()
