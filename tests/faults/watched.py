"""Run the command line and write down what it cost: `python -m tests.faults.watched REPORT crawl ...`.

The report is JSON: `peak_bytes`, the most memory that this process or one it started held resident, and
`block_seconds`, the most processor time that the event loop's thread spent between two looks at its
sockets. Processor time, because on a busy machine a thread that could run is often not let.
"""

from __future__ import annotations

import json
import resource
import selectors
import sys
import time
from pathlib import Path
from typing import Any

from crawler.cli.main import main

_KIB = 1024


class Watched(selectors.DefaultSelector):
    """The selector of an event loop, which notes how long the loop stays away from it."""

    longest_seconds = 0.0
    _left_at = 0.0

    def select(self, timeout: float | None = None) -> Any:
        if self._left_at:
            Watched.longest_seconds = max(Watched.longest_seconds, time.thread_time() - self._left_at)
        found = super().select(timeout)
        self._left_at = time.thread_time()
        return found


def _peak_bytes() -> int:
    """Of this program alone: what the kernel tells of a child includes what its parent held before."""
    status = Path("/proc/self/status")
    if status.is_file():
        words = status.read_text().split()
        own = int(words[words.index("VmHWM:") + 1]) * _KIB
    else:
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return max(own, children if sys.platform == "darwin" else children * _KIB)


def run() -> None:
    """Run `crawler` with the arguments behind the first."""
    report = Path(sys.argv.pop(1))
    selectors.DefaultSelector = Watched  # type: ignore[misc]
    try:
        main()
    finally:
        cost = {"peak_bytes": _peak_bytes(), "block_seconds": Watched.longest_seconds}
        report.write_text(json.dumps(cost), encoding="utf-8")


if __name__ == "__main__":
    run()
