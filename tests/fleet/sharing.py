"""Start workers of a shared crawl in processes of their own, and read what they brought home."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from crawler.archive.recovery import answers, segments_in
from crawler.body import Spool

__all__ = ["COMMAND", "ROOT", "brought", "journaled", "site_of", "started", "wait_until"]

ROOT = Path(__file__).parent.parent.parent
_FINISHED = {"done", "failed", "excluded"}
COMMAND = (sys.executable, "-m", "crawler")


@contextmanager
def started(*arguments: str, **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A command line in a process of its own; it is ended when the block is."""
    told = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    process = subprocess.Popen(
        [*COMMAND, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=told
    )
    with process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def brought(folders: Iterable[Path]) -> dict[str, str]:
    """The digest of every 2xx answer that lies in the archives of these folders, by URL."""
    found: dict[str, str] = {}
    for folder in folders:
        for path in segments_in(folder / "archive"):
            for each in answers(path, Spool()):
                if 200 <= each.response.status < 300:
                    found[each.response.url] = each.response.body.digest
    return found


def journaled(folders: Iterable[Path]) -> Counter[str]:
    """How often each URL stands in the logs of these folders as finished, for good or ill; not how often it was read again."""
    lines = [
        line.split(" ") for folder in folders for line in (folder / "crawl.log").read_text().splitlines()
    ]
    return Counter(fields[5] for fields in lines if fields[8] in _FINISHED and fields[1] != "-")


def site_of(pages: int) -> dict[str, tuple[int, dict[str, str], bytes]]:
    """A start page that leads to all others."""
    start = "".join(f"<a href=/{n}>" for n in range(pages)).encode()
    return {"/": (200, {}, start), **{f"/{n}": (200, {}, b"<title>%d</title>" % n) for n in range(pages)}}


def wait_until(is_so: Callable[[], bool]) -> None:
    """Return once it is so, within a minute."""
    until = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)
