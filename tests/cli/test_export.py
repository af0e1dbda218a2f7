import errno
import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from crawler.practice.serving import PracticeSite
from crawler.practice.truth import truth
from tests.cli.conftest import Cli

FIELDS = {
    *("url", "state", "status", "media_type", "size_bytes", "digest", "captured_at"),
    *("last_status", "last_at", "reason", "depth", "via", "hops", "mirror_path"),
}


def test_every_url_is_one_object_with_the_fields_of_the_contract(
    cli: Cli, crawled: Path, site: PracticeSite
) -> None:
    said = cli("export", str(crawled), "--format", "jsonl")
    assert (said.code, said.err) == (0, "")
    entries = {entry["url"]: entry for entry in map(json.loads, said.out.splitlines())}
    expected = truth(site.url)
    assert expected.pages | expected.requisites | expected.documents <= entries.keys()
    for entry in entries.values():
        assert set(entry) == FIELDS
        assert entry["state"] in {"queued", "claimed", "done", "failed", "excluded"}
        if entry["digest"]:
            assert re.fullmatch(r"sha256:[0-9a-f]{64}", entry["digest"])
            assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", entry["captured_at"])
        if entry["mirror_path"]:
            assert (crawled / "mirror" / entry["mirror_path"]).is_file()
    ghost = entries[f"{site.url}wrecks/ghost"]
    assert (ghost["state"], ghost["status"], ghost["last_status"]) == ("failed", None, 404)
    about = entries[f"{site.url}about"]
    assert (about["status"], about["last_status"], about["depth"]) == (200, 200, 1)


def test_it_goes_into_a_file(cli: Cli, crawled: Path) -> None:
    said = cli("export", str(crawled), "--format", "jsonl", "-O", "pages.jsonl")
    assert (said.code, said.out, said.err) == (0, "", "")
    assert Path("pages.jsonl").read_text() == cli("export", str(crawled), "--format", "jsonl").out


def test_urls_may_be_picked(cli: Cli, crawled: Path, site: PracticeSite) -> None:
    urls = [f"{site.url}about", f"{site.url}wrecks/ghost#x"]
    said = cli("export", str(crawled), "--format", "jsonl", "--url", urls[0], "--url", urls[1])
    assert [json.loads(line)["url"] for line in said.out.splitlines()] == [
        f"{site.url}about",
        f"{site.url}wrecks/ghost",
    ]


def test_an_unknown_url_is_usage_and_costs_no_file(cli: Cli, crawled: Path, site: PracticeSite) -> None:
    Path("pages.jsonl").write_text("mine")
    more = ["--url", f"{site.url}about", "--url", f"{site.url}nowhere"]
    said = cli("export", str(crawled), "--format", "jsonl", "-O", "pages.jsonl", *more)
    assert said.code == 2
    assert "crawler why" in said.complaint
    assert Path("pages.jsonl").read_text() == "mine"


def test_a_place_that_cannot_be_written_is_usage(cli: Cli, crawled: Path, tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "missing" / "pages.jsonl"):
        said = cli("export", str(crawled), "--format", "jsonl", "-O", str(place))
        assert said.code == 2
        assert "-O" in said.complaint


def test_a_torn_export_keeps_no_final_name(cli: Cli, crawled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("pages.jsonl").write_text("of yesterday")

    def full(_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("crawler.export.jsonl.jsonl_line", full)
    said = cli("export", str(crawled), "--format", "jsonl", "-O", "pages.jsonl")
    assert said.code == 1
    assert "make room, then export again" in said.complaint
    assert Path("pages.jsonl").read_text() == "of yesterday"
    assert list(Path.cwd().glob("*.part")) == []


def test_it_goes_where_a_link_leads_and_into_a_device(cli: Cli, crawled: Path) -> None:
    Path("link.jsonl").symlink_to("real.jsonl")
    for name in ("link.jsonl", "/dev/null"):
        assert cli("export", str(crawled), "--format", "jsonl", "-O", name).code == 0
    assert Path("link.jsonl").is_symlink()
    assert Path("real.jsonl").read_text()
    assert Path("/dev/null").is_char_device()


def test_a_lost_database_is_told_and_not_rebuilt(cli: Cli, crawled: Path, tmp_path: Path) -> None:
    out = tmp_path / "copy"
    shutil.copytree(crawled, out)
    (out / "crawl.db").unlink()
    for line in (
        ("status", str(out)),
        ("export", str(out), "--format", "jsonl"),
        ("why", "http://a.org/", "-o", str(out)),
    ):
        said = cli(*line)
        assert said.code == 1
        assert "crawl.db is missing; crawl into this folder again" in said.complaint
    shutil.copy(crawled / "crawl.db", out)
    (out / ".damaged").touch()
    assert "crawl.db is damaged; crawl into this folder again" in cli("status", str(out)).complaint
    (out / ".damaged").unlink()
    (out / "crawl.db").write_bytes(b"\xa5" * 8192)
    assert "is damaged (file is not a database); crawl into" in cli("status", str(out)).complaint
    assert not list(out.glob("crawl.db.*"))


def test_a_zip_file_is_browsed_anywhere(cli: Cli, crawled: Path) -> None:
    said = cli("export", str(crawled), "--format", "zip", "-O", "copy.zip")
    assert (said.code, said.out, said.err) == (0, "", "")
    with zipfile.ZipFile("copy.zip") as found:
        assert found.testzip() is None
        names = found.namelist()
        assert names[0] == "index.html"
        assert not [
            name for name in names if name.partition("/")[0] not in {"index.html", "mirror", "reports"}
        ]
        found.extractall("copy")
    for path in (crawled / "mirror").rglob("*"):
        if path.is_file():
            copy = Path("copy") / path.relative_to(crawled)
            assert copy.read_bytes() == path.read_bytes()


def test_a_zip_file_needs_a_name(cli: Cli, crawled: Path) -> None:
    said = cli("export", str(crawled), "--format", "zip")
    assert said.code == 2
    assert "-O copy.zip" in said.complaint


def test_a_zip_file_of_one_page(cli: Cli, crawled: Path, site: PracticeSite) -> None:
    said = cli("export", str(crawled), "--format", "zip", "-O", "one.zip", "--url", f"{site.url}about")
    assert (said.code, said.err) == (0, "")
    with zipfile.ZipFile("one.zip") as found:
        pages = [name for name in found.namelist() if name.endswith("about~.html")]
        assert len(pages) == 1
        assert f'href="{site.url}'.encode() in found.read(pages[0])
    said = cli(
        "export", str(crawled), "--format", "zip", "-O", "none.zip", "--url", f"{site.url}wrecks/ghost"
    )
    assert said.code == 2
    assert "nothing of it lies in the mirror" in said.complaint
    assert not list(Path().glob("none.zip*"))


def test_what_is_odd_about_a_zip_file_is_noted(cli: Cli, crawled: Path, tmp_path: Path) -> None:
    shutil.copytree(crawled, tmp_path / "copy")
    next((tmp_path / "copy" / "mirror").rglob("*.png")).unlink()
    said = cli("export", str(tmp_path / "copy"), "--format", "zip", "-O", "copy.zip")
    assert said.code == 0
    assert said.err.startswith("crawler: note: 1 file of the mirror not found")
