"""Run some of many trials, in a process of its own."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

from tests.chaos.kills import Kind
from tests.chaos.trial import Outcome, ground, plan

__all__ = ["Batch", "run_batch"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Which trials, and how.

    Args:
        folder: for their outputs; not there yet.
        numbers: of the trials; each depends on the seed and its number alone.
        seed: of all trials.
        pages: of the tree of the site.
        processes: of every crawl.
    """

    folder: Path
    numbers: range
    seed: int
    pages: int
    processes: int


def run_batch(batch: Batch) -> list[Outcome]:
    """Run these trials; only outputs with which something is wrong stay."""
    batch.folder.mkdir()
    kinds = [kind for kind in Kind if kind is not Kind.CHILD or batch.processes > 1]
    found: list[Outcome] = []
    with ground(batch.folder, pages=batch.pages, processes=batch.processes) as place:
        for number in batch.numbers:
            dice = random.Random(f"{batch.seed}-{number}")
            found.append(place.run(plan(place, dice, f"trial-{number}", kinds)))
        place.clear()
    return found
