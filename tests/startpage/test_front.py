"""output/index.html lists what is there, and whatever the web calls itself stays text."""

from __future__ import annotations

import pytest
from selectolax.lexbor import LexborHTMLParser

import crawler.startpage.front
from crawler.model import State
from crawler.standing import HostState, Pace, SeedState
from crawler.startpage.front import About
from tests.startpage.entries import EVIL, entry, lost, report, written


def texts(tree: LexborHTMLParser, selector: str) -> list[str]:
    return [node.text() for node in tree.css(selector)]


def host(name: str, **counts: int) -> HostState:
    none = dict.fromkeys(("queued", "claimed", "done", "failed", "excluded", "pages"), 0)
    return HostState(host=name, ready_at=0, pace=Pace(delay_seconds=0, parallel=1), **{**none, **counts})  # type: ignore[arg-type]


async def front(*entries: object, **about: object) -> LexborHTMLParser:
    about.setdefault("report", report())
    return (await written(*entries, about=About(**about)))["index.html"]  # type: ignore[arg-type]


async def test_pages_are_listed_by_site_with_their_titles() -> None:
    tree = await front(
        entry("http://a.example/1", "First", path="a.example/100%25.html"),
        entry("http://a.example/2", path="a.example/2~.html"),
        entry("http://b.example/", "Bee", path="b.example/index.html"),
    )
    assert [(node.text(), node.attributes["href"]) for node in tree.css("#pages a")] == [
        ("First", "mirror/a.example/100%2525.html"),
        ("http://a.example/2", "mirror/a.example/2~.html"),
        ("Bee", "mirror/b.example/index.html"),
    ]
    assert texts(tree, "tbody th") == ["a.example", "b.example"]
    assert texts(tree, "h2") == ["Sites", "Last run", "Pages (3)"]
    assert texts(tree, "h1") == ["Offline copy of 2 sites"]


async def test_titles_and_addresses_are_text() -> None:
    tree = await front(
        entry(f"http://a.example/{EVIL}", EVIL, path=f"a.example/{EVIL.replace('/', '')}.html"),
        lost(f"http://a.example/{EVIL}", EVIL),
        report=report(warnings=(EVIL,), redirected_seeds=(SeedState(url=EVIL, state=State.DONE, via=EVIL),)),
    )
    assert len(tree.css("script")) == 1
    assert tree.css("img") == []
    assert tree.css("[onerror]") == []
    assert texts(tree, "#pages bdi")[0] == EVIL
    assert texts(tree, ".warning") == [EVIL]
    assert texts(tree, "dd")[-1] == f"{EVIL} leads to {EVIL}"


async def test_a_site_shows_what_was_not_fetched() -> None:
    hosts = {"a.example": host("a.example", failed=2, excluded=1, queued=1000, claimed=1)}
    tree = await front(entry("http://a.example/"), entry("http://b.example/"), hosts=hosts)
    assert texts(tree, "thead th") == ["Site", "Pages", "Not fetched", "Queued"]
    assert texts(tree, "tbody td") == ["1", "3", "1,001", "1", "", ""]


async def test_many_sites_are_folded_away_and_too_many_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler.startpage.front, "_OPEN_SITES", 2)
    monkeypatch.setattr(crawler.startpage.front, "_MAX_SITES", 3)
    entries = [entry(f"http://{name}.example/{n}") for name in "abcd" for n in range(1 + (name != "a"))]
    tree = await front(*entries)
    assert texts(tree, "#whole table th[scope=row]") == ["b.example", "c.example", "d.example"]
    assert texts(tree, "details table th[scope=row]") == ["d.example"]
    assert "1 site with fewer pages" in texts(tree, "#whole")[0]


async def test_a_run_that_goes_on_says_so() -> None:
    tree = await front(entry("http://a.example/"), report=report(outcome=""), seen_at=1e9 + 5)
    first, second = texts(tree, ".state")
    assert "goes on, or was interrupted" in first
    assert "the same line again continues it" in first
    assert "2001-09-09T01:46:45Z" in second
    assert "Ended" not in texts(tree, "dt")


@pytest.mark.parametrize(
    ("outcome", "words"),
    [("finished", ""), ("stopped", "The same line again"), ("max-pages", "The next one goes on with them")],
)
async def test_how_a_run_ended(outcome: str, words: str) -> None:
    state = texts(await front(report=report(outcome=outcome)), ".state")
    assert words in " ".join(state)
    assert bool(state) == bool(words)


async def test_nothing_at_all() -> None:
    tree = await front()
    assert texts(tree, "#pages a") == []
    assert texts(tree, "h1") == ["Offline copy"]
    assert texts(tree, "h2")[-1] == "Pages (0)"


async def test_the_report_is_led_to() -> None:
    tree = await front(report_file="reports/r.json")
    assert len(tree.css("a[href='reports/r.json']")) == 1
