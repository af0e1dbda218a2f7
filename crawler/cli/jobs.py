"""Run a crawl job in the foreground: show how it goes, and let signals end it in good order."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import ExitStack
from typing import Protocol

from crawler.cli.progress import plain_line, shown_progress
from crawler.cli.streams import silence, tell
from crawler.report import Report
from crawler.standing import Statistics

__all__ = ["LEFT_BY_KEY", "Job", "run_job"]

LEFT_BY_KEY = 130
"""The exit code when somebody pressed Ctrl-C."""
_LEAVES = {signal.SIGINT: LEFT_BY_KEY, signal.SIGTERM: 143, signal.SIGHUP: 129}


class Job(Protocol):
    """What runs in the foreground: a crawl, or a worker's part of one."""

    def stop(self, outcome: str = "stopped") -> None:
        """End in good order."""
        ...

    async def statistics(self) -> Statistics:
        """How far it is."""
        ...

    async def run(self) -> Report:
        """Run to its end."""
        ...


async def run_job(job: Job, progress: str) -> tuple[Report, int]:
    """Run a job to its end with signals handled; gives its report and the exit code of a signal, or 0.

    The first signal ends it in good order, the second at once (the state is safe either way). The terminal
    hanging up is such a signal too, unless nohup has it ignored.

    Args:
        job: to run.
        progress: `auto`, `always` or `never`.
    """
    left_by = 0
    # Once hung up, a terminal no longer says that it is one.
    terminals = [stream for stream in (sys.stdout, sys.stderr) if stream.isatty()]
    loop = asyncio.get_running_loop()

    def leave(number: signal.Signals) -> None:
        nonlocal left_by
        if left_by:
            # What is torn down in the midst of its work complains, and nobody is to read that.
            silence(sys.stderr)
            raise SystemExit(_LEAVES[number])
        left_by = _LEAVES[number]
        if number is signal.SIGHUP:
            for stream in terminals:
                silence(stream)
        tell("crawler: stopping; what is being fetched is finished first (again: at once)")
        job.stop("stopped")

    async def line() -> str:
        return plain_line(await job.statistics())

    with ExitStack() as stack:
        for number in _LEAVES:
            if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
                continue
            loop.add_signal_handler(number, leave, number)
            stack.callback(loop.remove_signal_handler, number)
        async with shown_progress(line, progress):
            report = await job.run()
    return report, left_by
