"""What changed, on a page: whatever the web calls itself stays text."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from crawler.changes import Change, ChangeKind, ChangeList
from crawler.reportpage.changed import changes_page
from crawler.standing import Run

RUNS = Run(number=1, name="a", started_at=0.0), Run(number=2, name="b", started_at=86400.0)
EVIL = '<img src=x onerror="alert(1)">'


def test_urls_by_kind() -> None:
    with ChangeList() as found:
        found.add(ChangeKind.NEW, Change(url="http://a.example/", title=EVIL))
        found.add(ChangeKind.MOVED, Change(url="http://a.example/b", to="http://a.example/c"))
        for number in range(30):
            found.add(ChangeKind.FAILING, Change(url=f"http://a.example/{number}", reason="http_503"))
        tree = LexborHTMLParser(changes_page(*RUNS, found))
    assert [node.text() for node in tree.css("h3")] == [
        "New (1)",
        "Moved (1)",
        "Failing; the last good copy stays (30)",
    ]
    assert tree.css("main li a")[0].text() == EVIL
    assert not tree.css("img, script")
    assert [node.text() for node in tree.css("summary")] == ["5 more"]


def test_a_first_run_and_a_quiet_one() -> None:
    with ChangeList() as found:
        assert "the first run" in changes_page(None, RUNS[0], found)
        assert "Nothing changed" in changes_page(*RUNS, found)
