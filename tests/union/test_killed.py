"""A gathering that is killed goes on with the same line, and comes to the same."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cli.conftest import environment
from tests.union.gathering import flaws_of, picture, site, split, untouched
from tests.web import OWN, crawl

pytestmark = pytest.mark.long

KILLS = 12


def started(output: Path, *folders: Path) -> subprocess.Popen[bytes]:
    line = ["gather", *map(str, folders), "-o", str(output), "-q"]
    return subprocess.Popen([sys.executable, "-m", "crawler", *line], env=environment())


async def test_at_any_moment(tmp_path: Path) -> None:
    web = site()
    made = tmp_path / "made"
    await crawl(web, made, OWN, retries=0)
    web.says[f"{OWN}3"] = 410
    await crawl(web, made, OWN, retries=0)
    folders = split(made, tmp_path / "w0", tmp_path / "w1", tmp_path / "w2")
    began = time.monotonic()
    assert started(tmp_path / "whole", *folders).wait(60) == 0
    took = time.monotonic() - began
    whole = await picture(tmp_path / "whole")
    with untouched(folders):
        for number in range(KILLS):
            output = tmp_path / f"killed{number % 3}"
            process = started(output, *folders)
            try:
                process.wait(took * (number + 1) / (KILLS + 1))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(60)
        for number in range(3):
            assert started(tmp_path / f"killed{number}", *folders).wait(60) == 0
            assert await picture(tmp_path / f"killed{number}") == whole
            assert await flaws_of(tmp_path / f"killed{number}") == []
    logs = [(tmp_path / each / "crawl.log").read_bytes() for each in ("whole", "killed0")]
    assert sorted(logs[0].splitlines()) == sorted(logs[1].splitlines())
