"""Hand aiohttp's parser an answer head first, so that what follows an answer cannot spoil it.

The parser takes what came in one piece and fails all of it for any flaw in it: of a server that sends more
than it announced nothing would be had, though every browser shows its page. Here a head is gathered whole,
bounded as a whole, and parsed before its body is. And where nothing but the end of the connection says that
a body is whole, here is known whether it ended as it should.
"""

from __future__ import annotations

import asyncio
import re
import ssl
from typing import Any

from aiohttp.client_exceptions import ClientPayloadError, ServerDisconnectedError
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import BadHttpMessage, HttpProcessingError

from crawler.errors import TransientError

__all__ = ["MAX_HEAD_BYTES", "Wire"]

MAX_HEAD_BYTES = 262_144
"""Of all heads of one answer, interim ones included. Chromium stops there too, curl at 300 KB."""

_BEGINNING = b"HTTP/"
_END = re.compile(rb"\r?\n\r?\n")
_LENGTH = re.compile(rb"(?<=\n)content-length[ \t]*:[ \t]*(\d{1,20})[ \t]*\r?\n", re.IGNORECASE)


class Wire(ResponseHandler):
    """One connection of the client, for one answer after the other."""

    has_spoken = False
    """Whether any byte of the present answer has come."""
    ends_early = False
    """Whether the end of the connection may have cut something off."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._gathers = False
        self._head = bytearray()
        self._head_bytes = 0

    def set_response_params(self, **terms: Any) -> None:
        """Begin to wait for an answer."""
        self._gathers, self._head, self._head_bytes = True, bytearray(), 0
        self.has_spoken = False
        super().set_response_params(**terms)

    def data_received(self, data: bytes) -> None:
        """Parse what came: head by head, then the body as it comes."""
        if not self._gathers or self._parser is None:
            super().data_received(data)
            return
        self.has_spoken = True
        scanned = max(0, len(self._head) - 3)
        self._head += data
        while end := _END.search(self._head, scanned):
            head, self._head, scanned = bytes(self._head[: end.end()]), self._head[end.end() :], 0
            self._head_bytes += len(head)
            if self._is_too_long(self._head_bytes):
                return
            super().data_received(_without_repeated_length(head))
            if self._is_in_body():
                self._release()
                return
        if not self._is_too_long(self._head_bytes + len(self._head)) and not self._may_be_http():
            self._release()

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Take a parsed head; behind an interim answer comes another."""
        code = data[0].code
        self._gathers = 100 <= code < 200 and code != 101
        super().feed_data(data, size)

    def eof_received(self) -> None:
        """Note an end of TLS without the notice that it is one (RFC 8446 section 6.1)."""
        tls = None if self.transport is None else self.transport.get_extra_info("ssl_object")
        if tls is not None:
            try:
                self.ends_early = tls.read(1) != b""
            except ssl.SSLError:
                self.ends_early = True
        super().eof_received()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Parse what is left of a head, and tell who waits for an answer that there is none."""
        self.ends_early = self.ends_early or exc is not None
        self._release()
        super().connection_lost(exc)

    def set_exception(self, exc: Any, exc_cause: BaseException | None = None) -> None:
        """Keep an answer that broke off apart from none at all, and let no body wait for what cannot come."""
        if isinstance(exc, ServerDisconnectedError) and self.has_spoken:
            exc = TransientError("incomplete", "the connection was closed inside the headers")
        body = self._payload
        if isinstance(exc, HttpProcessingError) and body is not None and not body.is_eof():
            error = ClientPayloadError("malformed")
            error.__cause__ = exc
            body.set_exception(error, exc)
        super().set_exception(exc, *([] if exc_cause is None else [exc_cause]))

    def _is_in_body(self) -> bool:
        return not self._gathers

    def _is_too_long(self, size_bytes: int) -> bool:
        """Whether heads of that size are more than we gather; then the answer is over."""
        if size_bytes <= MAX_HEAD_BYTES:
            return False
        self._gathers = False
        self._head.clear()
        if self.transport is not None:
            self.transport.close()
        self.set_exception(BadHttpMessage(f"Got more than {MAX_HEAD_BYTES} bytes"))
        return True

    def _may_be_http(self) -> bool:
        """Whether it is worth to wait for the rest of a head: the parser knows what to call all else."""
        begun = bytes(self._head[: 2 * len(_BEGINNING)]).lstrip(b"\r\n")[: len(_BEGINNING)]
        return _BEGINNING.startswith(begun)

    def _release(self) -> None:
        """Let the parser have what was gathered."""
        self._gathers = False
        rest, self._head = bytes(self._head), bytearray()
        if rest and self._parser is not None:
            super().data_received(rest)


def _without_repeated_length(head: bytes) -> bytes:
    """The head without the repetitions of a Content-Length that all agree (RFC 9110 section 8.6)."""
    lengths = list(_LENGTH.finditer(head))
    if len(lengths) < 2 or len({each[1] for each in lengths}) > 1:
        return head
    first = lengths[0].start()
    return _LENGTH.sub(lambda each: each[0] if each.start() == first else b"", head)
