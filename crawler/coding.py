"""Undo content codings with a limit on what comes out, so that a bomb costs its page alone.

RFC 9110 section 8.4.1: gzip and deflate always; br and zstd where their libraries are installed
(`crawler[fast]`). Codings may be layered; they are undone in reverse order of the header.
"""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["ACCEPTED_CODINGS", "BodyTooLargeError", "CodingError", "decode_body"]

_MAX_LAYERS = 5
_CHUNK = 1 << 16
_FIRST_SHOWN = 512
# Blocked gzip has a member for every 64 KiB.
_MAX_MEMBERS = 10_000
_GZIP = b"\x1f\x8b"
# RFC 8878, sections 3.1.1 and 3.1.2: a frame, and the sixteen kinds of frames to skip.
_ZSTD = (b"\x28\xb5\x2f\xfd", *(bytes([first]) + b"\x2a\x4d\x18" for first in range(0x50, 0x60)))
# RFC 9659: a sender may use windows of 8 MiB, a receiver may refuse larger ones.
_ZSTD_WINDOW_LOG = 23


class BodyTooLargeError(ValueError):
    """What came out passed the limit."""


class CodingError(ValueError):
    """The body is not what its Content-Encoding says, or is cut off."""


def _optional(*names: str) -> Any:
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


_brotli = _optional("brotli", "brotlicffi")
_zstd = _optional("compression.zstd", "backports.zstd")


def _members(body: bytes, room: int, new_decoder: Callable[[], Any], following: tuple[bytes, ...]) -> bytes:
    """What the members of a stream decompress to, one behind the other.

    A decompressor copies what it was given and did not need, so a body of a million empty members would
    cost the square of its size if each was shown all the rest: each is shown a little, then twice as much.

    Args:
        body: all of them.
        room: bytes that may come out.
        new_decoder: makes a decompressor of `zlib` or `zstd`.
        following: how another member begins; what begins otherwise is junk, passed over as browsers do.
    """
    view = memoryview(body)
    pieces: list[bytes] = []
    position = 0
    for _ in range(_MAX_MEMBERS):
        decoder = new_decoder()
        shown = _FIRST_SHOWN
        while not decoder.eof:
            chunk = view[position : position + shown]
            if not chunk:
                raise CodingError("cut off")
            position += len(chunk)
            shown *= 2
            piece = decoder.decompress(chunk, room + 1)
            room -= len(piece)
            if room < 0:
                raise BodyTooLargeError
            pieces.append(piece)
        position -= len(decoder.unused_data)
        if not body.startswith(following, position):
            return b"".join(pieces)
    raise CodingError(f"more than {_MAX_MEMBERS} members")


def _gunzip(body: bytes, room: int) -> bytes:
    if not body.startswith(_GZIP):
        return body
    return _members(body, room, lambda: zlib.decompressobj(31), (_GZIP,))


def _undeflate(body: bytes, room: int) -> bytes:
    """RFC 9110 says zlib; some servers send raw deflate and browsers read both."""
    try:
        return _members(body, room, lambda: zlib.decompressobj(15), ())
    except zlib.error:
        return _members(body, room, lambda: zlib.decompressobj(-15), ())


def _unbrotli(body: bytes, room: int) -> bytes:
    decoder = _brotli.Decompressor()
    pieces: list[bytes] = []
    data = body
    while True:
        try:
            piece = decoder.process(data, output_buffer_limit=_CHUNK)
        except _brotli.error as error:
            raise CodingError(str(error)) from None
        data = b""
        room -= len(piece)
        if room < 0:
            raise BodyTooLargeError
        pieces.append(piece)
        if decoder.is_finished():
            return b"".join(pieces)
        if not piece and decoder.can_accept_more_data():
            raise CodingError("cut off")


def _unzstd(body: bytes, room: int) -> bytes:
    options = {_zstd.DecompressionParameter.window_log_max: _ZSTD_WINDOW_LOG}
    try:
        return _members(body, room, lambda: _zstd.ZstdDecompressor(options=options), _ZSTD)
    except _zstd.ZstdError as error:
        raise CodingError(str(error)) from None


def _decoders() -> Iterator[tuple[str, Callable[[bytes, int], bytes]]]:
    yield "gzip", _gunzip
    yield "deflate", _undeflate
    if _brotli is not None:
        yield "br", _unbrotli
    if _zstd is not None:
        yield "zstd", _unzstd


_DECODERS = dict(_decoders())
ACCEPTED_CODINGS = ", ".join(_DECODERS)
"""The value of Accept-Encoding: exactly what `decode_body` undoes."""


def decode_body(body: bytes, content_encoding: str | None, limit_bytes: int) -> bytes:
    """The body with its content codings undone.

    A coding that is unknown leaves the body as it is: it can still be kept and read by others.

    Raises:
        BodyTooLargeError: more than `limit_bytes` came out of a layer.
        CodingError: damaged or cut off, or more than five layers.
    """
    names = [name.strip().lower() for name in (content_encoding or "").split(",")]
    layers = [name.removeprefix("x-") for name in names if name not in {"", "identity", "none"}]
    if len(layers) > _MAX_LAYERS:
        raise CodingError(f"{len(layers)} content codings on top of each other")
    for name in reversed(layers):
        if name not in _DECODERS:
            return body
        if not body:
            return body
        try:
            body = _DECODERS[name](body, limit_bytes)
        except zlib.error as error:
            raise CodingError(str(error)) from None
    return body
