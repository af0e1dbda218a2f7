"""Read which stretch of a body is asked for (RFC 9110, section 14.1.2): one, or the whole."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Stretch", "stretch_of"]

_ONE = re.compile(r"bytes=(\d{0,19})-(\d{0,19})", re.ASCII)
_UNIT = "bytes="


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """From a byte to before another.

    Args:
        start: the first.
        end: behind the last.
        is_part: it was asked for; else it is the whole.
    """

    start: int
    end: int
    is_part: bool = False

    @property
    def size(self) -> int:
        """How many bytes."""
        return self.end - self.start


def stretch_of(header: str | None, size: int) -> Stretch | None:
    """The stretch that a Range header asks for; None: 416, it cannot be had.

    Several stretches at once cost a server much and a reader little: they cannot be had either. Another unit
    than bytes is passed over, as the standard wants it.
    """
    whole = Stretch(start=0, end=size)
    if header is None or not header.lower().startswith(_UNIT):
        return whole
    match = _ONE.fullmatch(header.strip())
    if match is None or match[0] == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        length = min(int(last), size)
        return Stretch(start=size - length, end=size, is_part=True) if length else None
    start, end = int(first), int(last) + 1 if last else size
    if start >= size or end <= start:
        return None
    return Stretch(start=start, end=min(end, size), is_part=True)
