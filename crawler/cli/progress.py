"""Show how a crawl is going: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from crawler.crawl import CrawlJob
from crawler.quantities import show_duration, show_size
from crawler.standing import Statistics

__all__ = ["plain_line", "shown_progress"]

_LIVE_SECONDS = 0.2
_PLAIN_SECONDS = 10.0


@asynccontextmanager
async def shown_progress(job: CrawlJob, mode: str) -> AsyncIterator[None]:
    """Show the job's progress on stderr while the block runs.

    Args:
        job: what to watch.
        mode: `auto` (live on a terminal, plain lines elsewhere), `always` live, or `never`.
    """
    if mode == "never":
        yield
        return
    is_live = mode == "always" or sys.stderr.isatty()
    task = asyncio.create_task(_show_live(job) if is_live else _show_plain(job))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _show_live(job: CrawlJob) -> None:
    console = Console(stderr=True)
    progress = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[figures]}"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )
    with progress:
        bar = progress.add_task("starting", total=None, figures="")
        while True:
            now = await job.statistics()
            counts = now.counts
            progress.update(
                bar,
                description=now.phase,
                total=max(counts.known, 1),
                completed=counts.known - counts.queued - counts.claimed,
                figures=_figures(now),
            )
            await asyncio.sleep(_LIVE_SECONDS)


async def _show_plain(job: CrawlJob) -> None:
    while True:
        await asyncio.sleep(_PLAIN_SECONDS)
        click.echo(plain_line(await job.statistics()), err=True)


def plain_line(now: Statistics) -> str:
    """One line for a log file."""
    return f"{now.phase}: {_figures(now)}, {show_duration(now.elapsed_seconds)}"


def _figures(now: Statistics) -> str:
    counts = now.counts
    rate = counts.pages / now.elapsed_seconds if now.elapsed_seconds > 0 else 0.0
    left = counts.queued + counts.claimed
    decided = counts.done + counts.failed + counts.excluded
    eta = ""
    if left and decided and now.elapsed_seconds > 2:
        eta = f", ETA {show_duration(left * now.elapsed_seconds / decided)}"
    return (
        f"{counts.pages} pages ({rate:.0f}/s), {show_size(counts.wire_bytes)}, "
        f"{counts.hosts} hosts, {left} queued, {counts.failed} failed{eta}"
    )
