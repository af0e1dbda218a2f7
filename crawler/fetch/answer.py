"""Read the body of an answer, bounded, and tell a whole one from one that broke off."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp.connector import Connection

from crawler.body import SMALL_BYTES, Body, BodyWriter, Spool
from crawler.clock import Clock
from crawler.errors import PermanentError, SiteError, TransientError
from crawler.fetch.wire import Wire
from crawler.options import FetchOptions

__all__ = ["Answer", "read_wire"]

# RFC 9110 section 8.6: the Content-Length of these speaks of a body that does not follow.
_BODYLESS_STATUSES = frozenset({204, 304})
_RATE_SECONDS = 10.0


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


async def read_wire(answer: Answer, options: FetchOptions, clock: Clock, spool: Spool) -> Body:
    """The body after transfer decoding, content coding as sent; one that fails closes the connection.

    Args:
        answer: whose headers have come.
        options: what a body may cost: `max_body` and `min_rate`.
        clock: for the rate.
        spool: where a large one goes.

    Raises:
        PermanentError: `too_large`: it is longer than allowed, or says so.
        TransientError: `incomplete`: the connection broke before the end; `timeout`: it came too slowly.
        StorageError: the disk is full or failed.
        aiohttp.ClientPayloadError: the same as `incomplete`, found by aiohttp.
        TimeoutError: it took too long.
    """
    announced = 0 if answer.status in _BODYLESS_STATUSES else answer.content_length or 0
    try:
        if announced > options.max_body:
            raise PermanentError("too_large", f"{announced} bytes; --max-body is {options.max_body}")
        wire = await _read(answer, options, clock, spool)
    except TimeoutError:
        raise
    except SiteError:
        answer.close()
        raise
    except OSError as error:
        raise TransientError("incomplete", f"the connection broke inside the body: {error}") from error
    if answer.is_cut:
        raise TransientError("incomplete", "the connection broke inside the body")
    return wire


async def _read(answer: Answer, options: FetchOptions, clock: Clock, spool: Spool) -> Body:
    """The body, written down in a thread whenever so much of it waits that it is not small."""
    writer = BodyWriter(spool)
    rate = _Rate(clock, options.min_rate)
    waiting: list[bytes] = []
    size_bytes = waiting_bytes = 0
    try:
        async for piece in answer.content.iter_any():
            size_bytes += len(piece)
            if size_bytes > options.max_body:
                raise PermanentError("too_large", f"more than --max-body {options.max_body}")
            rate.add(len(piece))
            waiting.append(piece)
            waiting_bytes += len(piece)
            if waiting_bytes > SMALL_BYTES:
                await asyncio.to_thread(writer.write, b"".join(waiting))
                waiting.clear()
                waiting_bytes = 0
        rest = waiting[0] if len(waiting) == 1 else b"".join(waiting)
        if size_bytes <= SMALL_BYTES:
            return Body.of(rest)
        await asyncio.to_thread(writer.write, rest)
        return writer.finish()
    finally:
        # aiohttp keeps the error, and the error this frame: the file is not to wait for that.
        del writer


class _Rate:
    """Watches how fast bytes come, ten seconds after ten seconds: a quick start excuses no drip."""

    def __init__(self, clock: Clock, least_per_second: int) -> None:
        self._clock = clock
        self._least = least_per_second
        self._since = clock.monotonic()
        self._bytes = 0

    def add(self, size_bytes: int) -> None:
        """Count bytes that came now.

        Raises:
            TransientError: too few came for too long.
        """
        self._bytes += size_bytes
        now = self._clock.monotonic()
        seconds = now - self._since
        if seconds < _RATE_SECONDS:
            return
        if self._bytes < self._least * seconds:
            rate = f"{self._bytes / seconds:.0f} bytes a second; --min-rate is {self._least}"
            raise TransientError("timeout", rate)
        self._since, self._bytes = now, 0
