"""Bring a text into bytes that can be scanned in place, and back into the encoding it came in.

In nearly every encoding of the Web the bytes `<>"'=&` mean what they mean in ASCII and never are
part of another character. UTF-16 and ISO-2022-JP are the exceptions: they are read as UTF-8.
"""

from __future__ import annotations

import codecs

from crawler.links.encoding import decode, python_codec

__all__ = ["as_sent", "scannable"]

_NOT_ASCII_BASED = frozenset({"utf-16le", "utf-16be", "iso-2022-jp"})
_MARKS = {"utf-16le": codecs.BOM_UTF16_LE, "utf-16be": codecs.BOM_UTF16_BE}


def scannable(body: bytes, encoding: str) -> tuple[bytes, str]:
    """The body in an encoding that extends ASCII, and the Python codec of that."""
    if encoding in _NOT_ASCII_BASED:
        return decode(body, encoding).encode("utf-8", "surrogatepass"), "utf-8"
    return body, python_codec(encoding)


def as_sent(scanned: bytes, encoding: str, original: bytes) -> bytes:
    """The inverse of `scannable` for an edited text; `original` tells whether it began with a mark."""
    if encoding not in _NOT_ASCII_BASED:
        return scanned
    mark = _MARKS.get(encoding, b"")
    text = scanned.decode("utf-8", "surrogatepass")
    return (mark if mark and original.startswith(mark) else b"") + text.encode(
        python_codec(encoding), "replace"
    )
