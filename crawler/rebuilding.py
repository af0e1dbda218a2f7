"""Make a lost or damaged database anew from the archive, so that nothing that was fetched is fetched again.

The archive tells what was answered, and each record how its URL was reached. What was never fetched, and
who links to whom, is found again by reading the pages of the last run once more, from the archive: its
options are not known any more, so the run is continued as after a change of options.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import groupby, islice
from pathlib import Path
from typing import Any

from crawler.archive.recovery import (
    Recovered,
    answers,
    foreign_names,
    holds_answers,
    segments_in,
    unbelieved,
)
from crawler.body import Spool
from crawler.clock import Clock
from crawler.errors import DamageError, StateError, StorageError
from crawler.frontier.damage import believed_bytes, find_damage
from crawler.frontier.protocol import Frontier
from crawler.frontier.sqlite import SqliteFrontier
from crawler.landing import GROUP
from crawler.mirror.store import Mirror
from crawler.output import Output
from crawler.relics import relic_of
from crawler.segmentnames import run_name
from crawler.standing import Counts, Relic, Run

__all__ = ["note_damage", "recover", "told_run"]

_log = logging.getLogger(__name__)

_AT_ONCE = 256
_MAX_NAMED = 3
_MAX_REPORT_BYTES = 16_000_000
_RUN_STAMP = "%Y%m%d-%H%M%S"
_STAMP_CHARS = 15


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a rebuilding stands on."""

    output: Output
    clock: Clock
    spool: Spool
    mirror: Mirror | None


def note_damage(output: Output, error: StateError) -> None:
    """Let the next crawl know if it was damage that ended this one. Blocking."""
    if isinstance(error, DamageError):
        with suppress(OSError):
            output.damage_mark.touch()


async def recover(output: Output, clock: Clock, spool: Spool, mirror: Mirror | None) -> list[str]:
    """See whether the database can be believed; if not, set it aside and make a new one of the archive.

    To be called by the one who holds the output, before anybody opens the database.

    Args:
        output: of the crawl.
        clock: names what is set aside.
        spool: where large bodies lie while they are read.
        mirror: is compared with what is found; None: there is none.

    Returns:
        What a person should know, a line each; none if nothing was wrong.

    Raises:
        StorageError: the database is none of ours, or the disk is full or failed.
    """
    try:
        wrong = await asyncio.to_thread(_what_is_wrong, output)
        if not wrong:
            return []
        await asyncio.to_thread(spool.sweep)
        lines = await _rebuild(_Ground(output, clock, spool, mirror), wrong)
    except OSError as error:
        raise StorageError(
            f"{error.filename or output.folder}: {error.strerror or error};"
            " make room or clear the way, then run the same line again"
        ) from error
    for line in lines:
        # Also where only errors are shown: nobody should learn of this by chance.
        _log.error(line)
    return lines


def _what_is_wrong(output: Output) -> str:
    """Why the database cannot be believed; "": it can, or there is nothing that it should know. Blocking."""
    database = output.database
    if not database.exists() or not database.stat().st_size:
        is_lost = holds_answers(output.archive) or output.damage_mark.exists()
        is_lost = is_lost or (not database.exists() and output.journal.exists())
        return "missing" if is_lost else ""
    if output.damage_mark.exists():
        return "damaged"
    if wrong := find_damage(database):
        if wrong.startswith("file is not a database") and not _is_ours(output):
            raise StorageError(f"{database} is no database; give another output folder with -o")
        return f"damaged ({wrong})"
    try:
        believed = believed_bytes(database)
    except DamageError:
        return "damaged"
    if believed is None:
        # Until the first checkpoint all is in the log; where that is lost, this is what is left.
        return "empty" if holds_answers(output.archive) else ""
    is_behind = unbelieved(output.archive, believed) > GROUP
    return "damaged (it knows less than the archive)" if is_behind else ""


def _is_ours(output: Output) -> bool:
    """Whether a crawl has been here, though its database does not say so."""
    return output.journal.exists() or bool(segments_in(output.archive))


