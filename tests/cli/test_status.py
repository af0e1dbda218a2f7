import json
from pathlib import Path

from crawler.practice.serving import PracticeSite
from tests.cli.conftest import Cli, crawl
from tests.cli.sites import small_site


def test_it_is_a_few_aligned_lines(cli: Cli, crawled: Path, site: PracticeSite) -> None:
    said = cli("status", str(crawled))
    assert (said.code, said.err) == (0, "")
    first, blank, runs, run, blank_too, hosts, host = said.out.splitlines()
    assert first.startswith("125 URLs on 1 host: 119 done, 4 failed, 2 excluded, 0 queued")
    assert (blank, blank_too) == ("", "")
    assert runs.split() == ["run", "started", "outcome", "pages", "requests", "received"]
    assert run.split()[0] == "1"
    assert runs.index("outcome") == run.index("finished")
    assert len(runs) == len(run)
    assert hosts.split() == ["host", "pages", "done", "failed", "excluded", "queued", "pause"]
    assert host.split()[0] == site.url.removeprefix("http://").rstrip("/")
    assert host.split()[1:] == ["54", "119", "4", "2", "0", "0s"]
    assert len(hosts) == len(host)


def test_json_has_what_scripts_rely_on(cli: Cli, begun: Path, site: PracticeSite) -> None:
    said = cli("status", str(begun), "--json")
    assert (said.code, said.err) == (0, "")
    values = json.loads(said.out)
    assert set(values) == {"counts", "runs", "hosts", "seeds"}
    counts = values["counts"]
    assert {"queued", "claimed", "done", "failed", "excluded", "hosts"} <= set(counts)
    assert counts["queued"] > 0
    (run,) = values["runs"]
    assert set(run) == {
        *("number", "run", "started_at", "ended_at", "outcome", "pages", "requests", "bytes"),
    }
    assert (run["pages"], run["outcome"]) == (3, "max-pages")
    assert run["started_at"].endswith("Z")
    (host,) = values["hosts"]
    assert host["queued"] == counts["queued"]
    assert values["seeds"][0]["url"] == site.url
    assert values["seeds"][0]["state"] == "done"


def test_only_the_last_runs_are_shown(cli: Cli, tmp_path: Path) -> None:
    with small_site({"/": (200, {}, b"hello")}) as url:
        for _ in range(7):
            crawl(tmp_path / "output", url)
    said = cli("status")
    assert [line.split()[0] for line in said.out.splitlines()[3:8]] == ["3", "4", "5", "6", "7"]
    assert len(json.loads(cli("status", "--json").out)["runs"]) == 7
