"""Kill a crawl, once or more often, run the same line to its end, and say what is wrong with what it left."""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from tests.chaos.checks import (
    Fault,
    Finished,
    Harm,
    Left,
    answers_kept,
    browsing_faults,
    fetch_faults,
    finished_in,
    look_at,
    whole_faults,
)
from tests.chaos.kills import CALLS, Ended, Kill, Kind, Line, calls_of, crawl
from tests.chaos.serving import Served, serving
from tests.chaos.site import Site, make_site

__all__ = ["Ground", "Outcome", "Trial", "ground", "plan"]

_CLOSING_SECONDS = 0.4


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is to be done.

    Args:
        name: to find it again.
        kills: one after the other, each in a start of its own.
        is_second: they hit a second run, over a finished output, of a site that has changed.
    """

    name: str
    kills: tuple[Kill, ...]
    is_second: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of it: kills that struck, kills that came too late, and what is wrong."""

    trial: Trial
    struck: int
    missed: int
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """Where trials take place, one after the other.

    Args:
        folder: for their outputs.
        served: the site.
        sites: its two editions.
        finished: an output of the first, to be crawled a second time.
        meant: what unbroken crawls leave, of the first and of both.
        requests: how many each of the two takes.
        calls: how many system calls each of the two makes.
        processes: of every crawl.
    """

    folder: Path
    served: Served
    sites: tuple[Site, Site]
    finished: Path
    meant: tuple[Left, Left]
    requests: tuple[int, int]
    calls: tuple[Mapping[Kind, int], Mapping[Kind, int]]
    processes: int

    def run(self, trial: Trial) -> Outcome:
        """Do it; an output with nothing wrong is removed."""
        output = self.folder / trial.name
        line = Line(url=self.served.url, output=output, processes=self.processes)
        site = self.sites[trial.is_second]
        self._lay_out(output, is_second=trial.is_second)
        marks: list[tuple[int, Finished]] = []
        faults: list[Fault] = []
        struck = missed = 0
        for kill in trial.kills:
            ended = crawl(line, self.served, kill)
            if not marks and not ended.struck and kill.kind in CALLS:
                # No thread made so many calls this time: begin anew, and strike earlier.
                self._lay_out(output, is_second=trial.is_second)
                ended = crawl(line, self.served, replace(kill, number=max(kill.number // 4, 1)))
            struck += ended.struck
            missed += not ended.struck
            faults += _unexpected(ended, kill)
            faults += browsing_faults(output)
            self.served.settle()
            marks.append((len(self.served.asked), finished_in(output)))
        faults += _unexpected(crawl(line, self.served), None)
        self.served.settle()
        faults += self._asked_again(marks)
        faults += whole_faults(output, site, self.meant[trial.is_second])
        faults += fetch_faults(output, self._fetched(marks, is_second=trial.is_second))
        if not faults:
            shutil.rmtree(output)
        return Outcome(trial=trial, struck=struck, missed=missed, faults=tuple(faults))

    def clear(self) -> None:
        """Remove all but the outputs with which something is wrong."""
        for name in ("whole", "traced", "finished"):
            shutil.rmtree(self.folder / name)
        (self.folder / "trace").unlink()
        with suppress(OSError):
            self.folder.rmdir()

    def _lay_out(self, output: Path, *, is_second: bool) -> None:
        """Begin with nothing, or with what the first run left."""
        shutil.rmtree(output, ignore_errors=True)
        if is_second:
            shutil.copytree(self.finished, output)
        self.served.begin(self.sites[is_second])

    def _fetched(self, marks: Sequence[tuple[int, Finished]], *, is_second: bool) -> Counter[str]:
        """How many answers of each path were kept: all, but for those that a kill came before."""
        kept = answers_kept(self.finished) if is_second else Counter[str]()
        begin = 0
        for end, finished in [*marks, (len(self.served.asked), None)]:
            paths = (asked.path for asked in self.served.asked[begin:end])
            kept.update(path for path in paths if finished is None or path in finished.paths)
            begin = end
        del kept["/robots.txt"]
        return kept

    def _asked_again(self, marks: Sequence[tuple[int, Finished]]) -> Iterator[Fault]:
        """What was finished when a crawl was killed is not asked for again, unless its run was over."""
        ends = [length for length, _ in marks[1:]] + [len(self.served.asked)]
        for (begin, finished), end in zip(marks, ends, strict=True):
            for asked in self.served.asked[begin:end]:
                if asked.path in finished.paths and not finished.is_over:
                    yield Fault(Harm.DOUBLED, f"{asked.path} was finished and is asked for again")


def _unexpected(ended: Ended, kill: Kill | None) -> Iterator[Fault]:
    """What no crawl may do, whether it is killed or not."""
    if ended.survivors:
        yield Fault(Harm.DISAGREES, f"{ended.survivors} processes outlived {kill}")
    notes = [line for line in ended.stderr.splitlines() if not line.startswith("crawler: note: cut ")]
    if notes and not (kill is not None and kill.kind is Kind.CHILD):
        yield Fault(Harm.DISAGREES, f"stderr after {kill}: {ended.stderr}")
    if ended.code and not ended.was_killed:
        yield Fault(Harm.DISAGREES, f"exit code {ended.code} after {kill}")
    if kill is None and ended.was_killed:
        yield Fault(Harm.DISAGREES, "it died by itself")


@contextmanager
def ground(folder: Path, *, pages: int, processes: int = 1) -> Iterator[Ground]:
    """Serve a site of so many pages, and crawl it unbroken to know what is meant to come of it."""
    sites = (make_site(pages), make_site(pages, 2))
    with serving(sites[0]) as served:
        traced = Line(url=served.url, output=folder / "traced", processes=processes)
        whole = replace(traced, output=folder / "whole")
        meant: list[Left] = []
        requests: list[int] = []
        calls: list[Mapping[Kind, int]] = []
        for site in sites:
            served.begin(site)
            ended = crawl(whole, served)
            assert (ended.code, ended.stderr) == (0, "")
            requests.append(len(served.asked))
            meant.append(look_at(whole.output))
            calls.append(calls_of(traced))
            if site is sites[0]:
                shutil.copytree(whole.output, folder / "finished")
        yield Ground(
            folder=folder,
            served=served,
            sites=sites,
            finished=folder / "finished",
            meant=(meant[0], meant[1]),
            requests=(requests[0], requests[1]),
            calls=(calls[0], calls[1]),
            processes=processes,
        )


def plan(place: Ground, dice: random.Random, name: str, kinds: Sequence[Kind]) -> Trial:
    """A trial at random: three in ten hit a second run, three in ten are killed more than once."""
    is_second = dice.random() < 0.3
    often = dice.choice([2, 2, 3]) if dice.random() < 0.3 else 1
    kills = tuple(_kill(place, dice, dice.choice(kinds), is_second=is_second) for _ in range(often))
    return Trial(name=name, kills=kills, is_second=is_second)


def _kill(place: Ground, dice: random.Random, kind: Kind, *, is_second: bool) -> Kill:
    if kind in CALLS:
        return Kill(kind=kind, number=dice.randint(1, place.calls[is_second][kind]))
    last = place.requests[is_second]
    number = dice.choice([0, last, *(dice.randint(1, last) for _ in range(6))])
    # Before the first request the interpreter starts; after the last one the run is closed.
    most = _CLOSING_SECONDS if number in {0, last} else 0.05
    return Kill(kind=kind, number=number, later_seconds=dice.uniform(0, most))
