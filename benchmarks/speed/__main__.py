"""Crawl the same sites with our crawl and with its peers, and say who took what: `make bench`."""

from __future__ import annotations

import argparse
import resource
import shutil
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.speed import peers
from benchmarks.speed.contenders import CONTENDERS
from benchmarks.speed.machine import BUSY, this_machine
from benchmarks.speed.nginx import ServerError
from benchmarks.speed.publishing import Report, publish, read_report, summary, write_report
from benchmarks.speed.results import Result
from benchmarks.speed.running import Terms, run
from benchmarks.speed.scenarios import QUICK, SCENARIOS, Scenario, chosen

_ROUNDS = 5
_LIMIT_SECONDS = 120.0
_PAGE = Path(__file__).parents[2] / "docs" / "performance.md"
_JSON = Path("build") / "bench.json"


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("--sites", help=f"patterns, with commas between: {', '.join(SCENARIOS)}")
    parser.add_argument("--only", help=f"contenders, with commas between: {', '.join(CONTENDERS)}")
    parser.add_argument("--rounds", type=int, help=f"that count; one before is thrown away [{_ROUNDS}]")
    parser.add_argument("--limit", type=float, default=_LIMIT_SECONDS, help="seconds for one run [120]")
    parser.add_argument("--quick", action="store_true", help=f"one round, only {', '.join(QUICK)}")
    parser.add_argument("--json", type=Path, default=_JSON, help=f"where the results go [{_JSON}]")
    parser.add_argument("--publish", action="store_true", help=f"put them into docs/{_PAGE.name} as well")
    parser.add_argument("--render", type=Path, metavar="JSON", help="measure nothing, take an earlier run")
    parser.add_argument("--folder", type=Path, help="where a folder is made, and removed at the end")
    parser.add_argument("--keep", action="store_true", help="do not remove it")
    given = parser.parse_args()
    given.only = _names(given.only)
    unknown = set(given.only) - set(CONTENDERS)
    if unknown:
        parser.error(f"--only: nobody is called {min(unknown)}; there are {', '.join(CONTENDERS)}")
    try:
        given.scenarios = chosen(_names(given.sites) or (QUICK if given.quick else ()))
    except ValueError as error:
        parser.error(str(error))
    given.rounds = given.rounds or (1 if given.quick else _ROUNDS)
    if given.rounds < 1:
        parser.error("--rounds: one at least")
    return given


def _names(given: str | None) -> tuple[str, ...]:
    return tuple(name for each in (given or "").split(",") if (name := each.strip()))


def measured(given: argparse.Namespace) -> Report:
    """Run everything that was asked for."""
    began_at, began = time.time(), time.perf_counter()
    # Contenders and nginx inherit it: a thousand connections at once need as many files.
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=given.folder))
    machine = this_machine(folder)
    if machine.is_busy:
        _say(f"the load is {machine.load:g}, over {BUSY:g}: others are at work, the figures will say little")
    terms = Terms(
        folder=folder,
        cache=peers.default_cache(),
        only=given.only,
        rounds=given.rounds,
        limit_seconds=given.limit,
        say=_say,
    )
    results: list[Result] = []
    left_out: dict[str, str] = {}

    def so_far() -> Report:
        return Report(
            began_at=began_at,
            seconds=time.perf_counter() - began,
            rounds=given.rounds,
            machine=machine,
            versions=_versions(results, terms.cache),
            results=results,
            left_out=left_out,
        )

    try:
        for scenario in given.scenarios:
            _one(scenario, terms, results, left_out)
            # A run takes an hour: what it has found is not lost if it does not come to its end.
            write_report(so_far(), given.json)
    finally:
        if given.keep:
            _say(f"kept: {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return so_far()


def _versions(results: list[Result], cache: Path) -> dict[str, str]:
    seen = {row.contender for result in results for row in result.rows}
    by_program = {each.program: each for name, each in CONTENDERS.items() if name in seen}
    return {program: each.version(cache) for program, each in by_program.items()}


def _one(scenario: Scenario, terms: Terms, results: list[Result], left_out: dict[str, str]) -> None:
    missing = scenario.site.missing()
    if missing is None:
        try:
            results.append(run(scenario, terms))
        except ServerError as error:
            missing = str(error).strip().partition("\n")[0]
    if missing is not None:
        left_out[scenario.name] = missing
        _say(f"{scenario.name}: left out: {missing}")


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def main() -> None:
    """Measure, or take an earlier run; print, write, publish."""
    given = arguments()
    if sys.platform != "linux" and not given.render:
        sys.exit("the bench needs Linux: it looks into /proc, and 127.0.0.0/8 has all its addresses there")
    if given.render:
        report = read_report(given.render)
    else:
        report = measured(given)
        _say(f"written: {given.json}")
    print(summary(report))
    if given.publish:
        publish(report, _PAGE)
        _say(f"written: {_PAGE} and its plot")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
    except (OSError, ValueError) as error:
        sys.exit(f"bench: {error}")
