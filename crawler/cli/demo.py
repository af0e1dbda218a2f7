"""`crawler demo`: a practice site on loopback, crawled and shown."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click
from rich.console import Console

from crawler.cli.crawl import run_job
from crawler.cli.summary import print_summary
from crawler.crawl import CrawlJob
from crawler.options import CrawlOptions
from crawler.output import Output
from crawler.practice.serving import serve
from crawler.report import Report
from crawler.seeds import SeedList

__all__ = ["command"]

_PORT = 8613


@click.command("demo")
@click.option("-o", "--output", default="demo-output", metavar="FOLDER", help="Where to. [demo-output]")
@click.option("--port", default=_PORT, metavar="PORT", help=f"Of the practice site on 127.0.0.1. [{_PORT}]")
@click.option("--serve", "stays", is_flag=True, help="Keep the practice site up afterwards, to compare.")
def command(output: str, port: int, stays: bool) -> int:  # noqa: FBT001 - click passes by name
    """Crawl a practice site on this machine and say where to look; needs no network.

    \b
    Example:
      crawler demo
      crawler demo --serve
    """
    place = Output(Path(output))
    place.prepare()
    with place.hold():
        report, left_by = asyncio.run(_demo(place, port, stays=stays))
    return left_by or report.exit_code()


async def _demo(place: Output, port: int, *, stays: bool) -> tuple[Report, int]:
    try:
        async with serve(port=port) as site:
            click.echo(f"The practice site is up at {site.url}; crawling it into {place.folder}", err=True)
            seeds = SeedList([site.url])
            report, left_by = await run_job(CrawlJob(seeds, place, CrawlOptions()), "auto")
            print_summary(report, place.folder, Console(highlight=False, soft_wrap=True))
            click.echo(f"it fails on purpose here and there; ask: crawler why {site.url} -o {place.folder}")
            if stays and not left_by:
                click.echo(f"Compare it with {site.url} (Ctrl-C ends)", err=True)
                await asyncio.Event().wait()
    except OSError as error:
        raise click.ClickException(
            f"port {port} cannot be used ({error.strerror}); choose another with --port"
        ) from None
    return report, left_by
