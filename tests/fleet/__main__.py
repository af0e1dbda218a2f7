"""`python -m tests.fleet`: share a crawl, do harm to all who share it, and print what came of it (`make chaos-shared`)."""

from __future__ import annotations

import argparse
import dataclasses
import sys
import tempfile
from pathlib import Path

from tests.fleet.chaos import Trial, run_trial


def main() -> int:
    """The exit code: 0 if nothing was harmed."""
    parser = argparse.ArgumentParser(prog="python -m tests.fleet", description=__doc__)
    for each in dataclasses.fields(Trial):
        kind = type(each.default)
        parser.add_argument(f"--{each.name.replace('_', '-')}", type=kind, default=each.default)
    parser.add_argument("--most-seconds", type=float, default=1800.0)
    wishes = vars(parser.parse_args())
    most_seconds = wishes.pop("most_seconds")
    with tempfile.TemporaryDirectory(prefix="fleet-") as folder:
        verdict = run_trial(Trial(**wishes), Path(folder), most_seconds)
    for name, value in dataclasses.asdict(verdict).items():
        if name != "errors":
            sys.stdout.write(f"{name:14} {value}\n")
    for line in verdict.errors[-20:]:
        sys.stderr.write(f"{line}\n")
    return bool(verdict.lost or verdict.twice or verdict.cut_rests or set(verdict.codes) != {0})


if __name__ == "__main__":
    sys.exit(main())
