"""Write what a run found: JSON for programs, and a page and a plot for the documentation."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.speed.machine import Machine
from benchmarks.speed.plot import plot
from benchmarks.speed.results import Result, as_json, from_json
from benchmarks.speed.table import tables
from benchmarks.speed.targets import verdicts

__all__ = ["BEGIN", "END", "Report", "publish", "read_report", "summary", "write_report"]

BEGIN = "<!-- bench: what stands from here is written by `make bench` -->"
END = "<!-- bench: to here -->"
_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A run of the bench.

    Args:
        began_at: UTC, seconds since the epoch.
        seconds: that it took.
        rounds: that count at most.
        machine: that it ran on.
        versions: of every contender that took part.
        results: one a scenario.
        left_out: scenarios that could not be run, and why.
    """

    began_at: float
    seconds: float
    rounds: int
    machine: Machine
    versions: Mapping[str, str]
    results: Sequence[Result]
    left_out: Mapping[str, str]


def write_report(report: Report, path: Path) -> None:
    """Write a run as JSON: every round, the medians, and the targets beside what was reached."""
    told: dict[str, Any] = {
        "format": _FORMAT,
        "began_at": report.began_at,
        "seconds": report.seconds,
        "rounds": report.rounds,
        "machine": asdict(report.machine),
        "versions": dict(report.versions),
        "left_out": dict(report.left_out),
        "targets": [asdict(each) for each in verdicts(report.results)],
        "scenarios": as_json(report.results),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_report(path: Path) -> Report:
    """Read what `write_report` wrote.

    Raises:
        ValueError: it is something else.
    """
    told = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(told, dict) or told.get("format") != _FORMAT:
        raise ValueError(f"{path} is no result of this bench")
    return Report(
        began_at=told["began_at"],
        seconds=told["seconds"],
        rounds=told["rounds"],
        machine=Machine(**told["machine"]),
        versions=told["versions"],
        results=from_json(told["scenarios"]),
        left_out=told["left_out"],
    )


def summary(report: Report) -> str:
    """The run in Markdown."""
    machine = report.machine
    when = datetime.fromtimestamp(report.began_at, UTC)
    hardware = f"{machine.cores} cores ({machine.processor}), {machine.memory_bytes / 2**30:.0f} GiB"
    software = f"{machine.system}, Python {machine.python}, {machine.file_system}"
    programs = ", ".join(report.versions.values())
    took = f"The run took {report.seconds / 60:.0f} minutes."
    lines = [f"{when:%Y-%m-%d}, {hardware}, {software}; {programs}. {took}\n"]
    if machine.is_busy:
        lines.append(
            f"**The machine was busy when it began (load {machine.load:g}): these figures are not to be trusted.**\n"
        )
    lines += [f"Left out: `{name}`: {reason}.\n" for name, reason in report.left_out.items()]
    return "\n".join([*lines, tables(report.results)])


def publish(report: Report, page: Path) -> None:
    """Put a run between the marks of the page, and its plot beside the page.

    Raises:
        ValueError: the page has no such marks.
    """
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"{page} has no place for the results; it is marked by\n{BEGIN}\n{END}")
    drawing = page.with_suffix(".svg")
    drawing.write_text(plot(report.results), encoding="utf-8")
    shown = f"![pages a second by site and contender]({drawing.name})"
    page.write_text(f"{before}{begin}\n\n{shown}\n\n{summary(report)}\n{end}{after}", encoding="utf-8")
