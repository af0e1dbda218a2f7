"""Bring a text into bytes that can be scanned in place, and back into the encoding it came in.

In nearly every encoding of the Web the bytes `<>"'=&` mean what they mean in ASCII and never are
part of another character. UTF-16 and ISO-2022-JP are the exceptions: they are read as UTF-8. Of UTF-16
every byte comes back, valid or not; of ISO-2022-JP all that is valid does.
"""

from __future__ import annotations

import codecs

from crawler.links.encoding import decode, python_codec

__all__ = ["as_sent", "scannable"]

_MARKS = {"utf-16le": codecs.BOM_UTF16_LE, "utf-16be": codecs.BOM_UTF16_BE}
_STATEFUL = frozenset({"iso-2022-jp"})


def scannable(body: bytes, encoding: str) -> tuple[bytes, str]:
    """The body in an encoding that extends ASCII, and the Python codec of that."""
    if mark := _MARKS.get(encoding):
        units = memoryview(body)[len(mark) if body.startswith(mark) else 0 :]
        units = units[: len(units) - len(units) % 2]
        return str(units, python_codec(encoding), "surrogatepass").encode("utf-8", "surrogatepass"), "utf-8"
    if encoding in _STATEFUL:
        return decode(body, encoding).encode("utf-8", "surrogatepass"), "utf-8"
    return body, python_codec(encoding)


def as_sent(scanned: bytes, encoding: str, original: bytes) -> bytes:
    """The inverse of `scannable` for an edited text; `original` tells what surrounded it."""
    if mark := _MARKS.get(encoding):
        text = scanned.decode("utf-8", "surrogatepass").encode(python_codec(encoding), "surrogatepass")
        odd_byte = original[-1:] if len(original) % 2 else b""
        return (mark if original.startswith(mark) else b"") + text + odd_byte
    if encoding in _STATEFUL:
        return scanned.decode("utf-8", "surrogatepass").encode(python_codec(encoding), "xmlcharrefreplace")
    return scanned