async def _rebuild(ground: _Ground, wrong: str) -> list[str]:
    output = ground.output
    fresh = output.database.with_name(f"{output.database.name}.new")
    for path in (fresh, *(fresh.with_name(f"{fresh.name}-{end}") for end in ("wal", "shm", "journal"))):
        path.unlink(missing_ok=True)
    paths = await asyncio.to_thread(segments_in, output.archive)
    found = 0
    if paths:
        async with await SqliteFrontier.open(fresh, ground.clock) as frontier:
            found = await _restore(frontier, paths, ground)
    # Killed halfway, what is left of it may look sound.
    output.damage_mark.touch()
    aside = await asyncio.to_thread(_set_aside, output, ground.clock)
    if paths:
        fresh.rename(output.database)
    output.damage_mark.unlink(missing_ok=True)
    kept = f", the old one is kept as {aside}" if aside else ""
    if not found:
        lost = "and there is no archive to rebuild it from: the crawl begins anew, the mirror stays"
        return [f"{output.database} is {wrong}, {lost}{kept}"]
    lines = [f"{output.database} is {wrong}: it was rebuilt from {found} answers of the archive{kept}"]
    if foreign := await asyncio.to_thread(foreign_names, output.archive):
        more = ", ..." if len(foreign) > _MAX_NAMED else ""
        lines.append(
            f"{output.archive} holds what is no segment of ours, which was passed over:"
            f" {', '.join(foreign[:_MAX_NAMED])}{more}"
        )
    return lines


async def _restore(frontier: Frontier, paths: list[Path], ground: _Ground) -> int:
    """Take in every segment, run after run; gives how many answers there were."""
    found = 0
    for name, of_run in groupby(paths, lambda path: run_name(path.name)):
        run = await asyncio.to_thread(told_run, name, ground.output.reports)
        for path in of_run:
            stream = answers(path, ground.spool)
            while group := await asyncio.to_thread(_next_group, stream):
                relics = await asyncio.to_thread(_relics_of, group, ground.mirror)
                await frontier.restore(run, relics)
                found += len(group)
    return found


def _next_group(stream: Iterator[Recovered]) -> list[Recovered]:
    return list(islice(stream, _AT_ONCE))


def _relics_of(group: list[Recovered], mirror: Mirror | None) -> list[Relic]:
    return [relic_of(each, mirror) for each in group]


def told_run(name: str, reports: Path) -> Run:
    """A run by its name, with what its report says of it if it came to its end. Blocking."""
    started_at = datetime.strptime(name[:_STAMP_CHARS], _RUN_STAMP).replace(tzinfo=UTC).timestamp()
    run = Run(number=0, name=name, started_at=started_at)
    report = reports / f"{name}.json"
    # A report is of use if it is as we write it; else the run counts as interrupted.
    with suppress(OSError, ValueError, TypeError, KeyError, AttributeError):
        if report.stat().st_size <= _MAX_REPORT_BYTES:
            return _ended(run, json.loads(report.read_bytes()))
    return run


def _ended(run: Run, report: dict[str, Any]) -> Run:
    if report["outcome"] == "stopped":
        return run
    ended_at = datetime.fromisoformat(report["ended_at"]).timestamp()
    counts = {name: int(value) for name, value in report["counts"].items()}
    return replace(run, ended_at=ended_at, outcome=str(report["outcome"]), counts=Counts(**counts))


def _set_aside(output: Output, clock: Clock) -> str:
    """Move the database away under a name that nothing has; gives that name, "" if there was none."""
    if not any(path.exists() for path in output.database_files):
        return ""
    stamp = datetime.fromtimestamp(clock.now(), UTC).strftime(_RUN_STAMP)
    name = f"{output.database.name}.damaged-{stamp}"
    count = 1
    while any(output.folder.glob(f"{name}*")):
        count += 1
        name = f"{output.database.name}.damaged-{stamp}-{count}"
    for path in output.database_files:
        if path.exists():
            path.rename(path.with_name(path.name.replace(output.database.name, name, 1)))
    return name
