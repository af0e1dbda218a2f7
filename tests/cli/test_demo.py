import re
import shlex
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import TIMEOUT_SECONDS, Cli, environment

pytestmark = pytest.mark.long


def test_it_crawls_and_what_it_advises_works(cli: Cli) -> None:
    said = cli("demo", "--port", "0")
    assert said.code == 0
    assert re.match(r"A practice site is up at http://127\.0\.0\.1:\d+/", said.err)
    # On a busy machine it says in between how far it is.
    assert len([line for line in said.err.splitlines() if not line.startswith("crawling ")]) == 1
    lines = dict(line.split("  ", 1) for line in said.out.splitlines() if "  " in line)
    pages = int(lines["pages"].split()[0])
    assert 54 + 100 < pages < 54 + 200
    for rule in ("session-id", "query-variants", "calendar", "repeated-segments", "duplicate-content"):
        assert f" by {rule}" in lines["not taken"]
    _, browse, _, line = said.out.splitlines()[-4:]
    assert browse.endswith("demo-output/index.html")
    assert Path("demo-output/index.html").is_file()
    arguments = shlex.split(line[line.index(" why ") :])
    answer = cli(*arguments)
    assert answer.out.startswith("failed: tried once")


def test_a_port_of_your_own_that_is_taken_is_usage(cli: Cli) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        said = cli("demo", "--port", str(taken.getsockname()[1]))
    assert said.code == 2
    assert "another with --port" in said.complaint


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_may_stay_until_it_is_told_to_go(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "crawler", "demo", "--port", "0", "--serve"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            while "Compare it with" not in (line := process.stderr.readline()):
                assert line
            process.send_signal(number)
            _, err = process.communicate(timeout=TIMEOUT_SECONDS)
        finally:
            process.kill()
    assert (process.returncode, err) == (0, "")


def test_a_second_demo_finds_its_usual_port_taken_and_takes_another(cli: Cli) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            taken.bind(("127.0.0.1", 8613))
            taken.listen()
        except OSError:
            pass  # somebody else has it: that is as good
        said = cli("demo")
    assert said.code == 0
    assert ":8613/" not in said.err
