"""`crawler export`: what was crawled, in another form."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import click

from crawler.cli.lines import printable
from crawler.cli.quantities import FOLDER
from crawler.errors import StorageError, UsageError
from crawler.export import jsonl_line
from crawler.frontier.ledger import SqliteLedger
from crawler.output import Output
from crawler.standing import Entry
from crawler.urls import canonicalize, identity

__all__ = ["command"]


@click.command("export")
@click.argument("output", default="output", type=FOLDER)
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
      crawler export --format jsonl | jq -r 'select(.last_status == 404) | .url'
    """
    place = Output(Path(output))
    place.check_exists()
    asyncio.run(_write(place, path, urls))


async def _write(place: Output, path: str | None, urls: tuple[str, ...]) -> None:
    ledger = await SqliteLedger.open(place.database)
    try:
        # Asked for first: what is unknown must not cost the file that is there.
        picked = [await _entry(ledger, text) for text in urls]
        entries = _each(picked) if urls else ledger.entries()
        if path is None:
            async for entry in entries:
                sys.stdout.write(jsonl_line(entry) + "\n")
            return
        await _write_file(Path(path), entries)
    finally:
        await ledger.close()


async def _write_file(path: Path, entries: AsyncIterator[Entry]) -> None:
    """Write beside the file and rename it into place; straight into a pipe or a device."""
    place = path.resolve()  # noqa: ASYNC240 - nothing else runs here
    is_file = place.is_file() or not place.exists()
    part = place.with_name(f"{place.name}.{os.getpid()}.part") if is_file else place
    try:
        file = part.open("x" if is_file else "w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"-O {path}: {error.strerror}; name a file that can be written") from None
    try:
        with file:
            async for entry in entries:
                file.write(jsonl_line(entry) + "\n")
        if is_file:
            part.replace(place)
    except OSError as error:
        raise StorageError(f"-O {path}: {error.strerror}; make room, then export again") from None
    finally:
        if is_file:
            part.unlink(missing_ok=True)


async def _entry(ledger: SqliteLedger, text: str) -> Entry:
    url = canonicalize(text)
    entry = None if url is None else await ledger.entry(identity(url))
    if entry is None:
        shown = printable(text)
        raise UsageError(f"--url {shown}: this crawl does not know it; try crawler why '{shown}'")
    return entry


async def _each(entries: list[Entry]) -> AsyncIterator[Entry]:
    for entry in entries:
        yield entry
