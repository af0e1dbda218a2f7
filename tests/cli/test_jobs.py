"""Signals, in a process of its own."""

import dataclasses
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from crawler.practice.serving import PracticeSite
from tests.cli.conftest import TIMEOUT_SECONDS, Cli, environment
from tests.cli.sites import QUICK, practice_site

pytestmark = pytest.mark.long

NEIGHBOUR = "/wrecks/boiler"
"""Answered while `/wrecks/slow`, which is linked beside it, is still being waited for."""
SLUGGISH = dataclasses.replace(QUICK, slow_seconds=60)
SIGNALS = pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)


@contextmanager
def running(*arguments: str, **terms: Any) -> Iterator[subprocess.Popen[str]]:
    terms = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True} | terms
    with subprocess.Popen(
        [sys.executable, "-m", "crawler", *arguments], env=environment(), **terms
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def wait_for(site: PracticeSite, target: str) -> None:
    """Until the site has been asked for `target`."""
    until = time.monotonic() + TIMEOUT_SECONDS
    while target not in [asked.target for asked in list(site.requests)]:
        assert time.monotonic() < until
        time.sleep(0.01)


@SIGNALS
def test_a_signal_ends_in_good_order_and_the_same_line_continues(
    cli: Cli, number: signal.Signals, code: int
) -> None:
    with practice_site(dataclasses.replace(QUICK, slow_seconds=2)) as site:
        with running("crawl", site.url, "--progress", "never") as process:
            wait_for(site, NEIGHBOUR)
            process.send_signal(number)
            out, err = process.communicate(timeout=TIMEOUT_SECONDS)
        assert process.returncode == code
        assert "the same line continues" in out
        assert err.startswith("crawler: stopping; ")
        assert len(err.splitlines()) == 1
        again = cli("crawl", site.url, "--retries", "0")
    assert again.code == 0
    assert " 0 queued" in again.out


@SIGNALS
def test_a_second_signal_ends_at_once(number: signal.Signals, code: int) -> None:
    with practice_site(SLUGGISH) as site, running("crawl", site.url, "-q") as process:
        wait_for(site, NEIGHBOUR)
        process.send_signal(number)
        assert process.stderr is not None
        assert process.stderr.readline().startswith("crawler: stopping")
        began = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=TIMEOUT_SECONDS)
        assert process.returncode == code
        assert (out, err) == ("", "")
        assert time.monotonic() - began < 8  # the first signal alone would take ten
    assert Path("output/crawl.db").is_file()


def test_a_terminal_that_hangs_up_ends_it_in_good_order(cli: Cli) -> None:
    master, terminal = os.openpty()
    # The terminal that is opened first by a session without one becomes its controlling terminal.
    line = ["sh", "-c", 'exec "$0" "$@" <"$TERMINAL" >"$TERMINAL" 2>&1', sys.executable, "-m", "crawler"]
    with practice_site(dataclasses.replace(QUICK, slow_seconds=2)) as site:
        with subprocess.Popen(
            [*line, "crawl", site.url],
            env=environment({"TERMINAL": os.ttyname(terminal)}),
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        ) as process:
            wait_for(site, NEIGHBOUR)
            os.close(terminal)
            os.close(master)
            assert process.wait(TIMEOUT_SECONDS) == 129
        again = cli("crawl", site.url, "--retries", "0")
    assert (again.code, again.err) == (0, "")
    assert "(continued)" in again.out


def test_who_asked_for_it_survives_the_hang_up() -> None:
    def ignore_it() -> None:
        signal.signal(signal.SIGHUP, signal.SIG_IGN)

    with (
        practice_site(dataclasses.replace(QUICK, slow_seconds=1)) as site,
        running("crawl", site.url, "--retries", "0", preexec_fn=ignore_it) as process,
    ):
        wait_for(site, NEIGHBOUR)
        process.send_signal(signal.SIGHUP)
        out, err = process.communicate(timeout=TIMEOUT_SECONDS)
    assert (process.returncode, err) == (0, "")
    assert " finished " in out


def test_a_waiting_run_begins_when_the_other_has_ended() -> None:
    options = dataclasses.replace(QUICK, slow_seconds=1)
    with practice_site(options) as site, running("crawl", site.url, "-q", "--retries", "0") as first:
        wait_for(site, "/robots.txt")
        with running("crawl", f"{site.url}fog", "--lock", "wait", "--max-pages", "1") as second:
            out, err = second.communicate(timeout=TIMEOUT_SECONDS)
            assert first.poll() is not None or first.wait(TIMEOUT_SECONDS) == 0
            assert (second.returncode, err) == (0, "")
            assert out.startswith("run 2")
