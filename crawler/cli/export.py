"""`crawler export`: what was crawled, in another form."""

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
from crawler.export.destination import destination, folder_destination
from crawler.export.dump import Dump, Format
from crawler.export.formats import FORMATS
from crawler.export.undisturbed import undisturbed
from crawler.frontier.ledger import SqliteLedger
from crawler.output import Output

__all__ = ["command"]

_FORMS = "; ".join(f"{name}: {form.summary}" for name, form in FORMATS.items())

_ENDINGS = {"warc": "warc.gz"}


@click.command("export")
@click.argument("output", default="output", type=FOLDER)
@click.option("--format", "form", type=click.Choice(list(FORMATS)), required=True, help=f"{_FORMS}.")
@click.option(
    "-O", "--to", "path", metavar="PATH", help="Where to; a text without it goes to standard output."
)
@click.option(
    "--url",
    "urls",
    multiple=True,
    metavar="URL",
    help="Only this URL; in warc, wacz and zip with what it needs. Again for more.",
)
def command(output: str, form: str, path: str | None, urls: tuple[str, ...]) -> None:
    """Write what was crawled in another form.

    \b
    Example:
      crawler export output --format jsonl -O pages.jsonl
      crawler export --format jsonl | jq -r 'select(.last_status == 404) | .url'
      crawler export --format csv -O urls.csv
      crawler export --format markdown -O texts
      crawler export --format sitemap -O sitemap.xml
      crawler export --format zip -O copy.zip
      crawler export --format zip -O one.zip --url https://example.org/about
      crawler export --format wacz -O copy.wacz
    """
    chosen = FORMATS[form]
    if chosen.is_folder and path is None:
        raise UsageError(f"--format {form} needs a folder to write to; add for example -O {form}")
    if chosen.is_binary and path is None:
        raise UsageError(
            f"--format {form} needs a file to write to; add for example -O copy.{_ENDINGS.get(form, form)}"
        )
    place = Output(Path(output))
    place.check_exists()
    for note in asyncio.run(_write(place, chosen, path, urls)):
        tell(f"crawler: note: {printable(note)}")


async def _write(place: Output, form: Format, path: str | None, urls: tuple[str, ...]) -> tuple[str, ...]:
    # Who reads a pipe may take their time, and as long as a ledger stands still, the log of the database grows.
    ledger = await SqliteLedger.open(place.database, is_still=path is not None)
    try:
        # Asked for first: what is unknown must not cost the file that is there.
        picked = await picked_entries(ledger, urls)
        dump = Dump(output=place, ledger=ledger, picked=picked, path=path)
        async with undisturbed(dump):
            if path is None:
                return await form.write(dump, sys.stdout)
            if form.is_folder:
                with folder_destination(path) as folder:
                    return await form.write(dump, folder)
            with destination(path, is_binary=form.is_binary) as file:
                return await form.write(dump, file)
    finally:
        await ledger.close()
