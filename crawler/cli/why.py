"""`crawler why URL`: how it was reached and what became of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from crawler.clock import SystemClock
from crawler.errors import UsageError
from crawler.explanation import explain_url
from crawler.frontier.ledger import SqliteLedger
from crawler.output import Output
from crawler.seeds import read_seed

__all__ = ["command"]


@click.command("why")
@click.argument("url")
@click.option("-o", "--output", default="output", metavar="FOLDER", help="Of the crawl. [output]")
def command(url: str, output: str) -> None:
    """Tell how a URL was reached, and why it was fetched, skipped, delayed, retried or dropped.

    \b
    Example:
      crawler why https://example.org/about -o output
    """
    seed = read_seed(url)
    if seed is None:
        raise UsageError(f"{url!r} is no http(s) URL")
    place = Output(Path(output))
    place.check_exists()
    for line in asyncio.run(_explain(place, seed.url)):
        click.echo(line)


async def _explain(place: Output, url: str) -> list[str]:
    ledger = await SqliteLedger.open(place.database)
    try:
        return await explain_url(ledger, url, SystemClock().now())
    finally:
        await ledger.close()
