"""`crawler gather`: one output of the folders of several crawls, or of the workers of one."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import click

from crawler.cli.lines import printable
from crawler.cli.progress import plain_line, shown_progress
from crawler.cli.quantities import FOLDER
from crawler.cli.streams import tell
from crawler.output import Output
from crawler.quantities import show_count, show_size
from crawler.report import GATHERED
from crawler.union.source import sources_of
from crawler.union.union import Gathered, Union

__all__ = ["command"]

EXIT_DAMAGED = 3


@click.command("gather")
@click.argument("folders", nargs=-1, required=True, metavar="FOLDER...", type=FOLDER)
@click.option(
    "-o",
    "--output",
    default="output",
    type=FOLDER,
    metavar="FOLDER",
    help="What they are joined into. [output]",
)
@click.option("--mirror/--no-mirror", default=True, help="Write the browsable copy. [mirror]")
@click.option(
    "--lock",
    type=click.Choice(["skip", "wait"]),
    default="skip",
    help="When another run holds the output: give up (exit 75), or wait. [skip]",
)
@click.option(
    "--progress",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Show how far it is. [auto]",
)
@click.option("--json", "as_json", is_flag=True, help="What was done, for programs.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something is wrong.")
def command(folders: tuple[str, ...], output: str, mirror: bool, lock: str, **values: Any) -> int:  # noqa: FBT001 - click passes by name
    """Join the folders of crawls or workers into one output.

    A FOLDER is the output of `crawler crawl` or `crawler work`, or a copy of one that rsync made; in any order. It is
    read and never written to. The same line again takes in what is new, also while they still crawl. A URL that
    two of them have fetched in one run stands in the output once, by its best and latest answer.

    The output stands alone: the segments are copied. All other commands work on it; who crawls into it
    makes it a crawl's own, which is gathered into no more.

    \b
    Example:
      crawler gather workers/* -o output
      crawler gather /srv/crawl/monday /srv/crawl/tuesday -o both -q
    """
    place = Output(Path(output))
    sources = sources_of(map(Path, folders), place.folder)
    place.prepare()
    with place.hold(waits=lock == "wait"):
        union = Union(sources, place, mirror=mirror)
        is_silent = values["quiet"] or values["as_json"]
        gathered = asyncio.run(_run(union, "never" if is_silent else values["progress"]))
    if values["as_json"]:
        click.echo(json.dumps(_values(gathered), indent=2))
    elif not values["quiet"]:
        for line in _lines(gathered, len(sources), place.folder):
            click.echo(printable(line))
    for note in gathered.notes:
        tell(f"crawler: note: {printable(note)}")
    for path in gathered.damaged:
        what = "is damaged: what could not be read of it was left out"
        tell(f"crawler: note: {printable(str(path))} {what}; crawler verify tells what is lost there")
    return EXIT_DAMAGED if gathered.damaged else 0


async def _run(union: Union, progress: str) -> Gathered:
    async def line() -> str:
        return plain_line(await union.statistics())

    async with shown_progress(line, progress):
        return await union.gather()


def _lines(gathered: Gathered, folders: int, output: Path) -> list[str]:
    if gathered.run is None:
        return [f"nothing to gather yet in {show_count(folders, 'folder')}"]
    if gathered.report is None:
        return [f"nothing new in {show_count(folders, 'folder')}"]
    run, counts = gathered.run, gathered.run.counts
    told = f"{show_count(gathered.answers, 'URL')}, {show_size(gathered.copied_bytes)}"
    states = (
        f"{counts.done:,} done, {counts.failed:,} failed, {counts.excluded:,} excluded,"
        f" {counts.queued + counts.claimed:,} queued"
    )
    return [
        f"gathered {told} from {show_count(folders, 'folder')} into {output}",
        f"run {run.name}: {show_count(counts.pages, 'page')}; {states}"
        + ("; not everything is here yet" if run.outcome == GATHERED else ""),
        f"start at {output / 'index.html'}",
    ]


def _values(gathered: Gathered) -> dict[str, Any]:
    run = gathered.run
    return {
        "run": None if run is None else run.name,
        "outcome": None if run is None else run.outcome,
        "is_new": gathered.report is not None,
        "urls": gathered.answers,
        "copied_bytes": gathered.copied_bytes,
        "damaged": [str(path) for path in gathered.damaged],
        "notes": list(gathered.notes),
    }
