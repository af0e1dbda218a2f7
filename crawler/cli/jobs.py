"""Run a crawl job in the foreground: show how it goes, and let signals end it in good order."""

from __future__ import annotations

import asyncio
import signal
from contextlib import ExitStack

import click

from crawler.cli.progress import shown_progress
from crawler.crawl import CrawlJob
from crawler.report import Report

__all__ = ["run_job"]

_LEAVES = {signal.SIGINT: 130, signal.SIGTERM: 143}


async def run_job(job: CrawlJob, progress: str) -> tuple[Report, int]:
    """Run a job to its end with signals handled; gives its report and the exit code of a signal, or 0.

    The first signal ends it in good order, the second at once (the state is safe either way).

    Args:
        job: to run.
        progress: `auto`, `always` or `never`.
    """
    left_by = 0
    loop = asyncio.get_running_loop()

    def leave(number: signal.Signals) -> None:
        nonlocal left_by
        if left_by:
            raise SystemExit(_LEAVES[number])
        left_by = _LEAVES[number]
        click.echo("crawler: stopping; what is being fetched is finished first (again: at once)", err=True)
        job.stop("stopped")

    with ExitStack() as stack:
        for number in _LEAVES:
            loop.add_signal_handler(number, leave, number)
            stack.callback(loop.remove_signal_handler, number)
        async with shown_progress(job, progress):
            report = await job.run()
    return report, left_by
