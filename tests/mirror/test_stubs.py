"""Stubs: what they say to a browser, a style sheet, a script; and the notes by which they are found again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import tinycss2
from selectolax.lexbor import LexborHTMLParser

from crawler.links.refresh import refresh_span
from crawler.mirror.stubs import MARK, Note, StubNotes, is_stub, stub

URL = "http://a.example/x?a=1&b={2}\"'<c>"


def test_a_stub_sends_the_reader_to_the_live_page() -> None:
    tree = LexborHTMLParser(stub(URL, "secret"))
    (refresh,) = tree.css("meta[http-equiv=refresh]")
    content = refresh.attributes["content"] or ""
    span = refresh_span(content)
    assert span is not None
    assert content[slice(*span)] == URL
    (link,) = tree.css("a")
    assert (link.attributes["href"], link.text()) == (URL, URL)


def test_a_stub_in_the_place_of_a_style_sheet_or_a_script_does_nothing() -> None:
    text = stub(URL, "secret").decode()
    rules = tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)
    assert [rule.type for rule in rules] == ["error"]
    # From `<!--` to the end of the line is a comment.
    assert text.startswith("<!--")
    assert len(text.splitlines()) == 1


def test_a_stub_is_known_by_the_secret_of_its_notes_alone() -> None:
    content = stub(URL, "secret")
    assert content.startswith(MARK)
    assert is_stub(content[:64], "secret")
    assert not is_stub(content, "secre")
    assert not is_stub(content, "other")
    assert not is_stub(b"", "secret")


def test_notes_of_all_processes_are_read_until_they_are_cleared(tmp_path: Path) -> None:
    notes = StubNotes(tmp_path)
    notes.add(["h/a.html", "h/ä.html"], [("h/b.html", "http://h/b")])
    code = f"""
from pathlib import Path
from crawler.mirror.stubs import StubNotes
StubNotes(Path({str(tmp_path)!r})).add(["h/c.html"])
"""
    subprocess.run([sys.executable, "-c", code], check=True)
    found = list(StubNotes(tmp_path).read())
    ours = [each for each in found if each.secret == notes.secret]
    assert ours == [Note("h/a.html", notes.secret), Note("h/ä.html", notes.secret)]
    assert Note("h/b.html", key="http://h/b") in found
    (theirs,) = [each for each in found if each.secret not in {notes.secret, ""}]
    assert theirs.path == "h/c.html"
    notes.clear()
    assert list(notes.read()) == []


def test_nothing_to_note_makes_no_file(tmp_path: Path) -> None:
    StubNotes(tmp_path).add([])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("torn", [b"secret\th/b", b"secret", b"left\th/b.html\n", b"\xff\n", b"\n", b""])
def test_a_torn_line_is_no_note(tmp_path: Path, torn: bytes) -> None:
    notes = StubNotes(tmp_path)
    notes.add(["h/a.html"])
    (file,) = tmp_path.iterdir()
    file.write_bytes(file.read_bytes() + torn)
    assert list(notes.read()) == [Note("h/a.html", notes.secret)]


def test_notes_are_not_written_through_a_link(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "partial", tmp_path / "elsewhere"
    folder.mkdir()
    notes = StubNotes(folder)
    notes.add(["h/a.html"])
    (file,) = folder.iterdir()
    file.unlink()
    file.symlink_to(elsewhere)
    with pytest.raises(OSError, match="Too many levels"):
        notes.add(["h/b.html"])
    assert not elsewhere.exists()
