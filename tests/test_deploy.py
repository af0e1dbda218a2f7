"""The crontab that we hand out does what it says, in the environment that cron gives."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT
from tests.cli.sites import small_site

CRONTAB = ROOT / "deploy" / "crontab"
LINE = re.compile(r"(?:[\d*,/-]+\s+){5}(?P<command>.+)")


def commands() -> list[str]:
    found = [LINE.fullmatch(line) for line in CRONTAB.read_text().splitlines()]
    return [each["command"] for each in found if each is not None]


def settings() -> dict[str, str]:
    pairs = (line.partition("=") for line in CRONTAB.read_text().splitlines() if re.match(r"[A-Z]+=", line))
    return {name: value for name, _, value in pairs}


def test_it_is_a_crontab() -> None:
    rest = [
        line
        for line in CRONTAB.read_text().splitlines()
        if line and not line.startswith("#") and not LINE.fullmatch(line) and not re.match(r"[A-Z]+=", line)
    ]
    assert rest == []
    assert len(commands()) == 2
    # cron takes it for the end of the line.
    assert all("%" not in each for each in commands())
    assert {"PATH", "COPY", "MAILTO"} == settings().keys()


@pytest.mark.long
def test_its_lines_say_nothing_where_all_is_well(tmp_path: Path) -> None:
    binaries = tmp_path / "bin"
    binaries.mkdir()
    starter = binaries / "crawler"
    starter.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m crawler "$@"\n')
    starter.chmod(0o755)
    bare = {"PATH": f"{binaries}:/usr/bin:/bin", "COPY": str(tmp_path), "PYTHONPATH": str(ROOT)}
    with small_site({"/": (200, {}, b"hello")}) as url:
        (tmp_path / "seeds.txt").write_text(f"{url}\n")
        for command in (commands()[0], *commands()):
            done = subprocess.run(
                ["/bin/sh", "-c", command],
                cwd="/",
                env=bare,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=120,
            )
            assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    assert len(list((tmp_path / "output" / "reports").glob("*.json"))) == 2


def test_the_page_about_it_shows_its_line() -> None:
    assert commands()[0] in (ROOT / "docs" / "cron.md").read_text()
    unit = (ROOT / "deploy" / "crawler.service").read_text()
    assert commands()[0].partition("&& crawler")[2] in unit
