"""Crawl many hosts and print how long each was left alone: `make politeness`."""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.politeness.gaps import figures_of
from tests.politeness.hosts import Manner, addresses, serving_hosts
from tests.system.running import BIN, environment


def main() -> int:
    """Measure, print the table, and fail if a host was asked too early."""
    parser = argparse.ArgumentParser(prog="python -m tests.politeness", description=__doc__)
    parser.add_argument("--hosts", type=int, default=200)
    parser.add_argument("--pages", type=int, default=20, help="of each host, besides its start page")
    parser.add_argument("--delay", type=float, default=2.0)
    parser.add_argument("--processes", type=int, default=4)
    wish = parser.parse_args()
    manners = {address: Manner(pages=wish.pages) for address in addresses(wish.hosts)}
    with TemporaryDirectory() as name, serving_hosts(manners, Path(name)) as hosts:
        folder = Path(name)
        folder.joinpath("seeds.txt").write_text("\n".join(hosts.seeds))
        line = [str(BIN / "crawler"), "crawl", "seeds.txt", "--delay", str(wish.delay), "-q"]
        line += ["--processes", str(wish.processes)] if wish.processes > 1 else []
        began = time.monotonic()
        code = subprocess.run(line, cwd=folder, env=environment(), check=False).returncode
        seconds = time.monotonic() - began
        figures = figures_of(hosts.answered(), wish.delay)
    told = [f"{wish.processes} processes, {seconds:.0f} s, exit code {code}", *figures.lines()]
    sys.stdout.write("\n".join(told) + "\n")
    return 1 if code or figures.below else 0


if __name__ == "__main__":
    sys.exit(main())
