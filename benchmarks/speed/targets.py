"""What our crawl is held to, as ratios within one run; a run prints them and never fails for them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from benchmarks.speed.results import Result, Row

__all__ = ["TARGETS", "Target", "Verdict", "verdicts"]

_MIRROR = ("ours", "ours-auto")
_ARCHIVE = ("ours-warc", "ours-warc-auto")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One figure to reach.

    Args:
        text: says it.
        value: the figure by the results; None if somebody needed for it is not in them.
        bound: to be reached.
        is_most: whether the bound is the most allowed, not the least.
        unit: printed behind both.
    """

    text: str
    value: Callable[[dict[str, Result]], float | None]
    bound: float
    is_most: bool = False
    unit: str = "x"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A target beside what was reached."""

    text: str
    bound: str
    value: str
    is_met: bool | None


def _best(result: Result | None, names: Sequence[str]) -> Row | None:
    rows = [row for name in names if result and (row := result.row(name))]
    return max(rows, key=lambda row: row.pages_per_second, default=None)


def _ahead(scenario: str, ours: Sequence[str], other: str) -> Callable[[dict[str, Result]], float | None]:
    """Our best form's pages a second to those of another."""

    def value(results: dict[str, Result]) -> float | None:
        result = results.get(scenario)
        mine, theirs = _best(result, ours), _best(result, [other])
        return mine.pages_per_second / theirs.pages_per_second if mine and theirs else None

    return value


def _of_the_possible(scenario: str) -> Callable[[dict[str, Result]], float | None]:
    """Answers a second to connections by latency: dead links and pictures take their time as pages do."""

    def value(results: dict[str, Result]) -> float | None:
        result = results.get(scenario)
        mine = _best(result, _MIRROR)
        if result is None or mine is None:
            return None
        return 100 * mine.answers_per_second * result.delay_seconds / result.connections

    return value


def _of_the_small(results: dict[str, Result]) -> float | None:
    """Pages a second of the large site to those of the small one, start-up taken off both."""
    rows = [_best(results.get(name), _MIRROR) for name in ("start", "scale-1k", "scale-100k")]
    start, small, large = rows
    if start is None or small is None or large is None:
        return None
    rates = [each.pages / max(each.wall_seconds - start.wall_seconds, 1e-3) for each in (small, large)]
    return 100 * rates[1] / rates[0]


def _megabytes(results: dict[str, Result]) -> float | None:
    row = _best(results.get("million"), _MIRROR)
    return row.peak_rss_bytes / 1e6 if row else None


def _level(scenario: str, text: str, ours: Sequence[str], other: str, bound: float) -> Target:
    return Target(text=text, value=_ahead(scenario, ours, other), bound=bound)


TARGETS = (
    _level("py", "python3.11-doc, mirror: against Scrapy", _MIRROR, "scrapy", 20),
    _level("py", "python3.11-doc, mirror: against HTTrack", _MIRROR, "httrack", 8),
    _level("py", "python3.11-doc, mirror: against wget -k -E -p", _MIRROR, "wget", 6),
    _level("py", "python3.11-doc, mirror: against wget2 -k -E -p", _MIRROR, "wget2", 0.8),
    _level("pg", "postgresql-doc-15, mirror: against wget2 -k -E -p", _MIRROR, "wget2", 0.7),
    _level("py", "python3.11-doc, mirror and WARC: against wget with WARC", _ARCHIVE, "wget-warc", 6),
    Target(
        text="100 ms, 32 connections: answers a second of connections/latency",
        value=_of_the_possible("boost-100ms-32"),
        bound=90,
        unit="%",
    ),
    _level("boost-100ms-128", "100 ms, 128 connections: against wget2 -k -E -p", _MIRROR, "wget2", 0.9),
    _level("boost-100ms-512", "100 ms, 512 connections: against wget2 -k -E -p", _MIRROR, "wget2", 0.9),
    Target(
        text="pages a second at 100,000 pages of those at 1,000, start-up taken off",
        value=_of_the_small,
        bound=90,
        unit="%",
    ),
    Target(text="peak memory at 1,000,000 known URLs", value=_megabytes, bound=300, is_most=True, unit=" MB"),
)
"""The figures of the project's goal."""


def verdicts(results: Sequence[Result]) -> list[Verdict]:
    """Each target with what the results say of it."""
    by_name = {each.scenario: each for each in results}
    told = []
    for target in TARGETS:
        value = target.value(by_name)
        sign = "≤" if target.is_most else "≥"
        is_met = (
            None if value is None else (value <= target.bound if target.is_most else value >= target.bound)
        )
        told.append(
            Verdict(
                text=target.text,
                bound=f"{sign} {target.bound:g}{target.unit}",
                value="not measured" if value is None else f"{_short(value)}{target.unit}",
                is_met=is_met,
            )
        )
    return told


def _short(value: float) -> str:
    return f"{value:.2f}" if value < 10 else f"{value:.1f}"
