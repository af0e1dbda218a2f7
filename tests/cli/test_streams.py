"""Streams that are closed, full or read by nobody: the crawl does its work, and its code says how it went."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from crawler.cli.streams import silence
from tests.cli.conftest import TIMEOUT_SECONDS, environment
from tests.cli.sites import serving, small_site

pytestmark = pytest.mark.long


@pytest.fixture
def site() -> Iterator[str]:
    with small_site({"/": (200, {}, b"<a href=/a>a</a>"), "/a": (200, {}, b"a")}) as url:
        yield url


@contextmanager
def nobody() -> Iterator[int]:
    """The writing end of a pipe that nobody reads."""
    reading, writing = os.pipe()
    os.close(reading)
    yield writing
    os.close(writing)


@contextmanager
def full() -> Iterator[int]:
    descriptor = os.open("/dev/full", os.O_WRONLY)
    yield descriptor
    os.close(descriptor)


STREAMS = [
    nobody,
    pytest.param(full, marks=pytest.mark.skipif(sys.platform != "linux", reason="no /dev/full")),
]


def crawl(*arguments: str, stdout: int = subprocess.PIPE, stderr: int = subprocess.PIPE) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "crawler", "crawl", *arguments],
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=stderr,
        text=True,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout or ""


@pytest.mark.parametrize("stream", STREAMS)
@pytest.mark.parametrize("more", [(), ("-vv",), ("--progress", "always")], ids=" ".join)
def test_stderr_that_takes_nothing(
    site: str, stream: Callable[[], AbstractContextManager[int]], more: tuple[str, ...]
) -> None:
    with stream() as stderr:
        code, out = crawl(site, f"{site}nowhere", *more, stderr=stderr)
    assert code == 3
    assert "2 done, 1 failed" in out


@pytest.mark.parametrize("stream", STREAMS)
def test_a_mistake_that_is_told_to_nobody_is_a_mistake(
    site: str, stream: Callable[[], AbstractContextManager[int]]
) -> None:
    with stream() as stderr:
        assert crawl(site, "--no-such-option", stderr=stderr) == (2, "")
        assert crawl("not a URL", stderr=stderr) == (2, "")


def test_both_read_by_nobody(site: str) -> None:
    with nobody() as pipe:
        assert crawl(site, stdout=pipe, stderr=pipe)[0] == 0
        assert crawl(f"{site}nowhere", stdout=pipe, stderr=pipe)[0] == 3


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_not_there(site: str, closed: str) -> None:
    for url, code in ((site, 0), (f"{site}nowhere", 3)):
        done = subprocess.run(
            ["sh", "-c", f'exec "$0" "$@" {closed}', sys.executable, "-m", "crawler", "crawl", url, "-v"],
            env=environment(),
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        assert done.returncode == code
    with closing(sqlite3.connect("output/crawl.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for path in Path("output").rglob("*"):
        assert path.is_dir() or b"crawler: seed" not in path.read_bytes()


def test_a_site_of_broken_cookies_writes_nothing_on_stderr() -> None:
    class Cookies(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path != "/robots.txt" else 404)
            for n in range(40):
                self.send_header("Set-Cookie", f"a[{n}]=\xff{{}}(; Domain=\x01; Max-Age=1e9; ,,=,;;=")
                self.send_header("Set-Cookie", f"\x7f{n}; expires=\x85")
            links = b"".join(b"<a href=/%d>" % n for n in range(50))
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(links)))
            self.end_headers()
            self.wfile.write(links)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
            """Say nothing."""

    with serving(Cookies) as url:
        done = subprocess.run(
            [sys.executable, "-m", "crawler", "crawl", url],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    assert (done.returncode, done.stderr) == (0, "")
    assert "51 done" in done.stdout


def test_silence_drops_what_is_buffered() -> None:
    with nobody() as pipe, os.fdopen(os.dup(pipe), "w") as stream:
        stream.write("said to nobody")
        silence(stream)
        stream.flush()
