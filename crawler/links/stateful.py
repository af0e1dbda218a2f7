"""Read ISO-2022-JP, and edit stretches of it: the one encoding of the Web in which a byte means what an escape made of it.

WHATWG Encoding section 12.2.1, except that an escape right behind another is no error. The decoder of Python loses
track of where a damaged character stood, so every character is found here with its bytes.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["Stateful"]

_ASCII, _ROMAN, _KATAKANA = b"\x1b(B", b"\x1b(J", b"\x1b(I"
_ESCAPE = re.compile(rb"\x1b(?:\([BJI]|\$[@B])")
_DOUBLE = re.compile(rb"[\x21-\x7e][^\x1b]|.", re.DOTALL)
_LOST = "\ufffd"
_NO_TEXT = dict.fromkeys((0x0E, 0x0F, 0x1B, *range(0x80, 0x100)), _LOST)
_TABLES: dict[bytes, dict[int, str]] = {
    _ASCII: _NO_TEXT,
    _ROMAN: _NO_TEXT | {0x5C: "\xa5", 0x7E: "\u203e"},
    _KATAKANA: {byte: chr(byte - 0x21 + 0xFF61) if 0x21 <= byte <= 0x5F else _LOST for byte in range(0x100)},
}


class _Stretch(NamedTuple):
    """What stands between two escapes.

    Args:
        start: byte offset, behind the escape.
        raw: its bytes.
        escape: that it stands under.
        text: one character for each of `_tokens`.
    """

    start: int
    raw: bytes
    escape: bytes
    text: str

    def offset(self, index: int) -> int:
        """The byte offset of a character."""
        if self.escape in _TABLES:
            return self.start + index
        return self.start + sum(map(len, _DOUBLE.findall(self.raw)[:index]))


class Stateful:
    """A text in ISO-2022-JP. Never raises on any bytes.

    Args:
        body: as sent.
    """

    def __init__(self, body: bytes) -> None:
        self._size = len(body)
        self._stretches = tuple(_stretches(body))
        self._firsts: list[int] = []
        count = 0
        for each in self._stretches:
            self._firsts.append(count)
            count += len(each.text)

    @property
    def text(self) -> str:
        """All of it; what is no character is U+FFFD."""
        return "".join(each.text for each in self._stretches)

    def changes(self, wanted: Iterator[tuple[int, int, str]]) -> Iterator[tuple[int, int, bytes]]:
        """What to put where in the bytes, so that stretches of the text are replaced and the rest reads as before.

        Args:
            wanted: start and end in characters, and the new text; in order, without overlap.

        Yields:
            Start and end in bytes, with the escapes around, and the new bytes.
        """
        ready, state = 0, _ASCII
        for start, end, text in wanted:
            begins, before = self._before(start)
            if begins < ready:
                begins, before = ready, state
            ready, state = self._behind(end)
            yield begins, ready, _written(text, before, state if ready < self._size else b"")

    def _before(self, index: int) -> tuple[int, bytes]:
        """Where a character can begin, before its escapes, and what holds there."""
        number = max(0, bisect_left(self._firsts, index) - 1)
        stretch = self._stretches[number]
        return stretch.offset(index - self._firsts[number]), stretch.escape

    def _behind(self, index: int) -> tuple[int, bytes]:
        """Where a character begins, behind its escapes, and what holds there."""
        number = bisect_right(self._firsts, index) - 1
        stretch = self._stretches[number]
        return stretch.offset(index - self._firsts[number]), stretch.escape


def _stretches(body: bytes) -> Iterator[_Stretch]:
    start, escape = 0, _ASCII
    for found in _ESCAPE.finditer(body):
        yield _stretch(body, start, found.start(), escape)
        start, escape = found.end(), found[0]
    yield _stretch(body, start, len(body), escape)


def _stretch(body: bytes, start: int, end: int, escape: bytes) -> _Stretch:
    raw = body[start:end]
    table = _TABLES.get(escape)
    if table is not None:
        text = raw.decode("latin-1").translate(table)
    else:
        text = "".join(map(_char, _DOUBLE.findall(raw)))
    return _Stretch(start, raw, escape, text)


def _char(pair: bytes) -> str:
    """JIS X 0208 in two bytes is EUC-JP with the high bits off."""
    if len(pair) < 2 or not 0x21 <= pair[1] <= 0x7E:
        return _LOST
    found = bytes(byte | 0x80 for byte in pair).decode("euc_jp", "replace")
    return found if len(found) == 1 else _LOST


def _written(text: str, before: bytes, behind: bytes) -> bytes:
    """The text, to stand where `before` holds, and leaving `behind` to hold; b"": nothing follows."""
    new = text.encode("iso2022_jp", "xmlcharrefreplace")
    if new and before != _ASCII and not new.startswith(b"\x1b"):
        new = _ASCII + new
    if behind in {b"", _ASCII if new else before}:
        return new
    return new.removesuffix(_ASCII) + behind
