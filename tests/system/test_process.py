"""What happens to processes: held still, started ten times at once, run from cron, given a long queue."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from http.server import BaseHTTPRequestHandler
from itertools import count
from pathlib import Path

import pytest

from tests.cli.sites import Pages, serving, small_site
from tests.system.running import BIN, TIMEOUT_SECONDS, crawler, exported, start_crawler, wait_until

pytestmark = pytest.mark.system

PAGES = 60
LINKS_A_PAGE = 5000


@pytest.fixture
def site() -> Iterator[str]:
    """Sixty pages in a row."""
    with small_site(
        {f"/{n or ''}": (200, {}, b"<title>%d</title><a href=/%d>on</a>" % (n, n + 1)) for n in range(PAGES)}
    ) as url:
        yield url


def done(output: Path) -> int:
    log = output / "crawl.log"
    return log.read_text().count(" done") if log.exists() else 0


def test_a_crawl_that_was_held_still_goes_on(site: str, tmp_path: Path) -> None:
    line = ("crawl", site, "-o", "out", "-q", "--delay", "0.05", "--timeout", "1", "--retries", "3")
    with start_crawler(*line, cwd=tmp_path) as process:
        assert wait_until(lambda: done(tmp_path / "out") >= 10, process)
        process.send_signal(signal.SIGSTOP)
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(3)  # longer than any request may take
        process.send_signal(signal.SIGCONT)
        _, stderr = process.communicate(timeout=TIMEOUT_SECONDS)
    assert (process.returncode, stderr) == (0, "")
    states = {url.removeprefix(site): row["state"] for url, row in exported(tmp_path / "out").items()}
    assert states == {str(n or ""): "done" for n in range(PAGES)} | {str(PAGES): "failed"}


def test_of_ten_starts_at_once_one_works(site: str, tmp_path: Path) -> None:
    with ExitStack() as stack:
        started = [
            stack.enter_context(start_crawler("crawl", site, "-o", "out", "-q", "--delay", "5", cwd=tmp_path))
            for _ in range(10)
        ]
        working = _last_running(started)
        working.send_signal(signal.SIGTERM)
        complaints = [each.communicate(timeout=TIMEOUT_SECONDS)[1] for each in started if each is not working]
        working.communicate(timeout=TIMEOUT_SECONDS)
    assert sorted(each.returncode for each in started) == [75] * 9 + [143]
    assert set(complaints) == {"crawler: another run holds out; wait for it, or use --lock wait\n"}


def _last_running(started: list[subprocess.Popen[str]]) -> subprocess.Popen[str]:
    """Wait until all but one have ended."""
    for _ in range(10 * TIMEOUT_SECONDS):
        running = [each for each in started if each.poll() is None]
        if len(running) == 1:
            return running[0]
        with suppress(subprocess.TimeoutExpired):
            running[0].wait(0.1)
    pytest.fail("more than one went on")


@pytest.mark.parametrize("language", [{}, {"LANG": "C"}, {"LC_ALL": "C"}, {"LC_ALL": "POSIX"}], ids=str)
def test_it_runs_from_cron(tmp_path: Path, language: dict[str, str]) -> None:
    environment = {name: value for name, value in os.environ.items() if name == "PYTHONPATH"}
    before = set(Path("/").iterdir())
    pages: Pages = {"/": (200, {}, "<title>ö</title><a href=/é>é</a>".encode()), "/%C3%A9": (200, {}, b"e")}
    with small_site(pages) as url:
        result = subprocess.run(
            [str(BIN / "crawler"), "crawl", url, "-o", str(tmp_path / "größe")],
            cwd="/",
            env=environment | language,
            umask=0o077,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
    assert (result.returncode, result.stderr) == (0, b"")
    assert b"2 stored" in result.stdout
    (host,) = (tmp_path / "größe" / "mirror").iterdir()
    assert sorted(path.name for path in host.iterdir()) == ["index.html", "é~.html"]
    for path in (tmp_path / "größe").rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
    assert set(Path("/").iterdir()) == before


class Endless(BaseHTTPRequestHandler):
    """Every answer has thousands of links that no other has."""

    answers = count()

    def do_GET(self) -> None:
        number = next(self.answers)
        body = b"".join(b"<a href=/%d/%d/>%d</a>" % (number, n, n) for n in range(LINKS_A_PAGE))
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
        """Say nothing."""


def test_a_long_queue_costs_no_memory(tmp_path: Path) -> None:
    alone = ("-q", "--per-host", "1", "--no-archive", "--no-mirror")
    with serving(Endless) as url:
        few, many = (
            _peak_bytes("crawl", url, "-o", f"out-{pages}", *alone, "--max-pages", str(pages), cwd=tmp_path)
            for pages in (4, 24)
        )
    counts = json.loads(crawler("status", "out-24", "--json", cwd=tmp_path).stdout)["counts"]
    assert counts["queued"] > 23 * LINKS_A_PAGE
    # The database's cache may grow by 32 MB; a hundred thousand URLs in memory would take a hundred.
    assert many - few < 45_000_000


def _peak_bytes(*arguments: str, cwd: Path) -> int:
    process = start_crawler(*arguments, cwd=cwd)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    for stream in (process.stdout, process.stderr):
        assert stream is not None
        stream.close()
    assert process.returncode == 0
    return usage.ru_maxrss * 1024


def test_nothing_is_loaded_from_the_working_folder(site: str, tmp_path: Path) -> None:
    for name in ("click", "crawler", "aiohttp", "json", "sqlite3", "isal", "brotli", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit(99)")
    result = crawler("crawl", site, "--max-pages", "2", cwd=tmp_path)
    assert result.returncode == 0, result.stderr
