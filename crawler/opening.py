"""Open a run: what the last one left is trimmed and put away first, and a plan made of the options."""

from __future__ import annotations

import asyncio

from crawler.clock import Clock
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.itemlog import trim_items
from crawler.journal import trim_journal
from crawler.manners import longest_rest_seconds
from crawler.oldlogs import put_away
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.report import run_name
from crawler.standing import Run
from crawler.tempo import LEAST_DELAY_SECONDS

__all__ = ["open_run", "trim_logs"]


async def open_run(
    output: Output, options: CrawlOptions, frontier: Frontier, clock: Clock
) -> tuple[Run, bool]:
    """Continue the interrupted run, or begin a new one; gives it, and whether stored pages were read with other options.

    Args:
        output: the folder.
        options: of the crawl.
        frontier: with its seeds known or not.
        clock: names a new run.

    Raises:
        StorageError: the disk or the database failed.
    """
    # From now on it is this crawl's, and no union of other folders.
    await asyncio.to_thread(output.union.unlink, missing_ok=True)
    runs = await frontier.runs()
    last = runs[-1] if runs else None
    if last is not None and last.ended_at is None:
        await trim_logs(output, frontier, last)
    is_over = last is not None and last.ended_at is not None and last.outcome != "stopped"
    name = last.name if last is not None and is_over else ""
    await asyncio.to_thread(put_away, output.journal, name, options.keep)
    plan = _plan(options, run_name(clock.now(), {each.name for each in runs}))
    run = await frontier.open_run(plan)
    return run, last is not None and last.options != plan.options


async def trim_logs(output: Output, frontier: Frontier, run: Run) -> None:
    """Cut what a kill left in the logs of a run that goes on: lines of what the frontier was not told.

    Raises:
        StorageError: a file cannot be read or written.
    """
    await trim_journal(output.journal, frontier, run)
    await trim_items(output.items_of(run.name), frontier)


def _plan(options: CrawlOptions, name: str) -> RunPlan:
    budget, polite = options.budget, options.polite
    return RunPlan(
        name=name,
        options=options.as_json(),
        max_pages=budget.max_pages,
        max_pages_per_host=budget.max_pages_per_host,
        max_bytes=budget.max_bytes,
        max_depth=options.scope.max_depth,
        fresh=options.fresh,
        delay_seconds=LEAST_DELAY_SECONDS if polite.delay is None else polite.delay,
        longest_rest_seconds=longest_rest_seconds(polite),
        overrides=polite.overrides,
        refresh_after=polite.refresh_after,
        refresh_paths=polite.refresh_paths,
    )
