"""What the process list shows, and that what was meant arrives all the same."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crawler.cli.veil import masked, unveiled
from crawler.errors import UsageError
from tests.cli.conftest import TIMEOUT_SECONDS, Cli, environment


@pytest.mark.parametrize(
    ("arguments", "shown"),
    [
        (["crawl", "--auth", "me:s@same@example.org"], ["crawl", "--auth", "***@example.org"]),
        (["--auth=me:sesame@example.org"], ["--auth=***@example.org"]),
        (["--auth", "sesame"], ["--auth", "***"]),
        (["--header", "X-Key: sesame"], ["--header", "X-Key: ***"]),
        (["--header=sesame"], ["--header=***"]),
        (["--proxy", "socks5://me:sesame@host:1"], ["--proxy", "socks5://***@host:1"]),
        (["--proxy=http://me:sesame@host:1"], ["--proxy=http://***@host:1"]),
        (["--notify", "https://chat.example/hook/sesame"], ["--notify", "https://***"]),
        (["--notify=mailto://me:sesame@example.org"], ["--notify=mailto://***"]),
        (["https://me:sesame@example.org/@x"], ["https://***@example.org/@x"]),
    ],
)
def test_credentials_are_masked(arguments: list[str], shown: list[str]) -> None:
    assert masked(arguments) == shown


@pytest.mark.parametrize(
    "arguments",
    [[], ["crawl", "https://example.org/@me?mail=a@b"], ["--proxy", "http://host:1"], ["--cookies", "a@b"]],
)
def test_nothing_else_is(arguments: list[str]) -> None:
    assert masked(arguments) == arguments
    assert unveiled(arguments) == arguments


def test_a_variable_of_ours_that_another_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRAWLER_VEILED", "9999")
    with pytest.raises(UsageError, match="unset it"):
        unveiled(["crawl"])
    assert "CRAWLER_VEILED" not in os.environ


def test_what_no_pipe_holds_is_refused(process: Cli) -> None:
    said = process("crawl", "http://127.0.0.1:9/", "--header", f"X-Key: {'s' * 100_000}")
    assert (said.code, "crawler.toml" in said.complaint) == (2, True)


def command_line(pid: int) -> str:
    """What the process list shows of a process."""
    file = Path(f"/proc/{pid}/cmdline")
    if file.exists():
        return file.read_bytes().replace(b"\0", b" ").decode()
    return subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=True
    ).stdout


def test_the_process_list_shows_none_and_no_output_holds_any(tmp_path: Path) -> None:
    heads: list[dict[str, str]] = []
    shown: list[str] = []
    running: list[subprocess.Popen[str]] = []
    has_started = threading.Event()

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            assert has_started.wait(30)
            heads.append(dict(self.headers.items()))
            shown.append(command_line(running[0].pid))
            body = b"<title>in</title>" if self.path == "/" else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        thread = threading.Thread(target=server.serve_forever, args=[0.05])
        thread.start()
        try:
            place = f"127.0.0.1:{server.server_address[1]}"
            line = ["crawl", f"http://me:sesame@{place}/", "--auth", "you:sesame@example.org"]
            line += ["--header", "X-Key: sesame", "--log-format", "json", "-vv"]
            running.append(
                subprocess.Popen(
                    [sys.executable, "-m", "crawler", *line],
                    env=environment(),
                    cwd=tmp_path,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                )
            )
            has_started.set()
            out, err = running[0].communicate(timeout=TIMEOUT_SECONDS)
        finally:
            server.shutdown()
            thread.join()
    assert running[0].returncode == 0, err
    said = base64.b64encode(b"me:sesame").decode()
    assert {each["Authorization"] for each in heads} == {f"Basic {said}"}
    assert {each["X-Key"] for each in heads} == {"sesame"}
    assert all("crawl" in each and "sesame" not in each for each in shown)
    kept = b"".join(path.read_bytes() for path in (tmp_path / "output").rglob("*") if path.is_file())
    for secret in ("sesame", said):
        assert secret not in f"{out}{err}"
        assert secret.encode() not in kept
    report = next((tmp_path / "output/reports").glob("*.json"))
    assert json.loads(report.read_text())
