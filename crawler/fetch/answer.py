"""Read the body of an answer, bounded, and tell a whole one from one that broke off."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp.connector import Connection

from crawler.body import SMALL_BYTES, Body, BodyWriter, Spool
from crawler.errors import PermanentError, TransientError
from crawler.fetch.wire import Wire

__all__ = ["Answer", "read_wire"]

# RFC 9110 section 8.6: the Content-Length of these speaks of a body that does not follow.
_BODYLESS_STATUSES = frozenset({204, 304})


class Answer(aiohttp.ClientResponse):
    """aiohttp's response, which forgets its connection once the body has come, and what we ask of that."""

    peer_address = ""
    _wire: Wire | None = None

    async def start(self, connection: Connection) -> Answer:
        """Begin to read the answer; remember who gives it.

        Raises:
            PermanentError: `protocol`: its status is none (RFC 9110 section 15: from 100 on).
        """
        if connection.transport is not None:
            peer = connection.transport.get_extra_info("peername")
            self.peer_address = str(peer[0]) if peer else ""
        assert isinstance(connection.protocol, Wire)
        self._wire = connection.protocol
        await super().start(connection)
        if self.status < 100:
            raise PermanentError("protocol", f"bad status line: status {self.status:03}")
        return self

    @property
    def is_cut(self) -> bool:
        """Whether the connection broke where its end is the only sign of the body's end."""
        says_its_end = self.content_length is not None or "chunked" in self._transfer_coding
        return self._wire is not None and self._wire.ends_early and not says_its_end

    @property
    def _transfer_coding(self) -> str:
        return self.headers.get("Transfer-Encoding", "").lower()

    @property
    def reason_octets(self) -> str:
        """The reason phrase, which aiohttp reads as UTF-8, in the form of header values: latin-1."""
        return (self.reason or "").encode("utf-8", "surrogateescape").decode("latin-1")

    @property
    def protocol(self) -> str:
        """Name and version in the status line."""
        version = self.version or aiohttp.HttpVersion11
        return f"HTTP/{version.major}.{version.minor}"


async def read_wire(answer: Answer, limit_bytes: int, spool: Spool) -> Body:
    """The body after transfer decoding, content coding as sent; a longer one closes the connection.

    Raises:
        StorageError: the disk is full or failed.
        PermanentError: `too_large`: it has more than `limit_bytes`, or says so.
        TransientError: `incomplete`: the connection broke before the end.
        aiohttp.ClientPayloadError: the same, found by aiohttp.
        TimeoutError: it took too long.
    """
    if answer.status not in _BODYLESS_STATUSES and (answer.content_length or 0) > limit_bytes:
        answer.close()
        raise PermanentError("too_large", f"{answer.content_length} bytes; --max-body is {limit_bytes}")
    try:
        wire = await _pieces(answer, limit_bytes, spool)
    except TimeoutError:
        raise
    except OSError as error:
        raise TransientError("incomplete", f"the connection broke inside the body: {error}") from error
    if answer.is_cut:
        raise TransientError("incomplete", "the connection broke inside the body")
    return wire


async def _pieces(answer: Answer, limit_bytes: int, spool: Spool) -> Body:
    writer = BodyWriter(spool)
    pieces: list[bytes] = []
    size_bytes = held_bytes = 0
    async for piece in answer.content.iter_any():
        size_bytes += len(piece)
        if size_bytes > limit_bytes:
            answer.close()
            raise PermanentError("too_large", f"more than --max-body {limit_bytes}")
        pieces.append(piece)
        held_bytes += len(piece)
        if held_bytes > SMALL_BYTES:
            await asyncio.to_thread(writer.write, b"".join(pieces))
            pieces.clear()
            held_bytes = 0
    rest = pieces[0] if len(pieces) == 1 else b"".join(pieces)
    if size_bytes <= SMALL_BYTES:
        return Body.of(rest)
    await asyncio.to_thread(writer.write, rest)
    return writer.finish()
