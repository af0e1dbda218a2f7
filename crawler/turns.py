"""Share the event loop fairly: heavy work goes in turns, at most one turn in a pass of the loop.

Thirty workers whose pages come at once would hold the loop for thirty pages; in turns, sockets and timers
are served after each. What would be too long for one turn is cut into slices.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator, Sequence
from types import TracebackType
from typing import TypeVar

__all__ = ["Turns", "slices"]

# Judging and placing a link takes some 20 microseconds; in the worst case a character takes one.
_LINKS_IN_A_SLICE = 500
_CHARS_IN_A_SLICE = 30_000

Item = TypeVar("Item")


class Turns:
    """`async with turns:` around each piece of work that takes some milliseconds, and awaits nothing."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()

    async def __aenter__(self) -> None:
        await self._lock.acquire()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await asyncio.sleep(0)
        finally:
            self._lock.release()


def slices(items: Sequence[Item], url_of: Callable[[Item], str]) -> Iterator[Sequence[Item]]:
    """All items in pieces of a few milliseconds each, by the number and the length of their URLs."""
    start = chars = 0
    for position, item in enumerate(items):
        chars += len(url_of(item))
        if chars > _CHARS_IN_A_SLICE or position - start == _LINKS_IN_A_SLICE:
            yield items[start : position + 1]
            start, chars = position + 1, 0
    if start < len(items):
        yield items[start:]
