"""`crawler work`: one more worker of a shared crawl."""

from __future__ import annotations

import asyncio
import importlib
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from crawler.cli.jobs import run_job
from crawler.cli.lines import aligned
from crawler.cli.logs import set_up_logs
from crawler.cli.quantities import COUNT, DURATION, FOLDER
from crawler.export.extras import needed
from crawler.output import Output
from crawler.quantities import show_duration
from crawler.report import Report

__all__ = ["command"]


@click.command("work")
@click.argument("frontier", envvar="CRAWLER_FRONTIER", metavar="FRONTIER-URL")
@click.option("-o", "--output", default="output", type=FOLDER, help="This worker's own folder. [output]")
@click.option("--concurrency", type=COUNT, help="Requests at once of this worker. [as the crawl says]")
@click.option(
    "--patience", type=DURATION, default=120.0, help="How long to wait for a server that is away. [2m]"
)
@click.option("--wait", type=DURATION, default=60.0, help="How long to wait for a crawl to begin. [1m]")
@click.option(
    "--lock",
    type=click.Choice(["skip", "wait"]),
    default="skip",
    help="When another run holds the folder: exit with 75, or wait for it. [skip]",
)
@click.option(
    "--progress",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Of the whole crawl: live on a terminal, a plain line now and then elsewhere. [auto]",
)
@click.option("--log-format", type=click.Choice(["text", "json"]), default="text", help="Of warnings. [text]")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something is wrong.")
@click.option("-v", "--verbose", count=True, help="Say more; twice: everything.")
def command(frontier: str, output: str, **values: Any) -> int:
    """Be one more worker of a shared crawl.

    `crawler crawl --frontier URL` begins one, and its options hold for all workers. One comes at any time, from any machine, and goes with Ctrl-C or SIGTERM, or by
    dying: what it held goes to others. What it fetched lies in its folder, for `crawler gather`. The URL, which may
    hold a password, can also stand in CRAWLER_FRONTIER.

    \b
    Example:
      crawler work redis://queue.example.org/0 -o /srv/worker
      crawler work rediss://queue.example.org/0#news --concurrency 8 --wait 1h
    """
    set_up_logs(values["log_format"], verbosity=-1 if values["quiet"] else values["verbose"])
    needed("redis", "redis")
    place = Output(Path(output))
    concurrency = values["concurrency"]
    job = importlib.import_module("crawler.fleet.job").FleetJob(
        frontier,
        place,
        concurrency=concurrency,
        wait_seconds=values["wait"],
        patience_seconds=values["patience"],
    )
    place.prepare()
    with place.hold(waits=values["lock"] == "wait"):
        report, left_by = asyncio.run(run_job(job, "never" if values["quiet"] else values["progress"]))
    if not values["quiet"]:
        with suppress(BrokenPipeError):
            _print(report, place, job.finished)
    return left_by


def _print(report: Report, place: Output, finished: int) -> None:
    run = report.run
    how = run.outcome if run.ended_at is not None else "goes on without this worker"
    rows = [
        (f"run {run.number}", f"{how}, after {show_duration(report.seconds)}"),
        ("this worker", f"finished {finished} URLs, archived in {place.folder}"),
        ("all workers", f"{run.counts.pages} pages, {run.counts.known} URLs, {run.counts.queued} queued"),
    ]
    for line in aligned(rows, "ll"):
        click.echo(line)
