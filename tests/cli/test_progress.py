import os
import pty
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from crawler.cli.progress import plain_line
from crawler.practice.serving import PracticeSite
from crawler.standing import Counts, Statistics
from tests.cli.conftest import TIMEOUT_SECONDS, Cli, environment

ANSI = re.compile(r"\x1b\[")
COLOUR = re.compile(r"\x1b\[[\d;]*m")


def on_terminal(*arguments: str, env: Mapping[str, str] | None = None) -> tuple[int, str]:
    """Exit code and everything a terminal of eighty columns was sent."""
    ours, theirs = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "crawler", *arguments],
        env=environment({"TERM": "xterm-256color", "COLUMNS": "80", **(env or {})}),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    ) as process:
        os.close(theirs)
        sent = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # what Linux says when the other side is closed
                break
            if not piece:
                break
            sent += piece
        process.wait(TIMEOUT_SECONDS)
    os.close(ours)
    return process.returncode, sent.decode()


def test_a_terminal_sees_a_live_line_and_then_only_the_summary(site: PracticeSite) -> None:
    code, sent = on_terminal("crawl", site.url, "--retries", "0")
    assert code == 0
    assert ANSI.search(sent)
    # On a busy machine the first line, without a host yet, may be the only one before the end.
    assert re.search(r"\d+ pages?, \d+/s, [\d.]+ k?M?B, \d hosts?, \d+ queued", sent)
    assert "\x1b[?25h" in sent, "the cursor stays hidden"
    rest = sent.rpartition("\x1b[2K")[2]
    assert "run 1" in rest
    assert not ANSI.search(rest)


@pytest.mark.parametrize("mode", [["--progress", "never"], ["-q"]])
def test_no_progress_means_no_escape(site: PracticeSite, mode: list[str]) -> None:
    code, sent = on_terminal("crawl", site.url, "--max-pages", "2", *mode)
    assert code == 0
    assert not ANSI.search(sent)
    assert bool(sent) is ("-q" not in mode)


def test_a_dumb_terminal_gets_plain_lines(site: PracticeSite) -> None:
    _, sent = on_terminal("crawl", site.url, "--max-pages", "2", env={"TERM": "dumb"})
    assert not ANSI.search(sent)


def test_no_color_is_obeyed(site: PracticeSite) -> None:
    _, sent = on_terminal("crawl", site.url, "--max-pages", "2", env={"NO_COLOR": "1"})
    assert not COLOUR.search(sent)


def test_always_is_live_without_a_terminal_too(process: Cli, site: PracticeSite) -> None:
    said = process("crawl", site.url, "--max-pages", "2", "--progress", "always")
    assert ANSI.search(said.err)
    assert not ANSI.search(said.out)


def test_no_terminal_means_no_escape(process: Cli, site: PracticeSite) -> None:
    said = process("crawl", site.url, "--max-pages", "2", env={"FORCE_COLOR": "1"})
    assert not ANSI.search(said.out + said.err)
    assert said.err == ""


def test_a_seed_that_failed_stands_below_the_live_line(closed_url: str) -> None:
    code, sent = on_terminal("crawl", closed_url, "--retries", "0")
    assert code == 3
    assert f"crawler: seed {closed_url} failed" in sent.rpartition("\x1b[2K")[2]


@pytest.mark.parametrize("command", ["status", "export", "why"])
def test_answers_on_a_terminal_are_plain(crawled: Path, site: PracticeSite, command: str) -> None:
    more = {
        "status": [str(crawled)],
        "export": [str(crawled), "--format", "jsonl"],
        "why": [site.url, "-o", str(crawled)],
    }
    code, sent = on_terminal(command, *more[command])
    assert code == 0
    assert not ANSI.search(sent)


def test_a_line_names_pages_rate_bytes_hosts_queue_and_time_left() -> None:
    counts = Counts(
        queued=30, claimed=10, done=50, failed=2, hosts=3, pages=40, requests=80, wire_bytes=2_500_000
    )
    line = plain_line(Statistics(phase="crawling", counts=counts, in_flight=10, elapsed_seconds=20))
    assert line == "crawling 40 pages, 2/s, 2.5 MB, 3 hosts, 40 queued, 2 failed, 20s, ETA 10s"


def test_nothing_is_foretold_before_anything_is_known() -> None:
    line = plain_line(Statistics(counts=Counts(queued=1, hosts=1), elapsed_seconds=0))
    assert line == "starting 0 pages, 0/s, 0 B, 1 host, 1 queued, 0.0s"


def test_a_big_crawl_fits_a_terminal() -> None:
    counts = Counts(
        queued=123_456, done=99_999, failed=999, hosts=999, pages=99_999, requests=99_999, wire_bytes=10**10
    )
    assert len(plain_line(Statistics(phase="crawling", counts=counts, elapsed_seconds=9_999))) <= 96
