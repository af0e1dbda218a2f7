"""systemd takes the units that we hand out."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.cli.conftest import ROOT
from tests.system.running import BIN, complain_or_skip

pytestmark = pytest.mark.system


def test_systemd_finds_no_fault_in_them(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        complain_or_skip("systemd-analyze (package systemd)")
    for name in ("crawler.service", "crawler.timer"):
        text = (ROOT / "deploy" / name).read_text()
        (tmp_path / name).write_text(text.replace("/usr/local/bin/crawler", str(BIN / "crawler")))
    command = [
        "systemd-analyze",
        "verify",
        str(tmp_path / "crawler.service"),
        str(tmp_path / "crawler.timer"),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    about_ours = [line for line in done.stderr.splitlines() if re.search(r"crawler\.(service|timer)", line)]
    assert about_ours == []
    calendar = re.search(r"OnCalendar=(.+)", (ROOT / "deploy" / "crawler.timer").read_text())
    assert calendar is not None
    subprocess.run(["systemd-analyze", "calendar", calendar[1]], capture_output=True, check=True)
