"""Run one command and tell what it took: wall time, processor time and memory of its whole process tree."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Spent", "measure"]

_SAMPLE_SECONDS = 0.02
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What a command took.

    Args:
        wall_seconds: from before it was started until it had ended, start-up counted.
        cpu_seconds: user and system time of the process and of every descendant that was waited for (wait4).
        peak_rss_bytes: most resident memory of the tree at one look (every 20 ms), pages shared between its
            processes counted in each; never below the peak that the kernel kept for the first process.
        rss_quarters_bytes: the same after a quarter, half, three quarters and the whole of the time.
        most_processes: alive at one look.
        exit_code: as of `subprocess`; None if it was killed because its time was over.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_rss_bytes: int
    rss_quarters_bytes: tuple[int, ...]
    most_processes: int
    exit_code: int | None


@dataclass(slots=True)
class _Watch:
    """Looks at a process tree from a thread of its own, and ends it when its time is over."""

    pid: int
    limit_seconds: float
    samples: list[int] = field(default_factory=list)
    kept_peak: int = 0
    most_processes: int = 0
    is_over_limit: bool = False
    is_done: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        end = time.monotonic() + self.limit_seconds
        while not self.is_done.wait(_SAMPLE_SECONDS):
            self._look()
            if time.monotonic() > end and not self.is_over_limit:
                self.is_over_limit = True
                _kill_group(self.pid)

    def _look(self) -> None:
        tree = _tree(self.pid)
        sizes = [_memory(each) for each in tree]
        if not sizes[0][0]:
            # It has ended, and was not waited for yet.
            return
        self.samples.append(sum(now for now, _ in sizes))
        self.kept_peak = max(self.kept_peak, sizes[0][1])
        self.most_processes = max(self.most_processes, len(tree))

    def quarters(self) -> tuple[int, ...]:
        count = len(self.samples)
        return tuple(self.samples[max(count * quarter // 4 - 1, 0)] for quarter in (1, 2, 3, 4) if count)


def measure(
    command: Sequence[str], *, cwd: Path, environment: Mapping[str, str], limit_seconds: float, log: Path
) -> Spent:
    """Run a command to its end, or to the end of its time; what it says goes into `log`."""
    with log.open("wb") as out:
        began = time.perf_counter()
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        watch = _Watch(process.pid, limit_seconds)
        looking = threading.Thread(target=watch.run, daemon=True)
        looking.start()
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            _kill_group(process.pid)
            raise
        finally:
            watch.is_done.set()
        wall_seconds = time.perf_counter() - began
    looking.join()
    process.returncode = os.waitstatus_to_exitcode(status)
    # Whatever it left running would be in the way of the next one.
    _kill_group(process.pid)
    return Spent(
        wall_seconds=wall_seconds,
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        peak_rss_bytes=max([watch.kept_peak, *watch.samples]),
        rss_quarters_bytes=watch.quarters(),
        most_processes=watch.most_processes,
        exit_code=None if watch.is_over_limit else process.returncode,
    )


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _tree(pid: int) -> list[int]:
    """A process and its descendants: those that the first thread of each has started."""
    found = [pid]
    for each in found:
        try:
            children = (_PROC / f"{each}/task/{each}/children").read_text("ascii")
        except OSError:
            continue
        found += [int(child) for child in children.split()]
    return found


def _memory(pid: int) -> tuple[int, int]:
    """Resident bytes of a process now, and the most there were; zeros when it is gone."""
    now = peak = 0
    try:
        lines = (_PROC / f"{pid}/status").read_text("ascii", errors="replace").splitlines()
    except OSError:
        return 0, 0
    for line in lines:
        if line.startswith("VmHWM:"):
            peak = int(line.split()[1]) * 1024
        elif line.startswith("VmRSS:"):
            now = int(line.split()[1]) * 1024
    return now, peak
