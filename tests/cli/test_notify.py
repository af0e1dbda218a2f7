"""A webhook hears of a run if there is something to tell, and never changes how that ends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Cli
from tests.cli.sites import Pages, serving, small_site

PAGE: Pages = {"/": (200, {}, b"hello")}
BROKEN: Pages = {"/": (500, {}, b"")}


@contextmanager
def hook() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    posted: list[dict[str, Any]] = []

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the standard library
            """Say nothing."""

    with serving(Hook) as url:
        yield f"{url}sesame", posted


def test_a_seed_that_fails_is_told(cli: Cli) -> None:
    with small_site(BROKEN) as url, hook() as (target, posted):
        said = cli("crawl", url, "-q", "--retries", "0", "--notify", target)
    assert said.code == 3
    (told,) = posted
    assert (told["exit_code"], told["failures"], told["seeds"]) == (3, {"http_500": 1}, [url])
    assert told["run"]
    assert "sesame" not in said.err


def test_a_quiet_night_is_not(cli: Cli) -> None:
    with small_site(PAGE) as url, hook() as (target, posted):
        assert cli("crawl", url, "-q").code == 0
        posted.clear()
        said = cli("crawl", url, "-q", "--notify", target)
    assert (said.code, said.out, said.err) == (0, "", "")
    assert posted == []


def test_an_error_is_told_too(cli: Cli) -> None:
    with small_site(PAGE) as url, hook() as (target, posted):
        said = cli("crawl", url, "-q", "--min-free", "1000000GB", "--notify", target)
    assert said.code == 1
    assert "min-free" in said.complaint
    (told,) = posted
    assert (told["exit_code"], told["run"]) == (1, "")
    assert "free some space" in told["error"]


def test_a_hook_that_is_gone_is_one_line_and_no_more(cli: Cli, closed_url: str) -> None:
    with small_site(BROKEN) as url:
        said = cli("crawl", url, "-q", "--retries", "0", "--notify", f"{closed_url}sesame")
    assert said.code == 3
    *_, line = said.err.splitlines()
    assert line.startswith("crawler: note: notify http://127.0.0.1/...: connect: ")
    assert "sesame" not in line


def test_it_may_stand_in_the_settings_and_come_from_the_environment(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    with small_site(BROKEN) as url, hook() as (target, posted):
        monkeypatch.setenv("HOOK", target)
        Path("crawler.toml").write_text('notify = [{env = "HOOK"}]\n')
        assert cli("crawl", url, "-q", "--retries", "0").code == 3
        Path("crawler.toml").write_text("notify = [1]\n")
        assert "notify has the wrong type; it must be a list of texts" in cli("crawl", url).complaint
    assert len(posted) == 1


def test_a_bad_address_costs_no_crawl(cli: Cli) -> None:
    said = cli("crawl", "https://example.org/", "--notify", "sesame")
    assert said.code == 2
    assert said.complaint.startswith("crawler: notify 1 is no address")
    assert not Path("output").exists()
