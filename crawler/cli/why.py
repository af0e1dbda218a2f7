"""`crawler why URL`: how it was reached and what became of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from crawler.cli.lines import printable
from crawler.clock import SystemClock
from crawler.errors import UsageError
from crawler.explanation import explain_url
from crawler.frontier.ledger import SqliteLedger
from crawler.output import Output
from crawler.seeds import Seed, read_seed
from crawler.urls import identity

__all__ = ["command"]


@click.command("why")
@click.argument("url")
@click.option("-o", "--output", default="output", metavar="FOLDER", help="Of the crawl. [output]")
def command(url: str, output: str) -> None:
    """Tell how a URL was reached and what became of it.

    Why it was fetched, skipped, delayed, retried or dropped; the verdict comes first.

    \b
    Example:
      crawler why https://example.org/about -o output
    """
    seed = read_seed(url)
    if seed is None:
        raise UsageError(f"{printable(url)!r} is no http(s) URL; write for example https://example.org/about")
    place = Output(Path(output))
    place.check_exists()
    for line in asyncio.run(_explain(place, seed)):
        click.echo(printable(line))


async def _explain(place: Output, seed: Seed) -> list[str]:
    ledger = await SqliteLedger.open(place.database)
    try:
        return await explain_url(ledger, await _known_url(ledger, seed), SystemClock().now())
    finally:
        await ledger.close()


async def _known_url(ledger: SqliteLedger, seed: Seed) -> str:
    """`example.org/about` may mean the http one, if that is what was crawled."""
    if seed.is_bare and await ledger.entry(identity(seed.url)) is None:
        plain = seed.url.replace("https:", "http:", 1)
        if await ledger.entry(identity(plain)) is not None:
            return plain
    return seed.url
