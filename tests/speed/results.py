"""Made-up results of the bench."""

from __future__ import annotations

from benchmarks.speed.checking import Links
from benchmarks.speed.measuring import Spent
from benchmarks.speed.results import Result, Round, Row

GOOD = Links(pages=10, into=1000, dangling=1, outside=1)


def one_round(
    wall_seconds: float, *, pages: int = 100, exit_code: int | None = 0, rss: int = 50_000_000
) -> Round:
    spent = Spent(
        wall_seconds=wall_seconds,
        cpu_seconds=wall_seconds / 2,
        peak_rss_bytes=rss,
        rss_quarters_bytes=(rss // 4, rss // 2, rss, rss),
        most_processes=1,
        exit_code=exit_code,
    )
    return Round(spent=spent, pages=pages, answers={"200": pages + 10, "404": 5})


def row(contender: str, *rounds: Round, links: Links | None = GOOD, expected: int = 100) -> Row:
    return Row(
        contender=contender,
        title=f"{contender} <-k>",
        what="mirror",
        expected=expected,
        rounds=list(rounds),
        links=links,
    )


def result(scenario: str, *rows: Row, connections: int = 32, delay_seconds: float = 0.0) -> Result:
    return Result(
        scenario=scenario,
        title=f"the site of {scenario}",
        connections=connections,
        delay_seconds=delay_seconds,
        rows=list(rows),
        left_out={"httrack": "httrack is not there"},
    )
