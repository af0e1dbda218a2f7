"""`crawler why URL`: how it was reached and what became of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import click

from crawler.cli.lines import printable
from crawler.cli.quantities import FOLDER
from crawler.clock import SystemClock
from crawler.errors import UsageError
from crawler.explanation import Explanation, explain_url
from crawler.frontier.ledger import SqliteLedger
from crawler.output import Output
from crawler.seeds import Seed, read_seed
from crawler.telling import explanation_lines, explanation_values
from crawler.urls import identity

__all__ = ["command"]


@click.command("why")
@click.argument("url")
@click.option(
    "-o", "--output", default="output", type=FOLDER, metavar="FOLDER", help="Of the crawl. [output]"
)
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
def command(url: str, output: str, as_json: bool) -> None:  # noqa: FBT001 - click passes by name
    """Tell how a URL was reached and what became of it.

    Why it was fetched, skipped, delayed, retried or dropped; the verdict comes first.

    \b
    Example:
      crawler why https://example.org/about -o output
      crawler why https://example.org/about --json | jq .due_at
    """
    seed = read_seed(url)
    if seed is None:
        raise UsageError(f"{printable(url)!r} is no http(s) URL; write for example https://example.org/about")
    place = Output(Path(output))
    place.check_exists()
    found = asyncio.run(_explain(place, seed))
    if as_json:
        click.echo(json.dumps(explanation_values(found), indent=2))
        return
    for line in explanation_lines(found):
        click.echo(printable(line))


async def _explain(place: Output, seed: Seed) -> Explanation:
    ledger = await SqliteLedger.open(place.database)
    try:
        return await explain_url(ledger, await _known_url(ledger, seed), SystemClock().now(), place)
    finally:
        await ledger.close()


async def _known_url(ledger: SqliteLedger, seed: Seed) -> str:
    """`example.org/about` may mean the http one, if that is what was crawled."""
    if seed.is_bare and await ledger.entry(identity(seed.url)) is None:
        plain = seed.url.replace("https:", "http:", 1)
        if await ledger.entry(identity(plain)) is not None:
            return plain
    return seed.url
