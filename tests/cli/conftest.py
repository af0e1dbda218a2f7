"""The command line in this process and in one of its own, and outputs to ask about."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import crawler
from crawler.cli.main import run
from crawler.practice.serving import PracticeSite
from tests.cli.sites import practice_site

ROOT = Path(__file__).parent.parent.parent
TIMEOUT_SECONDS = 120


@dataclass(frozen=True)
class Said:
    """What a command line left with and said."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """The one line of an error."""
        lines = self.err.splitlines()
        assert len(lines) == 1, self.err
        assert lines[0].startswith("crawler: ")
        assert self.out == ""
        return lines[0]


Cli = Callable[..., Said]


@pytest.fixture(autouse=True)
def bare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty working directory, no settings around, and loggers as they were."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.startswith("CRAWLER_") or name in {"NO_COLOR", "FORCE_COLOR"}:
            monkeypatch.delenv(name)
    loggers = [logging.getLogger(name) for name in ("crawler", "asyncio")]
    before = [(each, each.handlers[:], each.level, each.propagate) for each in loggers]
    yield
    for logger, handlers, level, propagate in before:
        logger.handlers[:] = handlers
        logger.setLevel(level)
        logger.propagate = propagate


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run a command line in this process."""

    def call(*arguments: str) -> Said:
        capsys.readouterr()
        code = run(arguments)
        out, err = capsys.readouterr()
        return Said(code, out, err)

    return call


def environment(more: Mapping[str, str] | None = None) -> dict[str, str]:
    """Ours, with the package to test on the path."""
    return {**os.environ, "PYTHONPATH": str(ROOT), **(more or {})}


@pytest.fixture
def process() -> Cli:
    """Run a command line in a process of its own."""

    def call(*arguments: str, env: Mapping[str, str] | None = None, stdin: str = "") -> Said:
        done = subprocess.run(
            [sys.executable, "-m", "crawler", *arguments],
            env=environment(env),
            input=stdin,
            capture_output=True,
            text=True,
            timeout=TIMEOUT_SECONDS,
            check=False,
        )
        return Said(done.returncode, done.stdout, done.stderr)

    return call


@pytest.fixture(scope="session")
def site() -> Iterator[PracticeSite]:
    with practice_site() as site:
        yield site


def crawl(output: Path, url: str, **options: Any) -> Path:
    """An output that holds a crawl of `url`."""

    async def run_it() -> None:
        async with crawler.Crawl([url], output=output, **options) as job:
            await job.run()

    asyncio.run(run_it())
    return output


@pytest.fixture(scope="session")
def crawled(site: PracticeSite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole practice site; to be read only."""
    return crawl(tmp_path_factory.mktemp("whole") / "output", site.url, retries=0)


@pytest.fixture(scope="session")
def begun(site: PracticeSite, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three pages of the practice site, the rest queued; to be read only."""
    return crawl(tmp_path_factory.mktemp("begun") / "output", site.url, max_pages=3)


@pytest.fixture
def closed_url() -> str:
    """A loopback URL that nobody answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/"
