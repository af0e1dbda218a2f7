"""Give the answers of many segments in the order in which they came, of which few are open at a time."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

from crawler.archive.growth import began_at
from crawler.archive.recovery import Recovered, answers
from crawler.body import Spool

__all__ = ["answers_in_order"]


def answers_in_order(segments: Mapping[Path, int], spool: Spool) -> Iterator[Recovered]:
    """The answers of segments, each from an offset on, by when they began. Blocking.

    A segment is opened when the first that can stand in it is due; within one the order is that of the file, in
    which answers that took long stand behind some that began after them.

    Args:
        segments: of one run.
        spool: where large bodies lie.

    Raises:
        OSError: a segment cannot be read.
        StorageError: the spool is full.
    """
    numbers = count()
    unopened = sorted((0.0 if start else began_at(path), path.name, path) for path, start in segments.items())
    waiting: list[tuple[float, int, Recovered, Iterator[Recovered]]] = []

    def follow(stream: Iterator[Recovered]) -> None:
        if (found := next(stream, None)) is not None:
            heapq.heappush(waiting, (found.response.started_at, next(numbers), found, stream))

    for began, _, path in unopened:
        while waiting and waiting[0][0] < began:
            _, _, found, stream = heapq.heappop(waiting)
            yield found
            follow(stream)
        follow(answers(path, spool, segments[path]))
    while waiting:
        _, _, found, stream = heapq.heappop(waiting)
        yield found
        follow(stream)
