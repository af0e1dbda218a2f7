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


def _inflate(body: bytes, window: int, room: int) -> bytes:
    """All members of a gzip or zlib stream (RFC 1952 allows several)."""
    pieces: list[bytes] = []
    data = body
    while True:
        inflater = zlib.decompressobj(window)
        piece = inflater.decompress(data, room + 1)
        room -= len(piece)
        if room < 0:
            raise BodyTooLargeError
        pieces.append(piece)
        if not inflater.eof:
            raise CodingError("cut off")
        data = inflater.unused_data
        # Junk behind the last member is passed over, as browsers do.
        if not data.startswith(b"\x1f\x8b"):
            return b"".join(pieces)


def _gunzip(body: bytes, room: int) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    return _inflate(body, 31, room)


def _undeflate(body: bytes, room: int) -> bytes:
    """RFC 9110 says zlib; some servers send raw deflate and browsers read both."""
    try:
        return _inflate(body, 15, room)
    except zlib.error:
        return _inflate(body, -15, room)


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
    pieces: list[bytes] = []
    data = body
    while data:
        decoder = _zstd.ZstdDecompressor()
        while not decoder.eof:
            try:
                piece = decoder.decompress(data, max_length=_CHUNK)
            except _zstd.ZstdError as error:
                raise CodingError(str(error)) from None
            data = b""
            room -= len(piece)
            if room < 0:
                raise BodyTooLargeError
            pieces.append(piece)
            if not piece and decoder.needs_input:
                raise CodingError("cut off")
        data = decoder.unused_data
    return b"".join(pieces)


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
