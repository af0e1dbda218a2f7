"""`crawler export`: what was crawled, in another form."""

from __future__ import annotations

import asyncio
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TextIO

import click

from crawler.errors import UsageError
from crawler.export import jsonl_line
from crawler.frontier.ledger import SqliteLedger
from crawler.output import Output
from crawler.urls import canonicalize, identity

__all__ = ["command"]


@click.command("export")
@click.argument("output", default="output")
@click.option(
    "--format", "form", type=click.Choice(["jsonl"]), required=True, help="jsonl: one object per URL."
)
@click.option("-O", "--to", "path", metavar="PATH", help="Where to; without it, standard output.")
@click.option("--url", "urls", multiple=True, metavar="URL", help="Only this URL; may be given again.")
def command(output: str, form: str, path: str | None, urls: tuple[str, ...]) -> None:  # noqa: ARG001 - one form yet
    """Write what was crawled in another form.

    \b
    Example:
      crawler export output --format jsonl -O pages.jsonl
      crawler export output --format jsonl | jq -r 'select(.status == 404) | .url'
    """
    place = Output(Path(output))
    place.check_exists()
    with ExitStack() as stack:
        try:
            file = sys.stdout if path is None else stack.enter_context(Path(path).open("w", encoding="utf-8"))
        except OSError as error:
            raise UsageError(f"-O {path}: {error.strerror}") from None
        asyncio.run(_write(place, file, urls))


async def _write(place: Output, file: TextIO, urls: tuple[str, ...]) -> None:
    ledger = await SqliteLedger.open(place.database)
    try:
        if not urls:
            async for entry in ledger.entries():
                file.write(jsonl_line(entry) + "\n")
        for text in urls:
            url = canonicalize(text)
            entry_of_url = None if url is None else await ledger.entry(identity(url))
            if entry_of_url is None:
                raise UsageError(f"--url {text}: this crawl does not know it; try crawler why {text}")
            file.write(jsonl_line(entry_of_url) + "\n")
        file.flush()
    finally:
        await ledger.close()
