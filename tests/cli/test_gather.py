"""`crawler gather`, as a person uses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from crawler.practice.serving import PracticeSite
from tests.cli.conftest import Cli, crawl
from tests.union.gathering import split, untouched


@pytest.fixture
def workers(crawled: Path, tmp_path: Path) -> list[Path]:
    return split(crawled, tmp_path / "w0", tmp_path / "w1", wanders=5)


@pytest.mark.long
def test_all_commands_work_on_what_was_gathered(
    cli: Cli, crawled: Path, site: PracticeSite, workers: list[Path]
) -> None:
    with untouched(workers):
        said = cli("gather", *map(str, workers), "-o", "output")
    assert (said.code, said.err) == (0, "")
    first, second, third = said.out.splitlines()
    assert first.startswith("gathered ")
    assert first.endswith(" from 2 folders into output")
    assert " pages; " in second
    assert third == "start at output/index.html"
    assert cli("verify", "output").code == 0
    mine, theirs = (json.loads(cli("status", where, "--json").out) for where in ("output", str(crawled)))
    for each in ("requests", "wire_bytes", "retries"):
        # robots.txt and what gave no answer are told by no record.
        del mine["counts"][each], theirs["counts"][each]
    assert mine["counts"] == theirs["counts"]
    assert mine["failures"] == theirs["failures"]
    rows = [
        sorted(cli("export", where, "--format", "jsonl").out.splitlines())
        for where in ("output", str(crawled))
    ]
    shown = [
        {
            row["url"]: (row["state"], row["digest"], row["mirror_path"], row["depth"])
            for row in map(json.loads, each)
        }
        for each in rows
    ]
    assert shown[0] == shown[1]
    ways = [
        cli("why", f"{site.url}about", "-o", where).out.splitlines()[1:3]
        for where in ("output", str(crawled))
    ]
    assert ways[0] == ways[1]
    assert cli("gather", *map(str, workers), "-o", "output").out == "nothing new in 2 folders\n"
    assert cli("gather", *map(str, workers), "-o", "output", "-q").out == ""


@pytest.mark.long
def test_for_programs(cli: Cli, workers: list[Path]) -> None:
    told = json.loads(cli("gather", str(workers[0]), "-o", "output", "--json").out)
    assert told["outcome"] == "gathered"
    assert told["is_new"]
    told = json.loads(cli("gather", *map(str, workers), "-o", "output", "--json").out)
    assert told["urls"] > 0
    assert told["damaged"] == []


def test_bad_folders_are_one_line(cli: Cli, crawled: Path, site: PracticeSite, tmp_path: Path) -> None:
    Path("file").write_text("no folder")
    Path("empty").mkdir()
    crawl(tmp_path / "bare", site.url, archive=False, max_pages=1)
    for folder, complaint in (
        ("nowhere", "nowhere does not exist; name the output folders"),
        ("file", "file is no folder; name the output folders"),
        ("empty", "empty holds no crawl; name the output folders"),
        ("bare", "bare keeps no archive, so there is nothing to gather; crawl without --no-archive"),
        ("output", "output is to be gathered from and into; give another folder with -o"),
    ):
        said = cli("gather", folder, str(crawled), "-o", "output")
        assert said.code == 2
        assert complaint in said.complaint
        assert not Path("output").exists()
    said = cli("gather", str(crawled), "-o", "bare")
    assert said.code == 2
    assert "bare holds a crawl of its own; give another folder with -o" in said.complaint
    assert cli("gather").code == 2


@pytest.mark.long
def test_damage_is_told_also_in_silence(cli: Cli, workers: list[Path]) -> None:
    (path,) = (workers[0] / "archive").glob("*.warc.gz")
    octets = bytearray(path.read_bytes())
    octets[len(octets) // 2 : len(octets) // 2 + 9] = bytes(9)
    path.write_bytes(octets)
    said = cli("gather", *map(str, workers), "-o", "output", "-q")
    assert said.code == 3
    assert f"{path} is damaged" in said.complaint
    assert cli("verify", "output", "-q").code == 0
