"""Files that belong to no URL are found, and told apart from those that are still to come, and that were once."""

from __future__ import annotations

from pathlib import Path

from crawler.mirror.store import Mirror
from crawler.output import Output
from tests.verification.looking import HOST, crawled, flaws_of, found, tell
from tests.web import OWN, Web, crawl, links


async def test_files_that_nobody_knows(tmp_path: Path) -> None:
    await crawled(tmp_path)
    (tmp_path / "mirror" / HOST / "deeper").mkdir()
    (tmp_path / "mirror" / HOST / "deeper" / "x.html").write_text("hello")
    (tmp_path / "mirror" / "x.html").write_text("hello")
    (tmp_path / "mirror" / HOST / "away").symlink_to("/etc")
    flaws = await flaws_of(tmp_path)
    assert {(flaw.kind.value, flaw.place) for flaw in flaws} == {
        ("orphan-file", f"mirror/{HOST}/deeper/x.html"),
        ("orphan-file", "mirror/x.html"),
        ("strange-file", f"mirror/{HOST}/away"),
    }
    assert all(flaw.advice == "remove it" for flaw in flaws)


async def test_files_in_the_making_are_none_of_it(tmp_path: Path) -> None:
    await crawled(tmp_path)
    (tmp_path / ".partial" / "1-1").write_text("half")
    assert await flaws_of(tmp_path) == []


async def test_what_was_once_there_is_an_older_copy(tmp_path: Path) -> None:
    web = Web({OWN: links("/a"), f"{OWN}a": [links(), links(title="another")]})
    await crawl(web, tmp_path, OWN)
    await crawl(web, tmp_path, OWN, mirror=False)
    assert await found(tmp_path) == {
        ("old-file", f"mirror/{HOST}/{name}") for name in ("a~.html", "index.html")
    }


async def test_what_is_noted_is_no_orphan(tmp_path: Path) -> None:
    """Stubs that a killed run left, at whatever names."""
    await crawled(tmp_path)
    output = Output(tmp_path)
    mirror = Mirror(output.mirror, output.partial)
    mirror.write_now([], [(f"{HOST}/later~.html", f"{OWN}later")])
    flaws = await flaws_of(tmp_path)
    assert [(flaw.kind.value, flaw.place) for flaw in flaws] == [("unfinished", f"mirror/{HOST}/later~.html")]
    assert not flaws[0].is_fault
    for notes in output.partial.glob("stubs-*"):
        notes.unlink()
    assert await found(tmp_path) == {("orphan-file", f"mirror/{HOST}/later~.html")}


async def test_a_file_of_what_is_queued_is_no_orphan(tmp_path: Path) -> None:
    await crawl(Web({OWN: links("/a"), f"{OWN}a": links()}), tmp_path, OWN, max_pages=1)
    for name in ("a~.html", "a~.pdf", "b~.html"):
        (tmp_path / "mirror" / HOST / name).write_text("written, and never told of")
    assert await found(tmp_path) == {
        ("unfinished", f"mirror/{HOST}/a~.html"),
        ("orphan-file", f"mirror/{HOST}/a~.pdf"),
        ("orphan-file", f"mirror/{HOST}/b~.html"),
    }
    # A killed run may have been about to tell of another type.
    tell(tmp_path, "UPDATE run SET ended_at = NULL")
    assert ("unfinished", f"mirror/{HOST}/a~.pdf") in await found(tmp_path)


async def test_names_that_are_no_text(tmp_path: Path) -> None:
    await crawled(tmp_path)
    (tmp_path / "mirror" / "a\udcff.html").write_text("stray")
    assert await found(tmp_path) == {("orphan-file", "mirror/a\\udcff.html")}
