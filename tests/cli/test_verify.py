"""`crawler verify`: the verdict, the faults and the exit codes of the contract."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from crawler.output import Output
from tests.cli.conftest import Cli, crawl
from tests.cli.sites import small_site

PAGE = b"<title>home</title><link rel=stylesheet href=/s.css><img src=/i.png><a href=/a>a</a>"


@pytest.fixture
def copy(crawled: Path, tmp_path: Path) -> Path:
    """The practice site, to be damaged."""
    return Path(shutil.copytree(crawled, tmp_path / "copy"))


def files_of(folder: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path): (path.lstat().st_mtime_ns, path.read_bytes() if path.is_file() else b"")
        for path in folder.rglob("*")
    }


def test_a_sound_copy_is_one_line(cli: Cli, crawled: Path) -> None:
    before = files_of(crawled)
    said = cli("verify", str(crawled))
    assert (said.code, said.err) == (0, "")
    (verdict,) = said.out.splitlines()
    assert verdict.startswith(f"{crawled} is sound: 125 URLs, ")
    assert files_of(crawled) == before


def test_a_cut_crawl_is_sound_too(cli: Cli, begun: Path) -> None:
    said = cli("verify", str(begun))
    assert said.code == 0
    assert " is sound" in said.out.splitlines()[-1]


def test_quiet_says_nothing_of_it(cli: Cli, crawled: Path) -> None:
    said = cli("verify", str(crawled), "-q")
    assert (said.code, said.out, said.err) == (0, "", "")


def test_json_of_a_sound_copy(cli: Cli, crawled: Path) -> None:
    said = cli("verify", str(crawled), "--json")
    assert (said.code, said.err) == (0, "")
    values = json.loads(said.out)
    assert (values["flaws"], values["counts"]) == ([], {})
    assert (values["faults"], values["remarks"], values["is_sound"]) == (0, 0, True)
    assert values["checked"]["urls"] == 125
    assert values["output"] == str(crawled)


def planted(copy: Path) -> set[tuple[str, str]]:
    """Faults of many kinds; gives kind and place of what must be found at least."""
    mirror = Output(copy).mirror
    pages = sorted(path for path in mirror.rglob("*.html") if path.stat().st_size > 300)
    cut, altered, gone = pages[0], pages[1], min(mirror.rglob("*.svg"))
    os.truncate(cut, 200)
    altered.write_bytes(altered.read_bytes().replace(b"<title>", b"<Title>", 1))
    gone.unlink()
    (mirror / "stray.html").write_text("stray")
    (copy / "index.html").unlink()
    return {
        ("altered-file", str(cut.relative_to(copy))),
        ("altered-file", str(altered.relative_to(copy))),
        ("missing-file", str(gone.relative_to(copy))),
        ("orphan-file", "mirror/stray.html"),
        ("missing-start-page", "index.html"),
    }


def test_planted_faults_are_found_and_each_says_what_to_do(cli: Cli, copy: Path) -> None:
    faults = planted(copy)
    said = cli("verify", str(copy), "--json")
    assert (said.code, said.err) == (3, "")
    values = json.loads(said.out)
    assert {(each["kind"], each["place"]) for each in values["flaws"]} >= faults
    assert all(each["advice"] and each["what"] for each in values["flaws"])
    assert values["faults"] == sum(each["is_fault"] for each in values["flaws"])
    assert values["counts"]["altered-file"] == 2
    assert values["is_sound"] is False


def test_the_same_as_text(cli: Cli, copy: Path) -> None:
    faults = planted(copy)
    said = cli("verify", str(copy))
    assert (said.code, said.err) == (3, "")
    *lines, verdict = said.out.splitlines()
    for kind, place in faults:
        assert any(line.startswith(f"{kind}: {place} ") and "; " in line for line in lines)
    assert f"{copy} has " in verdict
    assert "altered-file 2" in verdict
    assert cli("verify", str(copy), "-q").out.splitlines()[-1] == verdict


def test_of_each_kind_ten_are_shown_and_the_rest_is_counted(cli: Cli, copy: Path) -> None:
    for number in range(15):
        (copy / "mirror" / f"stray{number}.html").write_text("stray")
    lines = cli("verify", str(copy)).out.splitlines()
    assert sum(line.startswith("orphan-file: ") for line in lines) == 10
    assert lines[-2] == "and more; --json lists them all"
    assert "has 15 faults (orphan-file 15): " in lines[-1]


def test_names_and_urls_cannot_move_a_cursor(cli: Cli, copy: Path) -> None:
    (copy / "mirror" / "a\x1b[2Jb.html").write_text("stray")
    said = cli("verify", str(copy))
    assert "\x1b" not in said.out
    assert "a\\x1b[2Jb.html" in said.out
    assert json.loads(cli("verify", str(copy), "--json").out)["flaws"][0]["place"] == "mirror/a\x1b[2Jb.html"


def test_a_cut_archive(cli: Cli, copy: Path) -> None:
    (segment,) = Output(copy).archive.glob("*.warc.gz")
    os.truncate(segment, segment.stat().st_size - 1)
    said = cli("verify", str(copy))
    assert said.code == 3
    assert f"short-segment: archive/{segment.name} has " in said.out


def test_remarks_are_no_faults(cli: Cli, tmp_path: Path) -> None:
    with small_site({"/": (200, {}, PAGE), "/a": (200, {}, b"a")}) as url:
        crawl(tmp_path / "output", url)
    said = cli("verify")
    assert said.code == 0
    lines = said.out.splitlines()
    assert [line.split(":")[0] for line in lines[:2]] == ["absent-requisite"] * 2
    assert lines[2] == "output is sound, 2 remarks (absent-requisite 2): 4 URLs, 2 files, 4 answers checked"
    assert cli("verify", "-q").out == ""


def test_three_remarks_of_a_kind_are_shown(cli: Cli, copy: Path) -> None:
    for number in range(5):
        (copy / "archive" / f"{number}.txt").write_text("mine")
    lines = cli("verify", str(copy)).out.splitlines()
    assert [line.partition(":")[0] for line in lines[:-1]] == ["foreign-file"] * 3 + [
        "and more; --json lists them all"
    ]
    assert "is sound, 5 remarks (foreign-file 5): " in lines[-1]


def test_what_was_deleted_comes_back_as_it_says(cli: Cli, tmp_path: Path) -> None:
    pages = {
        "/": (200, {}, PAGE),
        "/a": (200, {"ETag": '"1"'}, b"a"),
        "/s.css": (200, {"Content-Type": "text/css"}, b"p{}"),
        "/i.png": (200, {"Content-Type": "image/png"}, b"\x89PNG"),
    }
    with small_site(pages) as url:
        assert cli("crawl", url, "-q").code == 0
        shutil.rmtree(tmp_path / "output" / "mirror")
        said = cli("verify")
        assert said.code == 3
        assert "crawl with --fresh" in said.out
        assert cli("crawl", url, "-q", "--fresh").code == 0
    assert cli("verify").code == 0


def test_while_a_run_holds_it(cli: Cli, copy: Path) -> None:
    with Output(copy).hold():
        said = cli("verify", str(copy))
    assert said.code == 75
    assert "a run holds" in said.complaint


@pytest.mark.parametrize(("arguments", "code"), [(["none"], 2), (["--wrong"], 2), ([""], 2)])
def test_usage(cli: Cli, arguments: list[str], code: int) -> None:
    said = cli("verify", *arguments)
    assert said.code == code
    assert said.complaint


def test_a_damaged_database_is_one_line(cli: Cli, copy: Path) -> None:
    (copy / "crawl.db").write_bytes(b"x" * 8192)
    said = cli("verify", str(copy))
    assert said.code == 1
    assert "crawl into this folder again" in said.complaint


def test_in_a_process_of_its_own(process: Cli, copy: Path) -> None:
    said = process("verify", str(copy))
    assert (said.code, said.err) == (0, "")
