"""`--processes` from the command line: one crawl, whatever becomes of its processes."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.cli.sites import QUICK, Pages, practice_site, small_site

pytestmark = pytest.mark.long

PAGES = 600
COMMAND = [sys.executable, "-m", "crawler"]


@pytest.fixture
def site() -> Iterator[str]:
    start = "".join(f"<a href=/{n}>" for n in range(PAGES)).encode()
    pages: Pages = {f"/{n}": (200, {}, b"<title>%d</title>" % n) for n in range(PAGES)}
    with small_site({**pages, "/": (200, {}, start)}) as url:
        yield url


def children(pid: int) -> list[int]:
    return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_gone(pid: int) -> bool:
    with suppress(FileNotFoundError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    return True


@pytest.mark.parametrize("processes", ["2", "auto"])
def test_all_is_there_once(cli: Cli, site: str, tmp_path: Path, processes: str) -> None:
    said = cli("crawl", site, "-o", "out", "--progress", "never", "--processes", processes)
    assert (said.code, said.err) == (0, "")
    assert f"{PAGES + 1} stored" in said.out
    log = (tmp_path / "out/crawl.log").read_text().splitlines()
    assert len({line.split()[5] for line in log}) == PAGES + 1


def test_traps_end_it_too_though_each_has_its_own_memory(cli: Cli) -> None:
    with practice_site(replace(QUICK, mazes=True)) as site:
        said = cli("crawl", f"{site.url}maze/", "--scope", "prefix", "--processes", "2", "--no-assets")
    assert (said.code, said.err) == (0, "")
    assert "finished after" in said.out
    for rule in ("query-variants", "duplicate-content", "repeated-segments", "session-id", "calendar"):
        assert f" by {rule}" in said.out


@pytest.mark.parametrize("processes", ["0", "-1", "many", "1.5", "1000"])
def test_no_number_of_processes(cli: Cli, site: str, processes: str) -> None:
    said = cli("crawl", site, "-o", "out", "--processes", processes)
    assert said.code == 2
    assert "processes" in said.complaint
    assert "auto" in said.complaint


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_none_outlives_the_first_and_the_same_line_continues(
    cli: Cli, site: str, tmp_path: Path, number: signal.Signals
) -> None:
    line = ("crawl", site, "-o", "out", "-q", "--processes", "3", "--concurrency", "6")
    with subprocess.Popen([*COMMAND, *line], cwd=tmp_path) as first:
        others: list[int] = []
        while len(others) < 2 or not (tmp_path / "out/mirror").exists():
            assert first.poll() is None
            with suppress(FileNotFoundError):
                others = children(first.pid)
        os.kill(first.pid, number)
        assert first.wait(60) == (-number if number is signal.SIGKILL else 128 + number)
    # The kernel ends them while it ends the first, not necessarily before that is waited for.
    assert any(all(map(is_gone, others)) for _ in range(100_000))
    before = (tmp_path / "out/crawl.log").read_text() if (tmp_path / "out/crawl.log").exists() else ""
    said = cli(*line)
    assert (said.code, said.out) == (0, "")
    told = (tmp_path / "out/crawl.log").read_text().removeprefix(before)
    done = {each.split()[5] for each in before.splitlines() if each.endswith("done")}
    again = {each.split()[5] for each in told.splitlines()}
    assert not done & again
    with closing(sqlite3.connect(tmp_path / "out/crawl.db")) as database:
        states = database.execute("SELECT state, count(*) FROM url GROUP BY state").fetchall()
    assert states == [("done", PAGES + 1)]
