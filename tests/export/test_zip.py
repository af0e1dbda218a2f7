"""The portable file holds what belongs to the dump and nothing else, and hangs together by itself."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

import crawler.startpage.parts
from crawler.errors import UsageError
from crawler.export.zip import write_zip
from tests.export.outputs import HOST, dangling, dump_of, site, zipped
from tests.startpage.test_keeping import killed
from tests.web import OWN, Crash, Web, crawl, images, kept_below, links


async def test_it_holds_the_start_page_the_report_and_every_file_of_the_mirror(tmp_path: Path) -> None:
    report = await crawl(site(), tmp_path, OWN)
    (tmp_path / "mirror" / "stray.html").write_text("<p>of nobody")
    (tmp_path / "mirror" / "127.0.0.1_8000" / "stub~.html").write_text("<p>not landed")
    members, notes, _ = await zipped(tmp_path)
    kept = {f"mirror/{name}": content for name, content in kept_below(tmp_path).items()}
    del kept["mirror/stray.html"], kept[f"{HOST}/stub~.html"]
    assert list(members) == ["index.html", f"reports/{report.run.name}.json", *sorted(kept)]
    assert {name: members[name] for name in kept} == kept
    assert dangling(members) == []
    assert notes == ()


async def test_the_same_output_gives_the_same_bytes(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN)
    assert (await zipped(tmp_path))[2] == (await zipped(tmp_path))[2]


async def test_members_have_the_time_of_their_capture_and_fit_their_type(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN)
    with zipfile.ZipFile(BytesIO((await zipped(tmp_path))[2])) as found:
        for info in found.infolist():
            assert info.date_time[:3] == (2001, 9, 9)
            is_stored = info.compress_type == zipfile.ZIP_STORED
            assert is_stored == info.filename.endswith(".png"), info.filename


async def test_its_start_page_lists_what_is_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler.startpage.parts, "ROWS", 2)
    await crawl(site(), tmp_path, OWN)
    members, _, _ = await zipped(tmp_path)
    assert [name for name in members if name.startswith("pages/")] == ["pages/2.js", "pages/2.html"]
    assert dangling(members) == []
    (tmp_path / "mirror" / "127.0.0.1_8000" / "b~.html").unlink()
    members, notes, _ = await zipped(tmp_path)
    index = LexborHTMLParser(members["index.html"])
    assert "Pages (2)" in [node.text() for node in index.css("h2")]
    assert notes == ("1 file of the mirror not found, or no regular file; crawler verify tells which",)


async def test_no_link_of_the_mirror_is_followed(tmp_path: Path) -> None:
    out = tmp_path / "out"
    await crawl(site(), out, OWN)
    (tmp_path / "secret").write_text("secret")
    page = out / HOST / "a~.html"
    page.unlink()
    page.symlink_to(tmp_path / "secret")
    members, notes, data = await zipped(out)
    assert f"{HOST}/a~.html" not in members
    assert b"secret" not in data
    assert len(notes) == 1


async def test_the_copy_of_a_killed_crawl_leads_only_to_what_is_in_it(tmp_path: Path) -> None:
    await killed(tmp_path, 5)
    members, (note,), _ = await zipped(tmp_path)
    assert "goes on or was interrupted" in note
    assert dangling(members) == []
    assert f'href="{OWN}004"'.encode() in members[f"{HOST}/index.html"]
    assert b"goes on, or was interrupted" in members["index.html"]


async def test_while_a_crawl_goes_on_it_is_of_one_moment(tmp_path: Path) -> None:
    seen = []

    async def exports(_: object) -> str:
        seen.append(await zipped(tmp_path))
        raise Crash

    web = site()
    web.says[f"{OWN}b"] = exports  # type: ignore[assignment]
    with pytest.raises((Crash, BaseExceptionGroup)):
        await crawl(web, tmp_path, OWN, concurrency=1)
    ((members, notes, _),) = seen
    assert dangling(members) == []
    assert len(notes) == 1


async def test_picked_pages_come_with_what_they_need(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN)
    members, notes, _ = await zipped(tmp_path, f"{OWN}a")
    names = ("a~.html", "bg.png", "deep.css", "f.ttf", "f~.html", "in-frame.png", "s.css")
    assert list(members) == ["index.html", *(f"{HOST}/{name}" for name in names)]
    assert dangling(members) == []
    assert f'href="{OWN}b"'.encode() in members[f"{HOST}/a~.html"]
    index = LexborHTMLParser(members["index.html"])
    assert [node.text() for node in index.css("#pages bdi")] == ["A"]
    assert index.css_first("h1").text() == "Some pages of 127.0.0.1:8000"  # type: ignore[union-attr]
    assert notes == ()


async def test_pages_that_are_picked_together_lead_to_each_other(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN)
    members, _, _ = await zipped(tmp_path, f"{OWN}moved", OWN)
    assert list(members) == ["index.html", *(f"{HOST}/{name}" for name in ("b~.html", "i.png", "index.html"))]
    assert b'href="b~.html"' in members[f"{HOST}/index.html"]
    assert f'href="{OWN}a"'.encode() in members[f"{HOST}/index.html"]


async def test_without_originals_pages_go_in_as_they_lie_and_it_says_so(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN)
    for segment in (tmp_path / "archive").glob("*.warc.gz"):
        segment.unlink()
    members, notes, _ = await zipped(tmp_path, f"{OWN}b")
    assert list(members) == ["index.html", f"{HOST}/b~.html"]
    assert members[f"{HOST}/b~.html"] == (tmp_path / HOST / "b~.html").read_bytes()
    assert "1 page could not be made anew" in notes[0]


@pytest.mark.parametrize("archive", [True, False])
async def test_texts_alone_are_made_anew(tmp_path: Path, archive: bool) -> None:
    await crawl(site(), tmp_path, OWN, archive=archive)
    members, notes, _ = await zipped(tmp_path, OWN)
    assert members[f"{HOST}/i.png"] == b"\x89PNGi"
    assert notes == ()


async def test_there_must_be_something_to_export(tmp_path: Path) -> None:
    await crawl(site(), tmp_path / "off", OWN, mirror=False)
    with pytest.raises(UsageError, match="crawl again with the mirror on"):
        await zipped(tmp_path / "off")
    await crawl(Web({OWN: links("/gone")}), tmp_path / "on", OWN)
    with pytest.raises(UsageError, match="nothing of it lies in the mirror; try crawler why"):
        await zipped(tmp_path / "on", f"{OWN}gone")


async def test_names_are_utf_8(tmp_path: Path) -> None:
    web = Web({OWN: links("/%C3%A9", text=images("/%E6%97%A5.png"))})
    web.says |= {f"{OWN}%C3%A9": links(title="\u00e9"), f"{OWN}%E6%97%A5.png": b"\x89PNG"}
    await crawl(web, tmp_path, OWN)
    members, _, _ = await zipped(tmp_path)
    assert dangling(members) == []
    assert any("\u00e9" in name for name in members)
    assert any("\u65e5" in name for name in members)


async def test_a_run_that_begins_meanwhile_is_noted(tmp_path: Path) -> None:
    await crawl(site(), tmp_path, OWN)
    file = BytesIO()
    async with dump_of(tmp_path) as dump:
        await dump.ledger.counts()
        await crawl(site(), tmp_path, OWN)
        (note,) = await write_zip(dump, file)
    assert note.startswith("a run began meanwhile")
