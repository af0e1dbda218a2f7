"""Signals, in a process of its own."""

import dataclasses
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crawler.practice.serving import PracticeSite
from tests.cli.conftest import TIMEOUT_SECONDS, Cli, environment
from tests.cli.sites import QUICK, practice_site

NEIGHBOUR = "/wrecks/boiler"
"""Answered while `/wrecks/slow`, which is linked beside it, is still being waited for."""
SLUGGISH = dataclasses.replace(QUICK, slow_seconds=60)
SIGNALS = pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])


@contextmanager
def running(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-m", "crawler", *arguments],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
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
        with running("crawl", site.url) as process:
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


def test_a_waiting_run_begins_when_the_other_has_ended() -> None:
    options = dataclasses.replace(QUICK, slow_seconds=1)
    with practice_site(options) as site, running("crawl", site.url, "-q", "--retries", "0") as first:
        wait_for(site, "/robots.txt")
        with running("crawl", f"{site.url}fog", "--lock", "wait", "--max-pages", "1") as second:
            out, err = second.communicate(timeout=TIMEOUT_SECONDS)
            assert first.poll() is not None or first.wait(TIMEOUT_SECONDS) == 0
            assert (second.returncode, err) == (0, "")
            assert out.startswith("run 2")
