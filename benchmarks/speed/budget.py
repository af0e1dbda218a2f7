"""Where the milliseconds of a page go: crawl a site with a clock at each stage, `make bench-budget`.

The crawl runs in a process of its own, whose functions are wrapped: a clock counts the processor time of the thread
they run in. What belongs to no stage (the event loop, HTTP, hops between threads) is the rest.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import runpy
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.speed.machine import this_machine
from benchmarks.speed.nginx import serve
from benchmarks.speed.scenarios import SCENARIOS

__all__ = ["BEGIN", "END", "table"]

BEGIN = "<!-- budget: what stands from here is written by `make bench-budget` -->"
END = "<!-- budget: to here -->"
_SITES = ("py", "pg", "boost")
_ROUNDS = 3
_PAGE = Path(__file__).parents[2] / "docs" / "performance.md"

# Stage: what it is, and the functions of it.
_STAGES = {
    "read": (
        "links found, through bs4 where they are new (`links/*`)",
        ["crawler.study:find_in_place"],
    ),
    "judge": (
        "scope and traps (`offers`)",
        ["crawler.offers:Judgement.take", "crawler.offers:Judgement.offers"],
    ),
    "rewrite": ("links led into the dump (`rewrite`)", ["crawler.study:rewrite"]),
    "archive": ("WARC records, digests, gzip (`archive/*`)", ["crawler.archive.segment:Archive.append"]),
    "mirror": ("files and stubs (`mirror/*`)", ["crawler.mirror.store:Mirror.write_now"]),
    "frontier": (
        "statements of SQLite, commits apart (`frontier/*`)",
        ["crawler.frontier.claiming:Claiming.claim", "crawler.frontier.finishing:Finishing.finish"],
    ),
}
_START, _APART, _REST = "start", "heavy", "rest"
_WORDS = {stage: words for stage, (words, _) in _STAGES.items()} | {
    _START: "imports, once a run",
    _APART: "processes that read heavy texts ([decision 11](decisions/0011-heavy-texts-in-a-process.md))",
    _REST: "HTTP, the event loop, hops between threads, commits, log, start page, the end of the run",
}
_ORDER = (*_STAGES, _APART, _START, _REST)


def main() -> None:
    """Measure, and write the table into the page; with `--measure URL`, be the process that is measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.budget", description=__doc__)
    parser.add_argument("--sites", default=",".join(_SITES), help=f"with commas between [{','.join(_SITES)}]")
    parser.add_argument(
        "--rounds", type=int, default=_ROUNDS, help=f"of which the median is taken [{_ROUNDS}]"
    )
    parser.add_argument("--publish", action="store_true", help=f"put the table into docs/{_PAGE.name}")
    parser.add_argument("--measure", metavar="URL", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        _measure(given.measure)
        return
    machine = this_machine(Path(tempfile.gettempdir()))
    found = {name: _budget(name, given.rounds) for name in given.sites.split(",")}
    busy = " The machine was busy: compare stages, not figures." if machine.is_busy else ""
    told = f"{table(found)}\n\n{time.strftime('%Y-%m-%d', time.gmtime())}, {machine.processor}, median of {given.rounds}.{busy}"
    print(told)
    if given.publish:
        before, _, rest = _PAGE.read_text(encoding="utf-8").partition(BEGIN)
        _PAGE.write_text(f"{before}{BEGIN}\n\n{told}\n\n{END}{rest.partition(END)[2]}", encoding="utf-8")


def table(found: Mapping[str, Mapping[str, float]]) -> str:
    """Milliseconds a page by site and stage, as Markdown; stages that took nothing are left out."""
    lines = [
        f"| stage | {' | '.join(f'`{name}`' for name in found)} | what it is |",
        "|---|" + "--:|" * len(found) + "---|",
    ]
    for stage in _ORDER:
        figures = [each.get(stage, 0.0) for each in found.values()]
        if any(figure >= 0.005 for figure in figures):
            cells = " | ".join(f"{figure:.2f}" for figure in figures)
            lines.append(f"| {stage} | {cells} | {_WORDS[stage]} |")
    totals = " | ".join(f"**{sum(each.values()):.2f}**" for each in found.values())
    return "\n".join([*lines, f"| **all** | {totals} | |"])


def _budget(name: str, rounds: int) -> dict[str, float]:
    site = SCENARIOS[name].site
    if missing := site.missing():
        sys.exit(missing)
    measured: list[dict[str, float]] = []
    for _ in range(rounds):
        # Files made where others were just removed cost more: a fresh folder each time.
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            with serve(site.inside(folder), addresses=site.addresses, folder=folder / "nginx") as server:
                command = [sys.executable, "-m", "benchmarks.speed.budget", "--measure", server.urls[0]]
                result = subprocess.run(
                    command, cwd=_root(), stdout=subprocess.PIPE, check=True, env=_at(folder)
                )
                measured.append(json.loads(result.stdout.splitlines()[-1]))
    return {stage: median(each[stage] for each in measured) * 1000 / site.pages for stage in measured[0]}


def _root() -> Path:
    return Path(__file__).parents[2]


def _at(folder: Path) -> dict[str, str]:
    return {**os.environ, "TMPDIR": str(folder)}


def _measure(url: str) -> None:
    """Crawl with clocks, and print the seconds of each stage."""
    spent: defaultdict[str, float] = defaultdict(float)
    for stage, (_, functions) in _STAGES.items():
        for each in functions:
            _wrap(each, stage, spent)
    spent[_START] = time.process_time()
    output = tempfile.mkdtemp()
    sys.argv = ["crawler", "crawl", url, "-o", output, "-q"]
    try:
        runpy.run_module("crawler", run_name="__main__")
    except SystemExit as ended:
        if ended.code:
            raise
    apart = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent[_REST] = time.process_time() - sum(spent.values())
    spent[_APART] = apart.ru_utime + apart.ru_stime
    print(json.dumps(spent))


def _wrap(name: str, stage: str, spent: defaultdict[str, float]) -> None:
    """Count what this function takes, `module:function` or `module:Class.method`."""
    module, _, path = name.partition(":")
    *owners, last = path.split(".")
    owner: Any = __import__(module, fromlist=["_"])
    for each in owners:
        owner = getattr(owner, each)
    function: Callable[..., object] = getattr(owner, last)

    def counted(*arguments: object, **named: object) -> object:
        began = time.thread_time()
        try:
            return function(*arguments, **named)
        finally:
            spent[stage] += time.thread_time() - began

    setattr(owner, last, counted)


if __name__ == "__main__":
    main()
