"""`make bench` on a site of thirteen pages: everything but the figures."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.speed.nginx import NGINX
from tests.system.running import TIMEOUT_SECONDS, complain_or_skip, environment

pytestmark = pytest.mark.system

ROOT = Path(__file__).parents[2]


def test_a_run_is_written_down(tmp_path: Path) -> None:
    if not NGINX.is_file():
        complain_or_skip("nginx (package nginx-light)")
    only = "ours,wget" if shutil.which("wget") else "ours"
    told = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.speed", "--sites", "tiny", "--rounds", "1", "--only", only),
            *("--folder", str(tmp_path), "--json", str(tmp_path / "bench.json")),
        ],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    assert told.returncode == 0, told.stderr
    report = json.loads((tmp_path / "bench.json").read_text())
    (scenario,) = report["scenarios"]
    assert [each["contender"] for each in scenario["rows"]] == only.split(",")
    for each in scenario["rows"]:
        assert each["outcome"] == "ok"
        assert len(each["rounds"]) == 1
        assert each["rounds"][0]["pages"] == 13
        assert each["rounds"][0]["answers"]["200"] == 13
        assert each["links"]["into"] > 0
        assert each["links"]["dangling"] + each["links"]["outside"] == 0
        assert set(each["median"]) == {
            *("wall_seconds", "pages_per_second", "answers_per_second"),
            *("cpu_ms_per_page", "peak_rss_bytes"),
        }
    assert len(report["targets"]) == 11
    assert "a made-up site of 13 pages" in told.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["bench.json"]
