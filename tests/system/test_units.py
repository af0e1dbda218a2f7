"""systemd takes the units that we hand out."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT
from tests.system.running import BIN, complain_or_skip
from tests.test_deploy import UNITS

pytestmark = pytest.mark.system


def test_systemd_finds_no_fault_in_them(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        complain_or_skip("systemd-analyze (package systemd)")
    for path in (*UNITS, *(ROOT / "deploy").glob("*.timer")):
        text = path.read_text().replace("/usr/local/bin/crawler", str(BIN / "crawler"))
        # A template is looked at as one of its instances.
        (tmp_path / path.name.replace("@.", "@1.")).write_text(text)
    command = ["systemd-analyze", "verify", *map(str, sorted(tmp_path.iterdir()))]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    about_ours = [
        line for line in done.stderr.splitlines() if re.search(r"crawler[-@.\w]*\.(service|timer)", line)
    ]
    assert about_ours == []
    calendar = re.search(r"OnCalendar=(.+)", (ROOT / "deploy" / "crawler.timer").read_text())
    assert calendar is not None
    subprocess.run(["systemd-analyze", "calendar", calendar[1]], capture_output=True, check=True)
