"""`crawler serve` says where it is, ends when it is told to, and refuses what would not be safe."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Cli


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--host", "0.0.0.0"], "--token-file"),
        (["--token-file", "none"], "cannot be read|No such file"),
        (["--token-file", "short"], "openssl rand"),
        (["--port", "70000"], "65535"),
        (["--port", "x"], "whole number"),
        (["--notify", "nowhere"], "notify 1 is no address"),
        (["--host", "203.0.113.1", "--token-file", "good"], "cannot be had"),
    ],
)
def test_what_cannot_be_is_refused_in_a_line(cli: Cli, arguments: list[str], words: str) -> None:
    Path("short").write_text("short\n")
    Path("good").write_text("0123456789abcdef0123456789abcdef\n")
    said = cli("serve", "out", *arguments)
    assert said.code == 2
    assert re.search(words, said.complaint)
    assert not Path("out").exists()


@pytest.mark.long
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_ends_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    line = [sys.executable, "-m", "crawler", "serve", "out", "--port", "0"]
    root = Path(__file__).parent.parent.parent
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(line, cwd=tmp_path, stderr=subprocess.PIPE, env=environment, text=True) as process:
        assert process.stderr is not None
        assert re.search(r"served at http://127\.0\.0\.1:\d+/", process.stderr.readline())
        process.send_signal(number)
        assert "stopping" in process.stderr.read()
        assert process.wait(20) == 0
