"""Bring a text into bytes that can be scanned in place, and changes of those back into the bytes as sent.

In nearly every encoding of the Web the bytes `<>"'=&` mean what they mean in ASCII and never are
part of another character. UTF-16 and ISO-2022-JP are the exceptions: they are read as UTF-8. What is
changed there is counted in the bytes as sent again, so every byte outside of a change stays, valid or not.
"""

from __future__ import annotations

import codecs
from collections.abc import Iterable, Iterator

from crawler.links.encoding import python_codec
from crawler.links.stateful import Stateful

__all__ = ["Change", "as_sent", "is_stateful", "scannable"]

Change = tuple[int, int, bytes]
"""Start and end of a stretch in bytes, and what stands there instead."""

_MARKS = {"utf-16le": codecs.BOM_UTF16_LE, "utf-16be": codecs.BOM_UTF16_BE}
_STATEFUL = frozenset({"iso-2022-jp"})


def is_stateful(encoding: str) -> bool:
    """Whether each byte's meaning hangs on those before it, so that they are read one by one."""
    return encoding in _STATEFUL


def scannable(body: bytes, encoding: str) -> tuple[bytes, str]:
    """The body in an encoding that extends ASCII, and the Python codec of that."""
    if mark := _MARKS.get(encoding):
        units = memoryview(body)[len(mark) if body.startswith(mark) else 0 :]
        units = units[: len(units) - len(units) % 2]
        return str(units, python_codec(encoding), "surrogatepass").encode("utf-8", "surrogatepass"), "utf-8"
    if is_stateful(encoding):
        return Stateful(body).text.encode(), "utf-8"
    return body, python_codec(encoding)


def as_sent(changes: Iterable[Change], scanned: bytes, encoding: str, original: bytes) -> Iterable[Change]:
    """Changes of what `scannable` gave as changes of the original.

    Args:
        changes: in order, without overlap.
        scanned: of `original`.
        encoding: that the original was sent in, a WHATWG name.
        original: the content-decoded body.
    """
    if mark := _MARKS.get(encoding):
        return _in_units(changes, scanned, encoding, len(mark) if original.startswith(mark) else 0)
    if is_stateful(encoding):
        return Stateful(original).changes(_in_chars(changes, scanned))
    return changes


def _in_units(changes: Iterable[Change], scanned: bytes, encoding: str, offset: int) -> Iterator[Change]:
    codec = python_codec(encoding)
    position = 0
    for start, end, new in changes:
        begins = offset + len(_text(scanned[position:start]).encode(codec, "surrogatepass"))
        offset = begins + len(_text(scanned[start:end]).encode(codec, "surrogatepass"))
        position = end
        yield begins, offset, _text(new).encode(codec, "surrogatepass")


def _in_chars(changes: Iterable[Change], scanned: bytes) -> Iterator[tuple[int, int, str]]:
    position = chars = 0
    for start, end, new in changes:
        begins = chars + len(_text(scanned[position:start]))
        chars = begins + len(_text(scanned[start:end]))
        position = end
        yield begins, chars, _text(new)


def _text(scanned: bytes) -> str:
    return scanned.decode("utf-8", "surrogatepass")
