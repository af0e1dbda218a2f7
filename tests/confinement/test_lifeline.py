"""Who is started by us ends with us, whatever it is doing."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from crawler.confinement.lifeline import import_path, watch

ROOT = Path(__file__).parents[2]
CHILD = (
    "import sys; sys.path.insert(0, sys.argv[1]); from crawler.confinement.lifeline import *; {bind}; "
    "print('up', flush=True)\nwhile True: pass"
)
PARENT = (
    "import subprocess, sys\n"
    "child = subprocess.Popen([sys.executable, '-c', sys.argv[1], sys.argv[2]], stdin=subprocess.PIPE, "
    "stdout=subprocess.PIPE)\n"
    "child.stdout.readline()\nprint(child.pid, flush=True)\nsys.stdin.read()"
)
LIFELINE = "watch(sys.stdin.buffer, print)"


def is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
@pytest.mark.parametrize("bind", ["die_with_parent()", LIFELINE])
def test_a_busy_child_dies_with_its_killed_parent(bind: str) -> None:
    arguments = [sys.executable, "-c", PARENT, CHILD.format(bind=bind), str(ROOT)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        assert not is_gone(child)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        for _ in range(1_000_000):
            if is_gone(child):
                return
        os.kill(child, signal.SIGKILL)
        pytest.fail("the child outlived its parent")


def test_the_end_of_the_lifeline_ends_a_busy_child() -> None:
    arguments = [sys.executable, "-c", CHILD.format(bind=LIFELINE), str(ROOT)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        assert child.stdin is not None
        child.stdout.readline()
        child.stdin.write(b"stop finished\n")
        child.stdin.flush()
        assert child.stdout.readline() == b"stop finished\n"
        child.stdin.close()
        assert child.wait(60) == 1


def test_every_line_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    is_over = threading.Event()
    monkeypatch.setattr(os, "_exit", lambda _: is_over.set())
    told: list[str] = []
    watch(io.BytesIO(b"one\ntwo words\n"), told.append)
    assert is_over.wait(60)
    assert told == ["one", "two words"]


def test_a_child_imports_what_we_do() -> None:
    assert str(ROOT) in import_path()
    assert all(Path(each).is_absolute() for each in import_path())
