"""Say in a few words what a run has to tell somebody who does not look: for webhooks, mail and chat.

There is something to tell if the run did not end well, if something changed, or if more fails than at the end of
the run before. What fails every night is no news.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from crawler.clock import iso_utc
from crawler.errors import CrawlerError
from crawler.report import Report

__all__ = ["Notice", "failures_before", "notice_of", "notice_of_error"]

_MAX_WORST = 10
_MAX_SEEDS = 10
_MAX_REPORT_BYTES = 16_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a run has to tell.

    Args:
        output: the folder, as the user named it.
        exit_code: with which the command leaves.
        run: its name; "": it did not come to its end.
        outcome: how it ended.
        values: times and counts, for programs.
        changes: how many URLs changed in which way: `new`, `changed`, `gone`, ...
        failures: failed URLs by class, most first.
        failures_before: the same of the run before.
        seeds: that did not come in, the first few.
        error: what ended it, one line; "": nothing did.
    """

    output: str
    exit_code: int
    run: str = ""
    outcome: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, int] = field(default_factory=dict)
    failures: Mapping[str, int] = field(default_factory=dict)
    failures_before: Mapping[str, int] = field(default_factory=dict)
    seeds: tuple[str, ...] = ()
    error: str = ""

    @property
    def has_news(self) -> bool:
        """Whether somebody should be told."""
        more_fails = any(urls > self.failures_before.get(name, 0) for name, urls in self.failures.items())
        return bool(self.exit_code or more_fails or any(self.changes.values()))

    @property
    def title(self) -> str:
        """One line for a person."""
        if self.error:
            return f"crawler: {self.output}: {self.error}"
        said = [f"{urls} {kind}" for kind, urls in self.changes.items() if urls]
        return f"crawler: {self.output}: {self.outcome}: {', '.join(said) or 'nothing changed'}"

    @property
    def text(self) -> str:
        """A few lines for a person, the first of them the title."""
        lines = [self.title]
        if self.failures:
            lines.append("failed: " + ", ".join(f"{name} {urls}" for name, urls in self.failures.items()))
        lines += [f"seed did not come in: {url}" for url in self.seeds]
        if self.exit_code:
            lines.append(f"exit code {self.exit_code}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """For programs; `text` is what chats show."""
        return {
            "text": self.text,
            "output": self.output,
            "run": self.run,
            "outcome": self.outcome,
            "exit_code": self.exit_code,
            **self.values,
            "changes": dict(self.changes),
            "failures": dict(self.failures),
            "seeds": list(self.seeds),
            "error": self.error,
        }


def notice_of(
    report: Report,
    *,
    output: str,
    exit_code: int,
    changes: Mapping[str, int],
    failures_before: Mapping[str, int],
) -> Notice:
    """What a run that came to its end has to tell.

    Args:
        report: of the run.
        output: the folder.
        exit_code: with which the command leaves.
        changes: how many URLs changed in which way since the run before.
        failures_before: failed URLs of the run before by class.
    """
    run = report.run
    worst = sorted(report.failures.items(), key=lambda pair: (-pair[1], pair[0]))
    return Notice(
        output=output,
        exit_code=exit_code,
        run=run.name,
        outcome=run.outcome,
        values={
            "started_at": iso_utc(run.started_at),
            "ended_at": None if run.ended_at is None else iso_utc(run.ended_at),
            "counts": dataclasses.asdict(report.counts),
            "warnings": list(report.warnings),
        },
        changes=changes,
        failures=dict(worst[:_MAX_WORST]),
        failures_before=failures_before,
        seeds=tuple(each.url for each in report.bad_seeds[:_MAX_SEEDS]),
    )


def notice_of_error(error: CrawlerError, *, output: str) -> Notice:
    """What a run has to tell that an error ended."""
    return Notice(output=output, exit_code=error.exit_code, error=str(error))


def failures_before(reports: Path, run_name: str) -> dict[str, int]:
    """Failed URLs by class of the last run before this one that has a report; none: there is no such. Blocking."""
    names = sorted(path for path in reports.glob("*.json") if path.stem < run_name)
    # A report is of use if it is as we write it.
    with suppress(OSError, ValueError, TypeError, AttributeError):
        if names and names[-1].stat().st_size <= _MAX_REPORT_BYTES:
            found = json.loads(names[-1].read_bytes())["failures"]
            return {str(name): int(urls) for name, urls in found.items()}
    return {}
