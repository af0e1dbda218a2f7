"""A real cron, at the hour that our crontab names, runs its line; systemd's unit runs the same."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import ROOT
from tests.cli.sites import small_site
from tests.system.running import BIN, complain_or_skip, environment, wait_until

pytestmark = pytest.mark.system

SBIN = "/usr/sbin:/usr/bin:/sbin:/bin"
# A moment before the line is due. The crawl itself is told the real time: cron hands down nothing of its environment.
JUST_BEFORE = "@2026-11-28 02:16:57"
# Nothing of the machine's own crontabs is seen by this cron, and nothing of it by the machine.
ALONE = """
set -e
for folder in /var/spool/cron/crontabs /etc/cron.d /run; do mount -t tmpfs -o mode=755 none "$folder"; done
mount --bind /dev/null /etc/crontab
install -m 600 "$1" /var/spool/cron/crontabs/root
exec env LD_PRELOAD="$2" FAKETIME="$3" "$4" -f
"""


@contextmanager
def cron_with(crontab: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A cron of its own that has this crontab, until the block ends."""
    cron = shutil.which("cron", path=SBIN)
    preloaded = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if cron is None or preloaded is None:
        complain_or_skip("cron or libfaketime (packages of these names)")
    if os.geteuid() or subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode:
        pytest.skip("only root may run a cron, beside the machine's own")
    command = ["unshare", "-m", "sh", "-c", ALONE, "sh", str(crontab), str(preloaded), JUST_BEFORE, cron]
    with subprocess.Popen(command, cwd="/", start_new_session=True) as process:
        try:
            yield process
        finally:
            os.killpg(process.pid, signal.SIGTERM)


def reports(copy: Path) -> list[Path]:
    return sorted((copy / "output" / "reports").glob("*.json"))


def test_cron_runs_its_line(tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    copy.mkdir()
    text = (ROOT / "deploy" / "crontab").read_text()
    text = text.replace("COPY=/srv/copy", f"COPY={copy}").replace("PATH=", f"PATH={BIN}:")
    crontab = tmp_path / "crontab"
    crontab.write_text(text)
    with small_site({"/": (200, {}, b"<title>hello</title>")}) as url:
        (copy / "seeds.txt").write_text(f"{url}\n")
        with cron_with(crontab) as process:
            assert wait_until(lambda: bool(reports(copy)), process)
    (report,) = reports(copy)
    told = json.loads(report.read_text())
    assert (told["outcome"], told["counts"]["pages"]) == ("finished", 1)
    assert (copy / "output" / "mirror").is_dir()


def test_the_unit_runs_the_same_and_leaves_a_night_that_is_at_work_alone(tmp_path: Path) -> None:
    unit = (ROOT / "deploy" / "crawler.service").read_text()
    (line,) = re.findall(r"(?m)^ExecStart=(.+)$", unit)
    (leaves,) = re.findall(r"(?m)^SuccessExitStatus=(.+)$", unit)
    words = line.replace("/usr/local/bin/crawler", str(BIN / "crawler")).split()
    bare = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin", "LANG": "C.UTF-8"}

    def run() -> subprocess.CompletedProcess[bytes]:
        terms: dict[str, Any] = {"stdin": subprocess.DEVNULL, "capture_output": True, "timeout": 120}
        return subprocess.run(words, cwd=tmp_path, env=bare, check=False, **terms)

    with small_site({"/": (200, {}, b"<title>hello</title>")}) as url:
        (tmp_path / "seeds.txt").write_text(f"{url}\n")
        done = run()
        assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
        holder = subprocess.Popen(
            ["flock", str(tmp_path / "output" / ".lock"), "cat"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
        )
        with holder:
            assert holder.stdin is not None
            assert holder.stdout is not None
            holder.stdin.write(b"held\n")
            holder.stdin.flush()
            assert holder.stdout.readline() == b"held\n"
            late = run()
            holder.stdin.close()
        assert late.returncode == int(leaves)
        assert late.stdout == b""
    assert len(reports(tmp_path)) == 1
