"""Name WARC segments: run, worker of a shared crawl, number; so that no two of a crawl are called the same.

`20261128-063000-00000.warc.gz`, or, of worker 3 of a shared crawl, `20261128-063000-w3-00000.warc.gz`.
"""

from __future__ import annotations

import re

__all__ = ["SEGMENT", "run_name", "segment_name", "worker_of"]

SEGMENT = re.compile(r"(\d{8}-\d{6}(?:-\d+)?)(?:-w(\d{1,9}))?-\d{5}\.warc\.gz")
"""The names of our segments: that of the run, the worker's, and a number."""


def segment_name(run: str, number: int, worker: int | None = None) -> str:
    """The name of a run's segment.

    Args:
        run: its name.
        number: counted from 0, of the run or of the worker's part of it.
        worker: of a shared crawl; None: there is one folder.
    """
    return f"{run}-{number:05d}.warc.gz" if worker is None else f"{run}-w{worker}-{number:05d}.warc.gz"


def run_name(segment: str) -> str:
    """The run that wrote a segment."""
    found = SEGMENT.fullmatch(segment)
    return segment.rpartition("-")[0] if found is None else found[1]


def worker_of(segment: str) -> int | None:
    """The worker of a shared crawl in whose folder a segment lies; None: it is of no shared crawl."""
    found = SEGMENT.fullmatch(segment)
    return None if found is None or found[2] is None else int(found[2])
