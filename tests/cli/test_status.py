import json
from pathlib import Path

from crawler.practice.serving import PracticeSite
from tests.cli.conftest import Cli, crawl
from tests.cli.sites import small_site


def test_it_is_a_few_aligned_lines(cli: Cli, crawled: Path, site: PracticeSite) -> None:
    said = cli("status", str(crawled))
    assert (said.code, said.err) == (0, "")
    first, failed, seeds, blank, runs, run, *lines = said.out.splitlines()
    blank_too, hosts, host, _, disk = lines
    assert disk.startswith("on disk: ")
    assert [each.split()[0] for each in disk.split(": ")[2].split(", ")] == [
        *("archive", "mirror", "database", "reports", "others"),
    ]
    assert first.startswith("125 URLs on 1 host: 119 done, 4 failed, 2 excluded, 0 queued")
    assert failed.startswith("failed: http_404 ")
    assert seeds == "seeds: 1: 1 complete"
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
    assert set(values) == {"counts", "runs", "hosts", "seeds", "failures", "heals", "disk_bytes"}
    disk = values["disk_bytes"]
    assert disk["total"] == sum(size for name, size in disk.items() if name != "total")
    assert min(disk.values()) > 0
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
    seeds = values["seeds"]
    assert (seeds["complete"], seeds["cut"], seeds["waiting"], seeds["dead"]) == (0, 1, 0, 0)
    (cut,) = seeds["incomplete"]
    assert (cut["url"], cut["fate"], cut["reason"]) == (site.url, "cut", "max-pages")
    assert cut["queued"] == counts["queued"]


def test_only_the_last_runs_are_shown(cli: Cli, tmp_path: Path) -> None:
    with small_site({"/": (200, {}, b"hello")}) as url:
        for _ in range(7):
            crawl(tmp_path / "output", url)
    said = cli("status")
    assert [line.split()[0] for line in said.out.splitlines()[4:9]] == ["3", "4", "5", "6", "7"]
    assert len(json.loads(cli("status", "--json").out)["runs"]) == 7


def test_what_can_heal_and_what_waits_is_told(cli: Cli, tmp_path: Path, closed_url: str) -> None:
    busy = {"/": (200, {}, b'<a href="/a">a</a>'), "/a": (503, {"Retry-After": "60"}, b"")}
    with small_site(busy) as url:
        crawl(tmp_path / "output", url, max_wait=1, retries=1)
        said = cli("status")
        lines = said.out.splitlines()
        name = url.removeprefix("http://").rstrip("/")
        assert lines[1] == "seeds: 1: 1 waiting"
        assert lines[2].startswith(f"  {url}  waiting until 2")
        assert lines[2].endswith("Z: http_503; 1 queued")
        assert lines[-2].split() == ["not", "now", "queued", "ready", "in", "why"]
        assert lines[-1].split()[0] == name
        assert lines[-1].endswith(" http_503")
        (host,) = json.loads(cli("status", "--json").out)["hosts"]
        assert 0 < host["wait_seconds"] <= 60
        assert host["due_at"].endswith("Z")
        crawl(tmp_path / "other", closed_url, retries=0)
        said = cli("status", "other")
    assert said.out.splitlines()[1] == "failed: connect 1; 1 may heal, the next run takes them up first"
    assert json.loads(cli("status", "other", "--json").out)["failures"] == {"connect": 1}
    assert json.loads(cli("status", "other", "--json").out)["heals"] == 1
