"""Who takes part, in which form, and by which command line: politeness off, start-up included."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed import peers

__all__ = ["CONTENDERS", "Contender", "Task"]

_BIN = Path(sys.executable).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What a contender is asked to crawl.

    Args:
        urls: the front page of each host.
        seeds: the same as a file, one a line.
        folder: where the result goes; made, and empty.
        connections: requests at once.
        cache: where the environment of the Python peers is.
        max_pages: how many pages to store at most; only our crawl is asked that.
    """

    urls: tuple[str, ...]
    seeds: Path
    folder: Path
    connections: int
    cache: Path
    max_pages: int | None = None

    @property
    def is_many(self) -> bool:
        """Whether the front pages are given as a file."""
        return len(self.urls) > 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A program in one of its forms.

    Args:
        name: what `--only` calls it.
        title: for people.
        what: what comes out of it.
        program: of the peers' environment or of the PATH; its version is written down.
        converts: whether it leads links into its copy, which is checked then.
        pages: the folder below the task's that holds a folder for each host.
        command: the command line for a task.
    """

    name: str
    title: str
    what: str
    program: str
    converts: bool
    command: Callable[[Task], list[str]]
    pages: str = "."

    def missing(self, cache: Path) -> str | None:
        """Why it cannot take part here, as one line; the environment of Python peers is made for that."""
        if self.program in peers.PACKAGES:
            return peers.prepare(cache)
        if self._path() is None:
            return f"{self.program} is not there (apt-get install {self.program})"
        return None

    def version(self, cache: Path) -> str:
        """What it says of its version."""
        if self.program in peers.PACKAGES:
            return peers.version(cache, self.program)
        told = subprocess.run([self._path() or "", "--version"], capture_output=True, text=True, check=False)
        return told.stdout.strip().partition("\n")[0] or self.program

    def _path(self) -> str | None:
        return str(_BIN / "crawler") if self.program == "crawler" else shutil.which(self.program)


def _ours(*further: str) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        line = [str(_BIN / "crawler"), "crawl", str(task.seeds) if task.is_many else task.urls[0]]
        line += ["-o", str(task.folder), "--concurrency", str(task.connections), "--robots", "ignore"]
        if task.max_pages is not None:
            line += ["--max-pages", str(task.max_pages)]
        return [*line, "-q", *further]

    return command


def _wget(*further: str) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        asked = ["-i", str(task.seeds)] if task.is_many else [task.urls[0]]
        line = ["wget", "-q", "-r", "-l", "inf", "-k", "-E", "-p", "-e", "robots=off", "--tries=1"]
        kept = [f"--warc-file={task.folder}/site"] if "--warc" in further else []
        return [*line, *kept, "-P", str(task.folder), *asked]

    return command


def _wget2(*further: str) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        asked = ["-i", str(task.seeds)] if task.is_many else [task.urls[0]]
        line = ["wget2", "-q", "-r", "-l", "inf", "--robots=off", "--tries=1", "--progress=none", "--no-hsts"]
        return [*line, *further, f"--max-threads={task.connections}", "-P", str(task.folder), *asked]

    return command


def _httrack(task: Task) -> list[str]:
    line = [
        "httrack",
        *(["-%L", str(task.seeds)] if task.is_many else [task.urls[0]]),
        "-O",
        str(task.folder),
    ]
    # -c at once, -%c a second, -A bytes a second: without --disable-security-limits it holds itself back.
    line += ["--disable-security-limits", f"-c{task.connections}", "-%c100000", "-A10000000000", "-s0"]
    # No page for an error, no start page, no cache, no questions, no second try; nothing of other hosts.
    return [*line, "-o0", "-I0", "-C0", "-q", "-R0", "-*", "+127.*"]


def _spider(name: str) -> Callable[[Task], list[str]]:
    def command(task: Task) -> list[str]:
        script = Path(__file__).parent / "spiders" / f"{name}_spider.py"
        interpreter = peers.python(task.cache)
        return [str(interpreter), str(script), str(task.seeds), str(task.folder), str(task.connections)]

    return command


CONTENDERS = {
    each.name: each
    for each in (
        Contender(
            name="ours",
            title="crawler",
            what="mirror, links converted",
            program="crawler",
            converts=True,
            command=_ours("--no-archive"),
            pages="mirror",
        ),
        Contender(
            name="ours-auto",
            title="crawler --processes auto",
            what="mirror, links converted",
            program="crawler",
            converts=True,
            command=_ours("--no-archive", "--processes", "auto"),
            pages="mirror",
        ),
        Contender(
            name="ours-warc",
            title="crawler, WARC",
            what="mirror, links converted, WARC",
            program="crawler",
            converts=True,
            command=_ours(),
            pages="mirror",
        ),
        Contender(
            name="ours-warc-auto",
            title="crawler --processes auto, WARC",
            what="mirror, links converted, WARC",
            program="crawler",
            converts=True,
            command=_ours("--processes", "auto"),
            pages="mirror",
        ),
        Contender(
            name="wget2",
            title="wget2 -r -k -E -p",
            what="mirror, links converted",
            program="wget2",
            converts=True,
            command=_wget2("-k", "-E", "-p"),
        ),
        Contender(
            name="wget2-plain",
            title="wget2 -r",
            what="bodies",
            program="wget2",
            converts=False,
            command=_wget2(),
        ),
        Contender(
            name="wget",
            title="wget -r -k -E -p",
            what="mirror, links converted",
            program="wget",
            converts=True,
            command=_wget(),
        ),
        Contender(
            name="wget-warc",
            title="wget -r -k -E -p, WARC",
            what="mirror, links converted, WARC",
            program="wget",
            converts=True,
            command=_wget("--warc"),
        ),
        Contender(
            name="httrack",
            title="HTTrack",
            what="mirror, links converted",
            program="httrack",
            converts=True,
            command=_httrack,
        ),
        Contender(
            name="scrapy",
            title="Scrapy",
            what="bodies",
            program="scrapy",
            converts=False,
            command=_spider("scrapy"),
        ),
        Contender(
            name="crawlee",
            title="Crawlee",
            what="bodies",
            program="crawlee",
            converts=False,
            command=_spider("crawlee"),
        ),
    )
}
"""All of them by name, in the order of the table."""
