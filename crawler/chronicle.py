"""Write the report of a run: reports/RUN.json for programs, reports/RUN.html for people."""

from __future__ import annotations

import asyncio
import dataclasses
import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from crawler.changes import ChangeKind, ChangeList, changes_between
from crawler.frontier.history import History
from crawler.originals import Originals
from crawler.output import Output, write_whole
from crawler.report import MAX_LISTED, Report
from crawler.reportpage.runpage import Measures, run_page
from crawler.shift import Answers
from crawler.standing import Run

__all__ = ["write_report"]

_SLICES = 40
_MAX_HOSTS = 15
_MAX_RUNS = 30


async def write_report(output: Output, report: Report, originals: Originals) -> Report:
    """Compare a run with the one before it, and write both forms; gives the report with what changed.

    Args:
        output: the folder.
        report: of the run, which need not have ended yet.
        originals: the stored bodies.

    Raises:
        OSError: the disk is full or failed.
        StorageError: the database cannot be read.
    """
    run = report.run
    async with await History.open(output.database) as history:
        runs = [each for each in await history.ledger.runs() if each.number < run.number]
        before = runs[-1] if runs else None
        with ChangeList() as found:
            if before is not None:
                await changes_between(history, originals, before.number, run.number, found)
            report = dataclasses.replace(report, changes=_changes(before, found))
            past = await asyncio.to_thread(_past, output.reports, runs[-_MAX_RUNS:])
            measures = dataclasses.replace(
                await _measures(history, report),
                runs=[*past, (str(run.number), {kind.value: count for kind, count in found.counts.items()})],
            )
            page = await asyncio.to_thread(run_page, report, before, found, measures)
    await asyncio.to_thread(_write, output.reports, report, page)
    return report


def _changes(before: Run | None, found: ChangeList) -> Mapping[str, Any]:
    """What changed, for the report: all counts, and the first of each kind."""
    return {
        "from": None if before is None else before.name,
        "counts": {kind.value: found.counts[kind] for kind in ChangeKind},
        **{kind.value: list(islice(found.of(kind), MAX_LISTED)) for kind in ChangeKind},
    }


async def _measures(history: History, report: Report) -> Measures:
    run = report.run
    seconds = max((run.ended_at or run.started_at) - run.started_at, 1.0)
    step = seconds / _SLICES
    slices = await history.answers_by_time(run.number, run.started_at, step)
    nothing = Answers(what="", answers=0, size_bytes=0)
    return Measures(
        by_status=await history.answers_by_status(run.number),
        by_time=[slices.get(place, nothing) for place in range(_SLICES)],
        by_host=await history.answers_by_host(run.number, _MAX_HOSTS),
        step_seconds=step,
    )


def _past(folder: Path, runs: list[Run]) -> list[tuple[str, Mapping[str, int]]]:
    """What earlier reports counted; one that is missing or was written by somebody else counts nothing."""
    found: list[tuple[str, Mapping[str, int]]] = []
    for run in runs:
        try:
            counts = json.loads((folder / f"{run.name}.json").read_text(encoding="utf-8"))["changes"][
                "counts"
            ]
            told = {kind.value: int(counts.get(kind.value, 0)) for kind in ChangeKind}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            told = {}
        found.append((str(run.number), told))
    return found


def _write(folder: Path, report: Report, page: str) -> None:
    folder.mkdir(exist_ok=True)
    write_whole(folder / f"{report.run.name}.json", report.as_json())
    write_whole(folder / f"{report.run.name}.html", page)
