"""What workers of a shared crawl bring home is gathered while they work, and is what one crawl would have left."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Cli, bare, cli
from tests.cli.sites import practice_site, small_site
from tests.fleet.sharing import brought, site_of, started, wait_until
from tests.union.gathering import untouched

__all__ = ["bare", "cli"]

pytestmark = [pytest.mark.system, pytest.mark.long]

NAMES = ("first", "second", "third")


def shown(cli: Cli, output: str) -> dict[str, tuple[str, str | None, int]]:
    """State, digest and depth of every URL; what one process alone knows to be a loop of redirects aside."""
    rows = map(json.loads, cli("export", output, "--format", "jsonl").out.splitlines())
    return {
        row["url"]: (row["state"], row["digest"], row["depth"]) for row in rows if "/moved/" not in row["url"]
    }


def test_it_is_what_one_crawl_would_have_left(cli: Cli, frontier_url: str, tmp_path: Path) -> None:
    with practice_site() as site:
        alone = cli("crawl", site.url, "-o", "alone", "-q")
        line = ["crawl", site.url, "-o", "first", "-q", "--frontier", frontier_url]
        with (
            started("work", frontier_url, "-o", "second", "-q") as second,
            started("work", frontier_url, "-o", "third", "-q") as third,
        ):
            wait_until(lambda: all((tmp_path / name).is_dir() for name in NAMES[1:]))
            with started(*line) as first:
                wait_until((tmp_path / "first").is_dir)
                gatherings = 0
                while first.poll() is None:
                    assert cli("gather", *NAMES, "-o", "output", "-q").code == 0
                    assert cli("verify", "output", "-q").code == 0
                    gatherings += 1
            assert (first.returncode, second.wait(60), third.wait(60)) == (alone.code, 0, 0)
    assert gatherings > 1
    with untouched(tmp_path / name for name in NAMES):
        assert cli("gather", *NAMES, "-o", "output", "-q").code == 0
    assert shown(cli, "output") == shown(cli, "alone")
    runs = json.loads(cli("status", "output", "--json").out)["runs"]
    assert [each["outcome"] for each in runs] == ["finished"]
    assert cli("verify", "output").code == 0


def test_a_killed_worker_costs_nothing_that_was_finished(cli: Cli, frontier_url: str, tmp_path: Path) -> None:
    with small_site(site_of(150)) as site:
        line = [
            "crawl",
            site,
            "-o",
            "first",
            "-q",
            "--frontier",
            frontier_url,
            "--lease",
            "2",
            "--delay",
            "0.01",
        ]
        with started("work", frontier_url, "-o", "second", "-q") as second, started(*line) as first:
            log = tmp_path / "second/crawl.log"
            wait_until(lambda: log.is_file() and log.stat().st_size > 0)
            second.kill()
            second.wait(60)
            torn = tmp_path / "second"
            with started("work", frontier_url, "-o", "third", "-q") as third:
                assert (first.wait(100), third.wait(60)) == (0, 0)
    assert list(torn.glob("archive/*.warc.gz"))
    assert cli("gather", *NAMES, "-o", "output", "-q").code == 0
    rows = [json.loads(each) for each in cli("export", "output", "--format", "jsonl").out.splitlines()]
    assert {row["state"] for row in rows if not row["url"].endswith("robots.txt")} == {"done"}
    assert len(rows) == len({row["url"] for row in rows})
    pages = {row["url"]: (row["digest"] or "").removeprefix("sha256:") for row in rows}
    folders = [tmp_path / name for name in NAMES]
    assert brought(folders).items() <= pages.items()
    assert cli("verify", "output", "-q").code == 0


def test_changes_between_two_shared_runs(cli: Cli, frontier_url: str, tmp_path: Path) -> None:
    pages = site_of(12)
    with small_site(pages) as site:
        line = ["-o", "first", "-q", "--frontier", frontier_url]
        for _ in range(2):
            # It may come too late to find anything, and then waits for the next run.
            with started("work", frontier_url, "-o", "second", "-q"):
                wait_until((tmp_path / "second").is_dir)
                assert cli("crawl", site, *line).code == 0
            assert cli("gather", "first", "second", "-o", "output", "-q").code == 0
            pages["/3"] = (200, {}, b"<title>3</title><p>Another text altogether, of today.</p>")
            pages["/4"] = (410, {}, b"gone")
        told = json.loads(cli("changes", "output", "--json").out)
    assert [each["url"] for each in told["changed"]] == [f"{site}3"]
    assert [each["url"] for each in told["gone"]] == [f"{site}4"]
    assert len(json.loads(cli("status", "output", "--json").out)["runs"]) == 2
    assert {path.suffix for path in (tmp_path / "output" / "reports").iterdir()} == {".html", ".json"}
