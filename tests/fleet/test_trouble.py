"""Whatever happens to server and workers, nothing is lost, and nothing is finished twice."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from redis import Redis

from tests.cli.conftest import Cli, bare, cli
from tests.cli.sites import small_site
from tests.fleet.sharing import brought, journaled, site_of, started, wait_until
from tests.frontier.redis_server import Server, mortal_server

__all__ = ["bare", "cli"]

pytestmark = [pytest.mark.system, pytest.mark.long]

PAGES = 200


@pytest.fixture
def server() -> Iterator[Server]:
    with mortal_server() as server:
        yield server


@contextmanager
def joined(folder: Path) -> Iterator[None]:
    """Go on once its worker has joined, or the crawl might be over before."""
    wait_until((folder / ".worker").is_file)
    yield


def has_begun(folder: Path) -> bool:
    log = folder / "crawl.log"
    return log.is_file() and log.stat().st_size > 0


def test_a_server_that_is_started_again(cli: Cli, server: Server, tmp_path: Path) -> None:
    with small_site(site_of(PAGES)) as site:
        options = ["--frontier", server.url, "--delay", "0.02", "--progress", "never"]
        with (
            started("work", server.url, "-o", "second", "--progress", "never") as second,
            joined(tmp_path / "second"),
            started("crawl", site, "-o", "first", *options) as first,
        ):
            for _ in range(3):
                wait_until(lambda: has_begun(tmp_path / "first"))
                time.sleep(0.5)
                server.kill()
                time.sleep(0.5)
                server.start()
            out, err = first.communicate(timeout=60)
            second.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0), err
    assert f"{PAGES + 1} stored" in out
    assert "does not answer; asking again, for 2m 00s at most" in err
    folders = [tmp_path / "first", tmp_path / "second"]
    assert len(brought(folders)) == PAGES + 1


def test_who_was_held_still_gives_up_what_is_anothers_by_now(
    cli: Cli, server: Server, tmp_path: Path
) -> None:
    with small_site(site_of(PAGES)) as site:
        options = ["--frontier", server.url, "--delay", "0.05", "--lease", "2s", "--progress", "never"]
        with started("crawl", site, "-o", "first", *options) as first:
            wait_until(lambda: has_begun(tmp_path / "first"))
            first.send_signal(signal.SIGSTOP)
            with started("work", server.url, "-o", "second", "--progress", "never") as second:
                wait_until(lambda: has_begun(tmp_path / "second"))
                first.send_signal(signal.SIGCONT)
                out, err = first.communicate(timeout=60)
                second.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0), err
    assert f"{PAGES + 1} stored" in out
    folders = [tmp_path / "first", tmp_path / "second"]
    assert len(brought(folders)) == PAGES + 1
    # What was being asked at that moment alone is there twice, and fenced.
    assert sum(journaled(folders).values()) <= PAGES + 1 + 1


def test_a_server_that_stays_away(cli: Cli, server: Server, tmp_path: Path) -> None:
    with small_site(site_of(PAGES)) as site:
        options = ["--frontier", server.url, "--delay", "0.05", "--progress", "never"]
        with started("crawl", site, "-o", "first", *options, "--patience", "1s") as first:
            wait_until(lambda: has_begun(tmp_path / "first"))
            server.kill()
            _, err = first.communicate(timeout=60)
        server.start()
        assert first.returncode == 1
        assert "has not answered for 1.0s" in err.splitlines()[-1]
        assert "start it, then run the same line again" in err.splitlines()[-1]
        said = cli("crawl", site, "-o", "first", "--frontier", server.url, "--progress", "never")
    assert said.code == 0
    assert "finished" in said.out
    assert "(continued)" in said.out
    folders = [tmp_path / "first"]
    assert len(brought(folders)) == PAGES + 1
    assert set(journaled(folders).values()) == {1}


def test_a_server_that_was_emptied(server: Server, tmp_path: Path) -> None:
    with small_site(site_of(PAGES)) as site:
        options = ["--frontier", server.url, "--delay", "0.05", "--progress", "never"]
        with started("crawl", site, "-o", "first", *options) as first:
            wait_until(lambda: has_begun(tmp_path / "first"))
            with Redis.from_url(server.url) as client:
                client.flushall()
            _, err = first.communicate(timeout=60)
    assert first.returncode == 1
    assert "knows less of this crawl than it did" in err


def test_the_password_shows_nowhere(cli: Cli, tmp_path: Path) -> None:
    with mortal_server("--requirepass", "horse-staple") as server, small_site(site_of(PAGES)) as site:
        url = f"{server.url}?password=horse-staple"
        options = ["--frontier", url, "--delay", "0.02", "-v", "-v"]
        with started("crawl", site, "-o", "first", *options) as first:
            wait_until(lambda: has_begun(tmp_path / "first"))
            assert "horse" not in Path(f"/proc/{first.pid}/cmdline").read_text()
            out, err = first.communicate(timeout=60)
    assert first.returncode == 0, err
    assert "horse" not in out + err
    for path in (tmp_path / "first").rglob("*"):
        assert path.is_dir() or b"horse" not in path.read_bytes(), path
