"""The measuring of commands, with real ones; it needs Linux, as the bench does."""

import os
import select
import sys
from pathlib import Path

import pytest

from benchmarks.speed.measuring import Spent, measure

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc"),
]

_BURN = "import time\nblock = b'x' * 64_000_000\nwhile time.process_time() < 0.3: pass\n"


def run(*command: str, cwd: Path, limit_seconds: float = 60) -> Spent:
    return measure(
        command,
        cwd=cwd,
        environment=os.environ,
        limit_seconds=limit_seconds,
        log=cwd.parent / f"{cwd.name}.log",
    )


def test_descendants_count(tmp_path: Path) -> None:
    script = tmp_path / "burn.py"
    script.write_text(_BURN)
    spent = run("/bin/sh", "-c", f"{sys.executable} {script}; exit 7", cwd=tmp_path)
    assert spent.exit_code == 7
    assert spent.cpu_seconds >= 0.3
    assert spent.peak_rss_bytes > 64_000_000
    assert spent.most_processes == 2
    assert len(spent.rss_quarters_bytes) == 4
    assert spent.wall_seconds > 0


def test_what_takes_too_long_is_ended_with_its_children(tmp_path: Path) -> None:
    script = "import os, signal\nopen(f'{os.fork() and 1}', 'w').write(str(os.getpid()))\nsignal.pause()\n"
    spent = run(sys.executable, "-c", script, cwd=tmp_path, limit_seconds=3)
    assert spent.exit_code is None
    for name in ("0", "1"):
        assert ends(int((tmp_path / name).read_text()))


def ends(pid: int) -> bool:
    """Whether a process is gone, or goes within ten seconds: one that was killed is not dead at once."""
    try:
        process = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([process], [], [], 10)[0])
    finally:
        os.close(process)


def test_what_it_says_is_kept(tmp_path: Path) -> None:
    assert run("/bin/sh", "-c", "echo out; echo err >&2", cwd=tmp_path).exit_code == 0
    assert Path(f"{tmp_path}.log").read_text() == "out\nerr\n"
