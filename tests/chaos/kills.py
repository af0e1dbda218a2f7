"""End a crawl by SIGKILL at a moment that can be named: the Nth request and so much later, or the Nth system call.

strace delivers the signal as the call is entered, so that the call is not made any more. It counts calls a thread,
not a process: where a number is not reached, the crawl ends by itself, and the caller tries a smaller one.
"""

from __future__ import annotations

import os
import re
import secrets
import signal
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.chaos.serving import Served
from tests.system.running import BIN, TIMEOUT_SECONDS, environment

__all__ = ["CALLS", "Ended", "Kill", "Kind", "Line", "calls_of", "crawl", "survivors"]

_MARK = "CHAOS_MARK"
_DEATH_SECONDS = 3.0
_CALL = re.compile(r"(\d+) +(\w+)\(")


class Kind(StrEnum):
    """What a kill is tied to."""

    MOMENT = "random moment"
    RENAME = "Nth rename"
    FLUSH = "Nth fsync or fdatasync"
    DATABASE = "Nth write of SQLite"
    WRITE = "Nth write to a file"
    FOLDER = "Nth mkdir, unlink or cut"
    CLOSING = "Nth call of the closing"
    CHILD = "random moment, a child alone"


CALLS = {
    Kind.RENAME: "rename,renameat,renameat2",
    Kind.FLUSH: "fsync,fdatasync",
    Kind.DATABASE: "pwrite64",
    Kind.WRITE: "write",
    Kind.FOLDER: "mkdir,unlink,truncate,ftruncate",
    Kind.CLOSING: "openat,write,rename,mkdir,unlink,pwrite64,ftruncate,fdatasync,close",
}
_LAST_FILES = ("archive/index.cdxj.part", "reports", "index.html.part", "crawl.db")
"""What is touched at the end of a run; `crawl.db` itself is when its log is written back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One SIGKILL.

    Args:
        kind: what it is tied to.
        number: of the request (0: none yet) or of the system call, from 1.
        later_seconds: after that request.
    """

    kind: Kind
    number: int
    later_seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The command line of a crawl: the same one every time."""

    url: str
    output: Path
    processes: int = 1

    @property
    def words(self) -> list[str]:
        """It, to be run."""
        several = ["--processes", str(self.processes)] if self.processes > 1 else []
        return [str(BIN / "crawler"), "crawl", self.url, "-o", str(self.output), "-q", *several]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a process ended, and what it said.

    Args:
        code: its exit code.
        stderr: what it said.
        survivors: processes that were still there a moment later.
        struck: whether the kill came before the crawl, or the child it was meant for, was gone.
    """

    code: int
    stderr: str
    survivors: int
    struck: bool

    @property
    def was_killed(self) -> bool:
        """Whether the kill came before the crawl was over."""
        return self.code == -signal.SIGKILL


def crawl(line: Line, served: Served, kill: Kill | None = None, under: Sequence[str] = ()) -> Ended:
    """Run the line to its end, or to the kill.

    Args:
        line: to run.
        served: the site that it crawls.
        kill: when; None: it is let live.
        under: a command that runs it.
    """
    mark = secrets.token_hex(8)
    words = [*under, *line.words] if kill is None else [*_under(line, kill), *line.words]
    with subprocess.Popen(
        words,
        cwd=line.output.parent,
        env={**environment(), _MARK: mark},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        hit: list[int] = []
        if kill is not None and kill.kind in {Kind.MOMENT, Kind.CHILD}:
            _arm(process, served, kill, hit)
        try:
            _, stderr = process.communicate(timeout=TIMEOUT_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    was_killed = process.returncode == -signal.SIGKILL
    return Ended(
        code=process.returncode, stderr=stderr, survivors=survivors(mark), struck=was_killed or bool(hit)
    )


def _under(line: Line, kill: Kill) -> Sequence[str]:
    if kill.kind not in CALLS:
        return ()
    calls = CALLS[kill.kind]
    paths = [str(line.output / name) for name in _LAST_FILES] if kill.kind is Kind.CLOSING else ()
    return (
        *("strace", "-f", "-qq", "-o", os.devnull, "-e", f"trace={calls}"),
        *(word for path in paths for word in ("-P", path)),
        *("-e", f"inject={calls}:signal=SIGKILL:when={kill.number}"),
    )


def _arm(process: subprocess.Popen[str], served: Served, kill: Kill, hit: list[int]) -> None:
    """Kill the process, or a child of it, so much after that request; at once if there is none to wait for."""

    def strike() -> None:
        if kill.kind is Kind.CHILD:
            for child in _children(process.pid)[:1]:
                with suppress(ProcessLookupError):
                    os.kill(child, signal.SIGKILL)
                    hit.append(child)
        elif process.poll() is None:
            process.kill()

    def later() -> None:
        timer = threading.Timer(kill.later_seconds, strike)
        timer.daemon = True
        timer.start()

    if kill.number:
        served.call_at(kill.number, later)
    else:
        later()


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()]
    except OSError:
        return []


def survivors(mark: str) -> int:
    """How many processes of a crawl are still there a moment after it was killed; they are ended here."""
    give_up_at = time.monotonic() + _DEATH_SECONDS
    while left := _marked(mark):
        if time.monotonic() > give_up_at:
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            return len(left)
        time.sleep(0.01)
    return 0


def _marked(mark: str) -> list[int]:
    wanted = f"{_MARK}={mark}".encode()
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if wanted in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def calls_of(line: Line) -> dict[Kind, int]:
    """Run the line to its end and count its system calls: of each kind the most that one thread makes."""
    trace = line.output.parent / "trace"
    every = ",".join({name for calls in CALLS.values() for name in calls.split(",")})
    words = ["strace", "-f", "--seccomp-bpf", "-qq", "-o", str(trace), "-e", f"trace={every}", *line.words]
    subprocess.run(
        words, cwd=line.output.parent, env=environment(), stdin=subprocess.DEVNULL, check=True, timeout=150
    )
    counts: dict[Kind, Counter[str]] = {kind: Counter() for kind in CALLS}
    for match in filter(None, map(_CALL.match, trace.read_text("utf-8", "replace").splitlines())):
        thread, name = match.groups()
        for kind, calls in CALLS.items():
            counts[kind][thread] += name in calls.split(",")
    most = {kind: max(each.values(), default=1) for kind, each in counts.items()}
    return most | {Kind.CLOSING: 20}
