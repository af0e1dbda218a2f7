"""What a run of the bench found: rounds, their medians, rows and scenarios, to JSON and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import Any

from benchmarks.speed.checking import Links
from benchmarks.speed.measuring import Spent

__all__ = ["COMPLETE", "Outcome", "Result", "Round", "Row", "as_json", "from_json"]

COMPLETE = 0.99
"""This share of the pages, and of the links that can be converted, must be there."""


class Outcome:
    """What became of a contender in a scenario."""

    OK = "ok"
    SHORT = "pages missing"
    UNCONVERTED = "links not converted"
    OVER = "over the limit"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One run of one contender.

    Args:
        spent: what it took.
        pages: HTML files of its copy.
        answers: that the server gave, by status; those to HEAD left out.
    """

    spent: Spent
    pages: int
    answers: Mapping[str, int]


@dataclass(slots=True, kw_only=True)
class Row:
    """A contender in a scenario.

    Args:
        contender: its name.
        title: for people.
        what: comes out of it.
        expected: pages that there are to be had.
        rounds: those that count; without any, the thrown-away one if that went over the limit.
        links: of the copy of the last round, where it converts links.
    """

    contender: str
    title: str
    what: str
    expected: int
    rounds: list[Round] = field(default_factory=list)
    links: Links | None = None

    @property
    def outcome(self) -> str:
        """See `Outcome`; the worst of its rounds decides."""
        if any(each.spent.exit_code is None for each in self.rounds):
            return Outcome.OVER
        if not self.rounds or any(each.pages == 0 or (each.spent.exit_code or 0) < 0 for each in self.rounds):
            return Outcome.FAILED
        if min(each.pages for each in self.rounds) < COMPLETE * self.expected:
            return Outcome.SHORT
        if self.links is not None and self.links.share < COMPLETE:
            return Outcome.UNCONVERTED
        return Outcome.OK

    @property
    def has_finished(self) -> bool:
        """Whether its figures can stand beside others: it ended by itself and has the pages."""
        return self.outcome in {Outcome.OK, Outcome.UNCONVERTED}

    @property
    def pages(self) -> int:
        """Pages it is credited with: never more than there are."""
        return min(int(median(each.pages for each in self.rounds)), self.expected) if self.rounds else 0

    @property
    def wall_seconds(self) -> float:
        """Median."""
        return median(each.spent.wall_seconds for each in self.rounds)

    @property
    def pages_per_second(self) -> float:
        """Of the median wall time, start-up counted."""
        return self.pages / self.wall_seconds

    @property
    def answers_per_second(self) -> float:
        """Answers of any status, of the median wall time."""
        return median(sum(each.answers.values()) for each in self.rounds) / self.wall_seconds

    @property
    def cpu_ms_per_page(self) -> float:
        """Median."""
        return median(each.spent.cpu_seconds for each in self.rounds) * 1000 / max(self.pages, 1)

    @property
    def peak_rss_bytes(self) -> float:
        """Median of the peaks."""
        return median(each.spent.peak_rss_bytes for each in self.rounds)

    def figures(self) -> dict[str, Any]:
        """The medians, for the JSON."""
        if not self.rounds:
            return {}
        return {
            "wall_seconds": round(self.wall_seconds, 4),
            "pages_per_second": round(self.pages_per_second, 1),
            "answers_per_second": round(self.answers_per_second, 1),
            "cpu_ms_per_page": round(self.cpu_ms_per_page, 4),
            "peak_rss_bytes": int(self.peak_rss_bytes),
        }


@dataclass(slots=True, kw_only=True)
class Result:
    """A scenario that was run.

    Args:
        scenario: its name.
        title: of the site.
        connections: requests at once.
        delay_seconds: of every answer.
        rows: one a contender, in the order of the table.
        left_out: contenders that could not take part, and why.
    """

    scenario: str
    title: str
    connections: int
    delay_seconds: float
    rows: list[Row] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)

    def row(self, contender: str) -> Row | None:
        """The row of a contender that finished."""
        return next((each for each in self.rows if each.contender == contender and each.has_finished), None)


def as_json(results: Sequence[Result]) -> list[dict[str, Any]]:
    """Every round and the medians."""
    told = []
    for result in results:
        one = asdict(result)
        for row, said in zip(result.rows, one["rows"], strict=True):
            said["outcome"], said["median"] = row.outcome, row.figures()
        told.append(one)
    return told


def from_json(told: Sequence[Mapping[str, Any]]) -> list[Result]:
    """What `as_json` gave, after it was written and read."""
    return [
        Result(
            scenario=one["scenario"],
            title=one["title"],
            connections=one["connections"],
            delay_seconds=one["delay_seconds"],
            left_out=dict(one["left_out"]),
            rows=[_row(said) for said in one["rows"]],
        )
        for one in told
    ]


def _row(said: Mapping[str, Any]) -> Row:
    rounds = [
        Round(
            spent=Spent(
                **(each["spent"] | {"rss_quarters_bytes": tuple(each["spent"]["rss_quarters_bytes"])})
            ),
            pages=each["pages"],
            answers=each["answers"],
        )
        for each in said["rounds"]
    ]
    return Row(
        contender=said["contender"],
        title=said["title"],
        what=said["what"],
        expected=said["expected"],
        rounds=rounds,
        links=Links(**said["links"]) if said["links"] else None,
    )
