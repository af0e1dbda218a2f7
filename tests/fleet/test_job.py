"""A crawl that workers share over a server: the same as one alone, whoever comes and goes."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, bare, cli
from tests.cli.sites import practice_site, small_site
from tests.fleet.sharing import brought, journaled, site_of, started, wait_until

__all__ = ["bare", "cli"]

pytestmark = [pytest.mark.system, pytest.mark.long]

PAGES = 120


def test_it_is_what_one_process_would_crawl(cli: Cli, frontier_url: str, tmp_path: Path) -> None:
    with practice_site() as site:
        alone = cli("crawl", site.url, "-o", "alone", "-q")
        shared = ["crawl", site.url, "-o", "first", "-q", "--frontier", frontier_url]
        with (
            started("work", frontier_url, "-o", "second", "-q") as second,
            started("work", frontier_url, "-o", "third", "-q") as third,
        ):
            for name in ("second", "third"):
                wait_until((tmp_path / name / ".worker").is_file)
            said = cli(*shared)
            assert (second.wait(60), third.wait(60)) == (0, 0)
    assert (said.code, said.err) == (alone.code, alone.err)
    folders = [tmp_path / name for name in ("first", "second", "third")]
    assert brought(folders) == brought([tmp_path / "alone"])
    assert set(journaled(folders).values()) == {1}
    # What one process alone knows to be a loop of redirects, two of them find out by asking.
    assert journaled(folders) == journaled([tmp_path / "alone"])


def test_all_read_one_report(cli: Cli, frontier_url: str, tmp_path: Path) -> None:
    with (
        small_site(site_of(PAGES)) as site,
        started("work", frontier_url, "-o", "second") as second,
    ):
        wait_until((tmp_path / "second/.worker").is_file)
        said = cli("crawl", site, "-o", "first", "--frontier", frontier_url, "--progress", "never")
        out, err = second.communicate(timeout=60)
    assert (said.code, second.returncode, err) == (0, 0, "")
    assert f"{PAGES + 1} stored" in said.out
    assert "crawler gather" in said.out
    assert f"{PAGES + 1} pages" in out
    reports = [path.read_bytes() for path in tmp_path.glob("*/reports/*.json")]
    assert len(reports) == 2
    assert reports[0] == reports[1]
    assert json.loads(reports[0])["outcome"] == "finished"


def test_the_same_line_again_is_a_new_run(cli: Cli, frontier_url: str, tmp_path: Path) -> None:
    with small_site(site_of(5)) as site:
        line = ["crawl", site, "-o", "first", "--frontier", frontier_url, "--progress", "never"]
        assert "run 1" in cli(*line).out
        again = cli(*line[:1], *line[2:])
    assert again.code == 0
    assert "run 2" in again.out
    assert len(list((tmp_path / "first/reports").glob("*.json"))) == 2


def test_who_leaves_gives_back_and_the_same_line_continues(
    cli: Cli, frontier_url: str, tmp_path: Path
) -> None:
    with small_site(site_of(PAGES)) as site:
        line = ["crawl", site, "-o", "first", "--frontier", frontier_url, "--progress", "never"]
        with started(*line, "--delay", "0.02") as first:
            wait_until((tmp_path / "first/crawl.log").is_file)
            first.send_signal(signal.SIGTERM)
            out, _ = first.communicate(timeout=60)
            assert first.returncode == 143
            assert "stopped after" in out
        said = cli("work", frontier_url, "-o", "second", "--wait", "0", "--concurrency", "4")
        assert said.code == 0
    assert "finished" in said.out
    folders = [tmp_path / "first", tmp_path / "second"]
    assert len(brought(folders)) == PAGES + 1
    assert set(journaled(folders).values()) == {1}


def test_a_killed_worker_loses_nothing(cli: Cli, frontier_url: str, tmp_path: Path) -> None:
    with small_site(site_of(PAGES)) as site:
        options = ["--frontier", frontier_url, "--delay", "0.02", "--lease", "2s", "--progress", "never"]
        with started("crawl", site, "-o", "first", *options) as first:
            wait_until((tmp_path / "first/crawl.log").is_file)
            first.kill()
            first.wait(60)
        said = cli("work", frontier_url, "-o", "second", "--progress", "never")
    assert said.code == 0
    folders = [tmp_path / "first", tmp_path / "second"]
    assert len(brought(folders)) == PAGES + 1


def test_it_is_held_back_and_ended_for_all(cli: Cli, frontier_url: str, tmp_path: Path) -> None:
    with small_site(site_of(2000)) as site:
        options = ["--frontier", frontier_url, "--delay", "0.02", "--progress", "never"]
        with started("crawl", site, "-o", "first", *options) as first:
            log = tmp_path / "first/crawl.log"
            # The start page, which takes longest, has landed.
            wait_until(lambda: log.is_file() and log.stat().st_size > 1000)
            assert "paused, 1 worker" in cli("steer", "pause", frontier_url).out
            time.sleep(1)
            size = log.stat().st_size
            time.sleep(1)
            assert log.stat().st_size == size
            assert "going on" in cli("steer", "resume", frontier_url).out
            wait_until(lambda: log.stat().st_size > size)
            assert "stopping" in cli("steer", "stop", frontier_url).out
            out, _ = first.communicate(timeout=60)
            assert (first.returncode, "stopped after" in out) == (0, True)
        assert "is over (stopped)" in cli("steer", "pause", frontier_url).complaint
        # Nobody works for what was stopped.
        late = cli("work", frontier_url, "-o", "second", "--wait", "0")
        assert (late.code, "stopped" in late.out) == (0, True)


def test_the_line_with_other_options_changes_what_runs(cli: Cli, frontier_url: str, tmp_path: Path) -> None:
    with small_site(site_of(400)) as site:
        shared = ["--frontier", frontier_url, "--progress", "never"]
        with started("crawl", site, "-o", "first", *shared, "--delay", "30") as first:
            log = tmp_path / "first/crawl.log"
            wait_until(lambda: log.is_file() and log.stat().st_size > 0)
            said = cli("crawl", site, "-o", "second", *shared, "--delay", "0", "--exclude", "/[5-9].*")
            first.communicate(timeout=60)
    assert (said.code, first.returncode) == (0, 0)
    found = brought([tmp_path / "first", tmp_path / "second"])
    assert f"{site}4" in found
    assert f"{site}5" not in found


def test_there_is_nothing_to_work_for(cli: Cli, frontier_url: str) -> None:
    said = cli("work", frontier_url, "-o", "out", "--wait", "0")
    assert said.code == 2
    assert "no crawl has begun" in said.complaint
    assert "no crawl has begun" in cli("steer", "stop", frontier_url).complaint


@pytest.mark.parametrize(
    ("options", "remedy"),
    [
        (["--no-archive"], "archive"),
        (["--processes", "2"], "crawler work"),
        (["--rules", "rules.toml"], "crawler extract"),
    ],
)
def test_what_cannot_be_shared_is_refused(cli: Cli, options: list[str], remedy: str) -> None:
    said = cli("crawl", "https://example.org/", "--frontier", "redis://localhost:1", *options)
    assert said.code == 2
    assert remedy in said.complaint


def test_a_server_that_is_not_there(cli: Cli) -> None:
    said = cli("crawl", "https://example.org/", "--frontier", "redis://me:secret@127.0.0.1:1/0")
    assert said.code == 1
    assert "redis://127.0.0.1:1/0 does not answer" in said.complaint
    assert "secret" not in said.complaint


def test_who_waits_for_a_crawl_can_be_sent_away(frontier_url: str, tmp_path: Path) -> None:
    with started("work", frontier_url, "-o", str(tmp_path / "out"), "--progress", "never") as waiting:
        wait_until((tmp_path / "out/.worker").is_file)
        time.sleep(0.5)
        waiting.send_signal(signal.SIGTERM)
        _, err = waiting.communicate(timeout=60)
    assert waiting.returncode == 143
    assert "fault" not in err


def test_what_is_gathered_is_what_one_process_has(cli: Cli, frontier_url: str, tmp_path: Path) -> None:
    with practice_site() as site:
        assert cli("crawl", site.url, "-o", "alone", "-q").code == 0
        with started("work", frontier_url, "-o", "second", "-q") as second:
            wait_until((tmp_path / "second/.worker").is_file)
            assert cli("crawl", site.url, "-o", "first", "-q", "--frontier", frontier_url).code == 0
            assert second.wait(60) == 0
    assert cli("gather", "first", "second", "-o", "both", "-q").code == 0
    verified = cli("verify", "both", "-q")
    assert (verified.code, verified.err) == (0, "")
    told = [
        {
            each["url"]: each["digest"]
            for each in map(json.loads, cli("export", name, "--format", "jsonl").out.splitlines())
            if each["state"] == "done"
        }
        for name in ("alone", "both")
    ]
    loops = {each for each in told[0].keys() ^ told[1].keys() if "/moved/" not in each}
    assert not loops
    assert {url: told[0][url] for url in told[1] if url in told[0]} == {
        url: told[1][url] for url in told[1] if url in told[0]
    }
    assert {path.name for path in (tmp_path / "both/reports").glob("*.json")} == {
        path.name for path in (tmp_path / "first/reports").glob("*.json")
    }
