"""What a further process does that is not told rightly, or cannot write. Its crawl is in test_crew.py."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from crawler.confinement.lifeline import import_path
from crawler.crew.crew import _PROGRAM
from crawler.crew.order import Order, order_line, read_answer
from crawler.options import CrawlOptions
from tests.crew.test_order import territory_of


def answers(*lines: bytes) -> tuple[int, list[bytes]]:
    """The exit code and the lines of one that is told this, and whose lifeline then is held."""
    with subprocess.Popen(
        [sys.executable, "-I", "-c", _PROGRAM],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as member:
        assert member.stdin is not None
        assert member.stdout is not None
        member.stdin.write(json.dumps(import_path()).encode() + b"\n" + b"".join(lines))
        member.stdin.flush()
        said = member.stdout.readlines()
        member.stdin.close()
        return member.wait(60), said


@pytest.mark.parametrize("line", [b"\n", b"{}\n", b"nonsense\n"])
def test_without_an_order_it_ends(line: bytes) -> None:
    assert answers(line) == (1, [])


def test_without_an_output_it_says_what_is_wrong(tmp_path: Path) -> None:
    options = CrawlOptions()
    order = Order(
        folder=str(tmp_path / "lost"),
        options=options,
        facts=territory_of(options).facts(),
        cookies=(),
        run_name="20261127-000000",
        rereads=False,
        epoch_offset_seconds=0,
        log_level=30,
    )
    code, (line,) = answers(order_line(order))
    assert code == 1
    assert (
        read_answer(line).failure
        == f"{tmp_path}/lost/crawl.db cannot be opened; is this the output folder of a crawl?"
    )
