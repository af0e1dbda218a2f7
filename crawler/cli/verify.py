"""`crawler verify`: whether the copy is whole, and what to do where it is not."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections import Counter
from pathlib import Path
from typing import Protocol

import click

from crawler.cli.lines import counted, printable
from crawler.cli.progress import shown_progress
from crawler.cli.quantities import FOLDER
from crawler.flaw import REMARKS, Flaw, FlawKind
from crawler.output import Output
from crawler.verification.checked import Checked
from crawler.verification.verifying import verification_of

__all__ = ["command"]

EXIT_DAMAGED = 3
_MAX_FAULTS = 10
_MAX_REMARKS = 3
"""Lines of each kind, where people read."""


@click.command("verify")
@click.argument("output", default="output", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Everything that is found, for programs.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing unless something is wrong.")
def command(output: str, as_json: bool, quiet: bool) -> int:  # noqa: FBT001 - click passes by name
    """Find out whether the copy is whole.

    Every file of the mirror is compared with what it must hold, every record of the archive is read, and the
    database is checked against both. Nothing is changed, and nothing is fetched. Faults make the exit code 3;
    remarks tell of what the site does not have, and of what the next crawl puts right by itself.

    \b
    Example:
      crawler verify output
      crawler verify output -q || mail -s 'copy damaged' me
      crawler verify output --json | jq -r '.flaws[].place'
    """
    place = Output(Path(output))
    listing = _JsonListing(place) if as_json else _TextListing(place, is_quiet=quiet)
    with place.hold_still():
        return asyncio.run(_verify(place, listing, "never" if quiet else "auto"))


class _Listing(Protocol):
    """Says what is found, as it is found."""

    def begin(self) -> None:
        """Nothing was found yet."""

    def add(self, flaw: Flaw) -> None:
        """Say one."""

    def end(self, checked: Checked, found: Counter[FlawKind]) -> None:
        """Say what it all comes to."""


async def _verify(place: Output, listing: _Listing, progress: str) -> int:
    found: Counter[FlawKind] = Counter()
    async with verification_of(place) as verification:
        checked = verification.checked

        async def line() -> str:
            return f"{checked.phase}: {_amount(checked)}, {counted(_faults(found), 'fault')}"

        listing.begin()
        async with shown_progress(line, progress):
            async for flaw in verification.flaws():
                found[flaw.kind] += 1
                listing.add(flaw)
        listing.end(checked, found)
    return EXIT_DAMAGED if _faults(found) else 0


class _TextListing:
    """Some of each kind, line by line, then the verdict.

    Args:
        place: that is verified.
        is_quiet: remarks, and that it is sound, are not said.
    """

    def __init__(self, place: Output, *, is_quiet: bool) -> None:
        self._place = place
        self._is_quiet = is_quiet
        self._said: Counter[FlawKind] = Counter()

    def begin(self) -> None:
        """There is no heading."""

    def add(self, flaw: Flaw) -> None:
        """A line, if this kind has not had enough of them."""
        if self._is_quiet and not flaw.is_fault:
            return
        self._said[flaw.kind] += 1
        if self._said[flaw.kind] <= _most(flaw.kind):
            url = f" ({flaw.url})" if flaw.url and flaw.url not in f"{flaw.place} {flaw.what}" else ""
            click.echo(printable(f"{flaw.kind}: {flaw.place} {flaw.what}{url}; {flaw.advice}"))

    def end(self, checked: Checked, found: Counter[FlawKind]) -> None:
        """The verdict, in one line."""
        if any(count > _most(kind) for kind, count in self._said.items()):
            click.echo("and more; --json lists them all")
        faults, remarks = _of_each(found, are_faults=True), _of_each(found, are_faults=False)
        if self._is_quiet and not faults:
            return
        verdict = f"has {counted(_faults(found), 'fault')} ({faults})" if faults else "is sound"
        if remarks:
            verdict += f", {counted(found.total() - _faults(found), 'remark')} ({remarks})"
        click.echo(f"{printable(str(self._place.folder))} {verdict}: {_amount(checked)} checked")


class _JsonListing:
    """One object, written as its flaws are found.

    Args:
        place: that is verified.
    """

    def __init__(self, place: Output) -> None:
        self._place = place
        self._separator = "\n"

    def begin(self) -> None:
        """All up to the flaws."""
        click.echo(f'{{\n  "output": {json.dumps(str(self._place.folder))},\n  "flaws": [', nl=False)

    def add(self, flaw: Flaw) -> None:
        """One more of them, in a line of its own."""
        values = {**dataclasses.asdict(flaw), "url": flaw.url or None, "is_fault": flaw.is_fault}
        click.echo(f"{self._separator}    {json.dumps(values)}", nl=False)
        self._separator = ",\n"

    def end(self, checked: Checked, found: Counter[FlawKind]) -> None:
        """Counts and verdict."""
        values = {
            "counts": dict(found),
            "faults": _faults(found),
            "remarks": found.total() - _faults(found),
            "checked": {"urls": checked.urls, "files": checked.files, "answers": checked.answers},
            "is_sound": not _faults(found),
        }
        rest = json.dumps(values, indent=2).removeprefix("{\n")
        click.echo(f"\n  ],\n{rest}")


def _most(kind: FlawKind) -> int:
    return _MAX_REMARKS if kind in REMARKS else _MAX_FAULTS


def _of_each(found: Counter[FlawKind], *, are_faults: bool) -> str:
    return ", ".join(
        f"{kind} {count}" for kind, count in found.items() if (kind not in REMARKS) == are_faults
    )


def _faults(found: Counter[FlawKind]) -> int:
    return sum(count for kind, count in found.items() if kind not in REMARKS)


def _amount(checked: Checked) -> str:
    files, answers = counted(checked.files, "file"), counted(checked.answers, "answer")
    return f"{counted(checked.urls, 'URL')}, {files}, {answers}"
