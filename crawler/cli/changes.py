"""`crawler changes`: what changed between two runs."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import TextIO

import click

from crawler.body import Spool
from crawler.changes import ChangeKind, ChangeList, changes_between
from crawler.cli.lines import counted, printable
from crawler.cli.quantities import FOLDER
from crawler.cli.streams import tell
from crawler.clock import iso_utc
from crawler.errors import UsageError
from crawler.frontier.history import History
from crawler.originals import Originals
from crawler.output import Output, write_whole
from crawler.pagediff import page_diff
from crawler.reportpage.changed import changes_page
from crawler.runpair import run_pair
from crawler.seeds import read_seed
from crawler.standing import Run
from crawler.urls import identity

__all__ = ["command"]

_MAX_SHOWN = 50
_FIRST = "is the first: there is nothing to compare with yet; run the same crawl again later"


@click.command("changes")
@click.argument("output", default="output", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Everything, for programs.")
@click.option("--html", "page", metavar="FILE", help="Write a page to be opened in a browser.")
@click.option("--diff", "url", metavar="URL", help="Show what one page says now and did not before.")
@click.option("--from", "since", metavar="RUN", help="Number or name of the earlier run. [the one before]")
@click.option("--to", "until", metavar="RUN", help="Number or name of the later run. [the last]")
def command(
    *, output: str, as_json: bool, page: str | None, url: str | None, since: str | None, until: str | None
) -> None:
    """Tell what changed between two runs.

    Of the last two, or any: new, changed, gone, unlinked, moved and failing URLs. A page has changed when its main content has: dates,
    counters, tokens and advertisements do not count.

    \b
    Example:
      crawler changes output
      crawler changes --json | jq -r '.gone[].url'
      crawler changes --from 3 --to 7 --html changes.html
      crawler changes --diff https://example.org/about
    """
    if url is not None and (as_json or page is not None):
        raise UsageError("--diff shows one page as text; leave out --json and --html")
    place = Output(Path(output))
    place.check_exists()
    asyncio.run(_tell(place, as_json=as_json, page=page, url=url, named=(since, until)))


async def _tell(
    place: Output, *, as_json: bool, page: str | None, url: str | None, named: tuple[str | None, str | None]
) -> None:
    async with await History.open(place.database) as history:
        runs = list(await history.ledger.runs())
        if not runs:
            raise UsageError("nothing was crawled here yet; begin with crawler crawl")
        before, now = run_pair(runs, *named, sign="--")
        originals = Originals(place.archive, history.ledger, Spool())
        if url is not None:
            await _show_diff(history, originals, url, before, now)
            return
        with ChangeList() as found:
            if before is None:
                tell(f"crawler: note: run {now.number} {_FIRST}")
            else:
                await changes_between(history, originals, before.number, now.number, found)
            if page is not None:
                _write_page(Path(page), changes_page(before, now, found))
            if as_json:
                _write_json(sys.stdout, before, now, found)
            elif page is None and before is not None:
                _show(before, now, found)


def _show(before: Run, now: Run, found: ChangeList) -> None:
    going_on = "" if now.ended_at is not None else ", which has not ended"
    click.echo(
        f"run {now.number} ({iso_utc(now.started_at)}{going_on}) against"
        f" run {before.number} ({iso_utc(before.started_at)}):"
        f" {counted(found.total, 'change') if found.total else 'nothing changed'}"
    )
    for kind in ChangeKind:
        if not found.counts[kind]:
            continue
        click.echo(f"\n{kind} {found.counts[kind]}")
        for index, change in enumerate(found.of(kind)):
            if index == _MAX_SHOWN:
                click.echo(f"  and {found.counts[kind] - _MAX_SHOWN} more; --json lists them all")
                break
            more = f" -> {change['to']}" if "to" in change else ""
            more += f"  ({change['reason']})" if "reason" in change and not more else ""
            click.echo(printable(f"  {change['url']}{more}"))


def _write_json(stream: TextIO, before: Run | None, now: Run, found: ChangeList) -> None:
    """One object, written entry by entry."""
    stream.write(f'{{"from": {json.dumps(before.name if before else None)}, "to": {json.dumps(now.name)}')
    for kind in ChangeKind:
        stream.write(f', "{kind}": [')
        stream.writelines(
            f"{',' if index else ''}\n  {json.dumps(change)}" for index, change in enumerate(found.of(kind))
        )
        stream.write("]")
    stream.write("}\n")


def _write_page(path: Path, text: str) -> None:
    if path.is_dir():
        raise UsageError(f"--html {path} is a folder; name a file, for example changes.html")
    try:
        write_whole(path, text)
    except OSError as error:
        raise UsageError(f"--html {path}: {error.strerror}; name another file") from None


async def _show_diff(history: History, originals: Originals, text: str, before: Run | None, now: Run) -> None:
    shown = printable(text)
    seed = read_seed(text)
    if seed is None:
        raise UsageError(f"--diff {shown!r} is no http(s) URL; write for example https://example.org/about")
    key = identity(seed.url)
    if seed.is_bare and await history.ledger.entry(key) is None:
        key = identity(seed.url.replace("https:", "http:", 1))
    copy = await history.copy_as_of(key, now.number)
    if copy is None:
        raise UsageError(
            f"--diff {shown}: run {now.number} has no good copy of it; try crawler why '{shown}'"
        )
    earlier = None if before is None else await history.copy_as_of(key, before.number)
    if earlier is None:
        click.echo(f"{printable(copy.url)}: there is no copy before run {now.number} to compare with")
        return
    lines = await page_diff(originals, earlier, copy)
    for line in lines:
        click.echo(printable(line))
    if not lines and before is not None:
        runs = [each for each in await history.runs_of_change(key) if 1 < each <= before.number]
        advice = f"; it changed in run {runs[0]}: --to {runs[0]}" if runs else ""
        click.echo(
            f"{printable(copy.url)}: says the same in run {before.number} and run {now.number}{advice}"
        )
