"""Run scenarios: contenders by turns, round after round, each into a folder that nothing was removed from."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.speed.checking import links_of, pages_of
from benchmarks.speed.contenders import CONTENDERS, Contender, Task
from benchmarks.speed.measuring import measure
from benchmarks.speed.nginx import Server, serve
from benchmarks.speed.results import Result, Round, Row
from benchmarks.speed.scenarios import Scenario

__all__ = ["Terms", "run"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How the scenarios are run.

    Args:
        folder: everything is written below it, and nothing removed before the end.
        cache: where the environment of the Python peers is kept.
        only: contenders that take part; none: all.
        rounds: that count; one before them is thrown away.
        limit_seconds: a contender that takes longer is ended, and not run again in that scenario.
        say: takes a line on what is going on.
    """

    folder: Path
    cache: Path
    only: Sequence[str]
    rounds: int
    limit_seconds: float
    say: Callable[[str], None]


def run(scenario: Scenario, terms: Terms) -> Result:
    """Run one scenario.

    Raises:
        ServerError: its site cannot be served.
    """
    folder = terms.folder / scenario.name
    folder.mkdir(parents=True)
    result = Result(
        scenario=scenario.name,
        title=scenario.site.title,
        connections=scenario.connections,
        delay_seconds=scenario.site.delay_seconds,
    )
    taking_part: list[Contender] = []
    for name in scenario.contenders:
        contender = CONTENDERS[name]
        if terms.only and name not in terms.only:
            continue
        if (missing := contender.missing(terms.cache)) is not None:
            result.left_out[name] = missing
            continue
        taking_part.append(contender)
    served = folder / "site"
    served.mkdir()
    inside = scenario.site.inside(served)
    _warm(scenario.site.warm)
    with serve(
        f"default_type text/html; {inside}", addresses=scenario.site.addresses, folder=folder / "nginx"
    ) as server:
        _Series(scenario, terms, folder, server).run(taking_part, result)
    return result


def _warm(root: Path | None) -> None:
    for path in root.rglob("*") if root else ():
        if path.is_file():
            path.read_bytes()


class _Series:
    """The rounds of one scenario."""

    def __init__(self, scenario: Scenario, terms: Terms, folder: Path, server: Server) -> None:
        self._scenario = scenario
        self._terms = terms
        self._folder = folder
        self._server = server
        self._seeds = folder / "seeds.txt"
        self._seeds.write_text("".join(f"{each}\n" for each in server.urls))

    def run(self, taking_part: Sequence[Contender], result: Result) -> None:
        """Fill in the rows."""
        rows = {each.name: self._row(each) for each in taking_part}
        result.rows += rows.values()
        count = min(self._terms.rounds, self._scenario.rounds)
        for number in range(count + 1):
            # Whoever comes after a heavy one may pay for it: each round begins with another.
            turn = number % max(len(taking_part), 1)
            for contender in [*taking_part[turn:], *taking_part[:turn]]:
                row = rows[contender.name]
                if any(each.spent.exit_code is None for each in row.rounds):
                    continue
                one = self._once(contender, row, number, is_last=number == count)
                if number or one.spent.exit_code is None:
                    row.rounds.append(one)
                self._say(contender, one, number)

    def _row(self, contender: Contender) -> Row:
        return Row(
            contender=contender.name,
            title=contender.title,
            what=contender.what,
            expected=self._scenario.site.pages,
        )

    def _once(self, contender: Contender, row: Row, number: int, *, is_last: bool) -> Round:
        out = self._folder / f"{number}-{contender.name}"
        home = self._folder / f"{number}-{contender.name}-home"
        out.mkdir()
        home.mkdir()
        task = Task(
            urls=self._server.urls,
            seeds=self._seeds,
            folder=out,
            connections=self._scenario.connections,
            cache=self._terms.cache,
            max_pages=self._scenario.max_pages,
        )
        # What the one before has written is on the disk: nobody pays for another.
        os.sync()
        self._server.answers()
        spent = measure(
            contender.command(task),
            cwd=home,
            environment={"PATH": os.environ.get("PATH", os.defpath), "HOME": str(home), "LANG": "C.UTF-8"},
            limit_seconds=self._scenario.limit_seconds or self._terms.limit_seconds,
            log=self._folder / f"{number}-{contender.name}.log",
        )
        answers = self._server.answers()
        pages = pages_of(out / contender.pages)
        if is_last and contender.converts:
            row.links = links_of(pages, out / contender.pages)
        return Round(spent=spent, pages=len(pages), answers=dict(answers))

    def _say(self, contender: Contender, one: Round, number: int) -> None:
        spent = one.spent
        self._terms.say(
            f"{self._scenario.name:<16} round {number}{'' if number else ' (thrown away)'} {contender.name:<15}"
            f" {spent.wall_seconds:8.2f} s {spent.cpu_seconds:8.2f} s CPU {spent.peak_rss_bytes / 1e6:6.0f} MB"
            f" {one.pages:>7,} pages" + (", over the limit" if spent.exit_code is None else "")
        )
