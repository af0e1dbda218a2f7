"""Undo content codings piece by piece, with a limit on what comes out, so that a bomb costs its page alone.

RFC 9110 section 8.4.1: gzip and deflate always; br and zstd where their libraries are installed
(`crawler[fast]`). Codings may be layered; they are undone in reverse order of the header.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from itertools import takewhile
from typing import Any

__all__ = [
    "ACCEPTED_CODINGS",
    "BodyTooLargeError",
    "CodingError",
    "TooManyLayersError",
    "decode_small",
    "decoded",
    "layers_of",
]

_MAX_LAYERS = 5
_GZIP_TYPES = frozenset(
    {"application/gzip", "application/x-gzip", "application/x-gunzip", "application/x-tgz"}
)
_CHUNK = 1 << 16
_FIRST_SHOWN = 512
_MARK_BYTES = 4
# Blocked gzip has a member for every 64 KiB.
_MAX_MEMBERS = 10_000
# A decompressor of zstd takes a tenth of a millisecond to make.
_FEW_MEMBERS = 50
_GZIP = b"\x1f\x8b"
# RFC 8878, sections 3.1.1 and 3.1.2: a frame, and the sixteen kinds of frames to skip.
_ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes([first]) + b"\x2a\x4d\x18" for first in range(0x50, 0x60)))
# RFC 9659: a sender may use windows of 8 MiB, a receiver may refuse larger ones.
_ZSTD_WINDOW_LOG = 23


class BodyTooLargeError(ValueError):
    """What came out passed the limit."""


class CodingError(ValueError):
    """The body is not what its Content-Encoding says, or is cut off."""


class TooManyLayersError(CodingError):
    """More content codings on top of each other than anybody means."""


class _TooManyMembersError(CodingError):
    """More than the caller allows."""


def _optional(*names: str) -> Any:
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


_brotli = _optional("brotli", "brotlicffi")
_zstd = _optional("compression.zstd", "backports.zstd")


class _Source:
    """What is to be decoded, of which a decoder is shown as much as it wants."""

    def __init__(self, chunks: Iterable[bytes], most_members: int) -> None:
        self.most_members = most_members
        self._chunks = iter(chunks)
        self._chunk = memoryview(b"")
        self._at = 0

    def take(self, most_bytes: int) -> memoryview:
        """The next bytes; none: there are no more."""
        if self._at == len(self._chunk):
            self._chunk, self._at = memoryview(next(self._chunks, b"")), 0
        taken = self._chunk[self._at : self._at + most_bytes]
        self._at += len(taken)
        return taken

    def put_back(self, size_bytes: int) -> None:
        """Take back the end of what was taken last."""
        self._at -= size_bytes

    def peek(self, size_bytes: int) -> bytes:
        """The next bytes, which are still there to be taken."""
        while len(self._chunk) - self._at < size_bytes and (more := next(self._chunks, b"")):
            self._chunk, self._at = memoryview(bytes(self._chunk[self._at :]) + more), 0
        return bytes(self._chunk[self._at : self._at + size_bytes])

    def rest(self) -> Iterator[bytes]:
        """Everything that was not taken."""
        while taken := self.take(_CHUNK):
            yield bytes(taken)


def _inflated(decoder: Any, data: bytes | memoryview) -> Iterator[bytes]:
    """What a decompressor of zlib makes of more input, in small steps."""
    while True:
        piece = decoder.decompress(data, _CHUNK)
        yield piece
        data = decoder.unconsumed_tail
        if decoder.eof or (not data and len(piece) < _CHUNK):
            return


def _unzstded(decoder: Any, data: bytes | memoryview) -> Iterator[bytes]:
    """The same for zstd, whose decompressor keeps what it has not needed yet."""
    yield decoder.decompress(data, _CHUNK)
    while not (decoder.eof or decoder.needs_input):
        yield decoder.decompress(b"", _CHUNK)


def _members(
    source: _Source,
    new_decoder: Callable[[], Any],
    steps: Callable[[Any, memoryview], Iterator[bytes]],
    following: tuple[bytes, ...],
) -> Iterator[bytes]:
    """What the members of a stream decompress to, one behind the other.

    A decompressor copies what it was given and did not need, so a body of a million empty members would
    cost the square of its size if each was shown all the rest: each is shown a little, then twice as much.

    Args:
        source: all of them.
        new_decoder: makes a decompressor.
        steps: feeds it.
        following: how another member begins; what begins otherwise is junk, passed over as browsers do.
    """
    for _ in range(source.most_members):
        decoder = new_decoder()
        shown = _FIRST_SHOWN
        while not decoder.eof:
            chunk = source.take(shown)
            if not chunk:
                raise CodingError("cut off")
            yield from steps(decoder, chunk)
            shown = min(2 * shown, _CHUNK)
        source.put_back(len(decoder.unused_data))
        if not following or not source.peek(_MARK_BYTES).startswith(following):
            return
    raise _TooManyMembersError(f"more than {source.most_members} members")


def _gunzip(source: _Source) -> Iterator[bytes]:
    if source.peek(_MARK_BYTES).startswith(_GZIP):
        return _members(source, lambda: zlib.decompressobj(31), _inflated, (_GZIP,))
    return source.rest()


def _undeflate(source: _Source) -> Iterator[bytes]:
    """RFC 9110 says zlib; some servers send raw deflate and browsers read both.

    Where the two bytes of RFC 1950 section 2.2 stand there begins no raw deflate: it would be a stored block
    with bits set that every encoder leaves 0.
    """
    start = source.peek(2)
    has_header = len(start) == 2 and start[0] & 0x0F == 8 and int.from_bytes(start) % 31 == 0
    return _members(source, lambda: zlib.decompressobj(15 if has_header else -15), _inflated, ())


def _unbrotli(source: _Source) -> Iterator[bytes]:
    decoder = _brotli.Decompressor()
    while not decoder.is_finished():
        data = bytes(source.take(_CHUNK)) if decoder.can_accept_more_data() else b""
        piece = decoder.process(data, output_buffer_limit=_CHUNK)
        if not data and not piece:
            raise CodingError("cut off")
        yield piece


def _unzstd(source: _Source) -> Iterator[bytes]:
    options = {_zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
    return _members(source, lambda: _zstd.ZstdDecompressor(options=options), _unzstded, _ZSTD)


def _decoders() -> Iterator[tuple[str, Callable[[_Source], Iterator[bytes]]]]:
    yield "gzip", _gunzip
    yield "deflate", _undeflate
    if _brotli is not None:
        yield "br", _unbrotli
    if _zstd is not None:
        yield "zstd", _unzstd


_DECODERS = dict(_decoders())
_DAMAGE = (
    zlib.error,
    *(() if _brotli is None else (_brotli.error,)),
    *(() if _zstd is None else (_zstd.ZstdError,)),
)
ACCEPTED_CODINGS = ", ".join(_DECODERS)
"""The value of Accept-Encoding: exactly what `decoded` undoes."""


def layers_of(content_encoding: str | None, media_type: str = "") -> tuple[str, ...]:
    """The codings that can be undone, the outermost first.

    One that is unknown ends the list: what is inside can still be kept and read by others. A gzip file that is
    called gzip-coded too is what it is: servers say so of their .tar.gz, and browsers save it packed.

    Raises:
        TooManyLayersError: more than five.
    """
    names = [name.strip().lower() for name in (content_encoding or "").split(",")]
    layers = [name.removeprefix("x-") for name in names if name not in {"", "identity", "none"}]
    if len(layers) > _MAX_LAYERS:
        raise TooManyLayersError(f"{len(layers)} content codings on top of each other")
    if layers == ["gzip"] and media_type in _GZIP_TYPES:
        return ()
    return tuple(takewhile(_DECODERS.__contains__, reversed(layers)))


def decoded(chunks: Iterable[bytes], layers: Iterable[str], limit_bytes: int) -> Iterator[bytes]:
    """The content with its codings undone, in pieces of some 64 KB.

    Args:
        chunks: as sent; none is empty.
        layers: see `layers_of`.
        limit_bytes: the most that may come out of any layer.

    Raises:
        BodyTooLargeError: more came out.
        CodingError: damaged or cut off.
    """
    return _layered(iter(chunks), layers, limit_bytes, _MAX_MEMBERS)


def decode_small(body: bytes, layers: Iterable[str], limit_bytes: int) -> bytes | None:
    """The same at once, within a few milliseconds; None: this one takes longer, or is too large.

    Args:
        body: as sent, and short.
        layers: see `layers_of`.
        limit_bytes: the most that may come out of any layer; small.

    Raises:
        CodingError: damaged or cut off.
    """
    pieces = _layered(iter((body,) if body else ()), layers, limit_bytes, _FEW_MEMBERS)
    try:
        return b"".join(pieces)
    except (BodyTooLargeError, _TooManyMembersError):
        return None


def _layered(
    pieces: Iterator[bytes], layers: Iterable[str], limit_bytes: int, most_members: int
) -> Iterator[bytes]:
    for name in layers:
        pieces = _undone(name, _Source(pieces, most_members), limit_bytes)
    return pieces


def _undone(name: str, source: _Source, limit_bytes: int) -> Iterator[bytes]:
    if not source.peek(1):
        return
    room = limit_bytes
    try:
        for piece in _DECODERS[name](source):
            room -= len(piece)
            if room < 0:
                raise BodyTooLargeError
            if piece:
                yield piece
    except _DAMAGE as error:
        raise CodingError(str(error)) from None
    # An outer layer must be whole, whatever this one needed of it.
    for _ in source.rest():
        pass
