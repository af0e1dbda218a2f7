"""`python -m tests.chaos`: kill crawls hundreds of times, and print what came of it (`make chaos`)."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from pathlib import Path

from tests.chaos.batch import Batch, run_batch
from tests.chaos.table import table
from tests.chaos.trial import Outcome

_BATCH = 50


def main() -> int:
    """The exit code: 0 if nothing was harmed."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--trials", type=int, default=500)
    parser.add_argument("--seed", type=int, default=20261127)
    parser.add_argument("--pages", type=int, default=24, help="of the tree of the site")
    parser.add_argument("--processes", type=int, default=1, help="of every crawl")
    parser.add_argument("--workers", type=int, default=2, help="trials at once")
    wishes = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="chaos-"))
    batches = [
        Batch(
            folder=folder / f"{first}",
            numbers=range(first, min(first + _BATCH, wishes.trials)),
            seed=wishes.seed,
            pages=wishes.pages,
            processes=wishes.processes,
        )
        for first in range(0, wishes.trials, _BATCH)
    ]
    outcomes: list[Outcome] = []
    with ProcessPoolExecutor(wishes.workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        for found in as_completed([pool.submit(run_batch, batch) for batch in batches]):
            outcomes += found.result()
            for outcome in found.result():
                for fault in outcome.faults:
                    sys.stderr.write(f"{outcome.trial}: {fault.harm}: {fault.text}\n")
            sys.stderr.write(f"{len(outcomes)} of {wishes.trials} trials\n")
    sys.stdout.write(f"{table(outcomes)}\n")
    with suppress(OSError):
        folder.rmdir()
    harmed = sum(bool(each.faults) for each in outcomes)
    if harmed:
        sys.stderr.write(f"{harmed} trials did harm; what they left lies in {folder}\n")
    return bool(harmed)


if __name__ == "__main__":
    sys.exit(main())
