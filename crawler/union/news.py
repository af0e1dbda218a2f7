"""Find out what of the union's own files its ledger was not told yet, by run."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from crawler.archive.recovery import segments_in
from crawler.output import Output
from crawler.segmentnames import run_name
from crawler.union.lines import Book
from crawler.union.verdicts import verdicts

__all__ = ["AllNews", "News", "news_of", "run_at"]

_STAMP = "%Y%m%d-%H%M%S"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What is new of one run.

    Args:
        name: of the run.
        segments: with the offset from which on each is new.
        lines: the stretch of crawl.log in which it has new lines; of others too.
        runs: the names of all runs, sorted, by which a line's run is found.
    """

    name: str
    segments: Mapping[Path, int] = field(default_factory=dict)
    lines: tuple[int, int] = (0, 0)
    runs: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AllNews:
    """What is new of every run, the oldest first; and how many bytes of crawl.log there are."""

    runs: Sequence[News]
    line_bytes: int


def news_of(output: Output, book: Book, believed: Mapping[str, int], known: Sequence[str]) -> AllNews:
    """What the ledger of a union is still to be told. Blocking.

    Args:
        output: of the union.
        book: tells how much of crawl.log was told.
        believed: how many bytes of each segment were told.
        known: names of the runs in the ledger.

    Raises:
        OSError: a file cannot be read.
    """
    segments = segments_in(output.archive)
    names = sorted({*known, *(run_name(path.name) for path in segments)})
    grown: dict[str, dict[Path, int]] = {}
    for path in segments:
        if path.stat().st_size > (start := believed.get(path.name, 0)):
            grown.setdefault(run_name(path.name), {})[path] = start
    end = book.sizes.get(output.journal.name, 0)
    lines = (book.replayed_bytes, end)
    speaking = {run_at(each.at, names) for each in verdicts(output.journal, *lines)} if names else set()
    runs = [
        News(
            name=name,
            segments=grown.get(name, {}),
            lines=lines if name in speaking else (0, 0),
            runs=names,
        )
        for name in names
        if name in grown or name in speaking
    ]
    return AllNews(runs=runs, line_bytes=end if names else book.replayed_bytes)


def run_at(at: float, names: Sequence[str]) -> str:
    """The run to which what was decided at an instant belongs: the last that had begun.

    Args:
        at: the instant.
        names: of all runs, sorted; at least one.
    """
    stamp = datetime.fromtimestamp(at, UTC).strftime(_STAMP)
    # A second run of the same second has a name that is longer.
    return names[max(bisect_right(names, f"{stamp}~") - 1, 0)]
