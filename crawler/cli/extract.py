"""`crawler extract`: items of what is stored, by rules, without the network."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from crawler.cli.lines import printable
from crawler.cli.picking import picked_entries
from crawler.cli.quantities import FOLDER
from crawler.cli.streams import tell
from crawler.errors import UsageError
from crawler.export.destination import destination
from crawler.export.dump import Dump
from crawler.export.itemfile import ITEM_FORMATS
from crawler.extracting import Extraction
from crawler.extraction.rule import Rules
from crawler.frontier.ledger import SqliteLedger
from crawler.gathering import load_rules
from crawler.output import Output
from crawler.quantities import show_count

__all__ = ["command"]

_FORMS = "; ".join(f"{name}: {form.summary}" for name, form in ITEM_FORMATS.items())


@click.command("extract")
@click.argument("output", default="output", type=FOLDER)
@click.option("--rules", metavar="FILE", required=True, help="What to take of which pages (TOML).")
@click.option(
    "--format", "form", type=click.Choice(list(ITEM_FORMATS)), default="jsonl", help=f"{_FORMS}. [jsonl]"
)
@click.option(
    "-O", "--to", "path", metavar="PATH", help="Where to; a text without it goes to standard output."
)
@click.option("--url", "urls", multiple=True, metavar="URL", help="Only of this URL. Again for more.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing of pages that are not as the rules say.")
def command(output: str, rules: str, form: str, path: str | None, urls: tuple[str, ...], quiet: bool) -> None:  # noqa: FBT001, PLR0917 - click passes by name
    """Take items of what is stored, by rules, without the network.

    Rules are written down without code: CSS or XPath selectors, JSON-LD, OpenGraph, tables, JSON. The last
    good copy of every URL that a rule is for is looked into. What is not as the rules say is counted.

    \b
    Example:
      crawler extract output --rules rules.toml
      crawler extract output --rules rules.toml --format csv -O items.csv
      crawler extract --rules rules.toml --url https://example.org/products/7
    """
    chosen = ITEM_FORMATS[form]
    if chosen.is_binary and path is None:
        raise UsageError(f"--format {form} needs a file to write to; add for example -O items.{form}")
    read = load_rules(rules)
    if not read.items:
        raise UsageError(f"rules {rules} name no items; write an [[item]]")
    place = Output(Path(output))
    place.check_exists()
    extraction = asyncio.run(_write(place, read, form, path, urls))
    if quiet:
        return
    for line in extraction.breaks.lines():
        tell(f"crawler: note: {printable(line)}")
    if not extraction.looked_at:
        tell("crawler: note: no rule is for any URL that is stored; look at the url patterns of the rules")
    elif path is not None:
        pages = show_count(extraction.looked_at, "page")
        tell(f"crawler: note: {show_count(extraction.given, 'item')} of {pages}")


async def _write(
    place: Output, rules: Rules, form: str, path: str | None, urls: tuple[str, ...]
) -> Extraction:
    chosen = ITEM_FORMATS[form]
    ledger = await SqliteLedger.open(place.database, is_still=path is not None)
    try:
        dump = Dump(output=place, ledger=ledger, picked=await picked_entries(ledger, urls), path=path)
        extraction = Extraction(dump, rules)
        if path is None:
            await chosen.write(rules, extraction.items(), sys.stdout)
        else:
            with destination(path, is_binary=chosen.is_binary) as file:
                await chosen.write(rules, extraction.items(), file)
    finally:
        await ledger.close()
    return extraction
