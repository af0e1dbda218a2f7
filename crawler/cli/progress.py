"""Show how far a command is: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TextIO, cast

from rich.console import Console
from rich.text import Text

from crawler.cli.lines import counted
from crawler.cli.streams import Unfailing, tell
from crawler.quantities import show_duration, show_size
from crawler.standing import Statistics

__all__ = ["plain_line", "shown_progress"]

Line = Callable[[], Awaitable[str]]

_LIVE_SECONDS = 0.2
_PLAIN_SECONDS = 10.0
_ETA_AFTER_SECONDS = 2.0


@asynccontextmanager
async def shown_progress(line: Line, mode: str) -> AsyncIterator[None]:
    """Show on stderr how far something is while the block runs.

    Args:
        line: says how far it is, each time it is asked.
        mode: `auto` (live on a terminal, plain lines elsewhere), `always` live, or `never`.
    """
    if mode == "never":
        yield
        return
    is_live = mode == "always" or (sys.stderr.isatty() and os.environ.get("TERM") != "dumb")
    task = asyncio.create_task(_show_live(line) if is_live else _show_plain(line))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _show_live(line: Line) -> None:
    # rich ends the process where nobody reads what it shows.
    console = Console(file=cast(TextIO, Unfailing(sys.stderr)), force_terminal=True, highlight=False)
    with console.status(Text("starting"), spinner_style="none") as status:
        while True:
            status.update(Text(await line(), no_wrap=True, overflow="ellipsis"))
            await asyncio.sleep(_LIVE_SECONDS)


async def _show_plain(line: Line) -> None:
    while True:
        await asyncio.sleep(_PLAIN_SECONDS)
        tell(await line())


def plain_line(now: Statistics) -> str:
    """How far it is, in a line that fits eighty columns for all but huge crawls."""
    counts = now.counts
    left = counts.queued + counts.claimed
    rate = counts.pages / now.elapsed_seconds if now.elapsed_seconds > 0 else 0.0
    parts = [
        f"{now.phase} {counted(counts.pages, 'page')}",
        f"{rate:.0f}/s",
        show_size(counts.wire_bytes),
        counted(counts.hosts, "host"),
        f"{left} queued",
        f"{counts.failed} failed" if counts.failed else "",
        show_duration(now.elapsed_seconds),
        _time_left(now, left),
    ]
    return ", ".join(part for part in parts if part)


def _time_left(now: Statistics, left: int) -> str:
    """As if nothing more were found, and the rest took as long as what this run has asked for."""
    requests = now.counts.requests
    if not left or not requests or now.elapsed_seconds < _ETA_AFTER_SECONDS:
        return ""
    return f"ETA {show_duration(left * now.elapsed_seconds / requests)}"
