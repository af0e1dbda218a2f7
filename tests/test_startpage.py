"""output/index.html lists what is there, and whatever the web calls itself stays text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

import crawler.startpage
from crawler.model import Candidate, Capture, State
from crawler.report import Report
from crawler.standing import Counts, Entry, Run, SeedState
from crawler.startpage import write_start_page
from tests.web import OWN, Web, crawl, images, links

EVIL = "</a></ul><script>alert(1)</script><img src=x onerror=alert(2)> \"'& $pages ${count}"


def report(**terms: object) -> Report:
    run = Run(number=1, name="20010909-014640", started_at=1e9, outcome="finished", counts=Counts(pages=2))
    return Report(run=run, seconds=1, **terms)  # type: ignore[arg-type]


def entry(
    url: str, title: str = "", *, path: str | None = "a.example/x.html", media_type: str = "text/html"
) -> Entry:
    capture = Capture(
        url=url,
        captured_at=0,
        status=200,
        media_type=media_type,
        size_bytes=1,
        digest="",
        mirror_path=path,
        title=title,
    )
    candidate = Candidate(url=url, key=url, host=url.split("/")[2])
    return Entry(candidate=candidate, state=State.DONE, good=capture)


async def written(folder: Path, *entries: Entry, **terms: object) -> LexborHTMLParser:
    async def stream() -> AsyncIterator[Entry]:
        for each in entries:
            yield each

    path = folder / "index.html"
    await write_start_page(path, report(**terms), stream())
    assert not list(folder.glob("*.part"))
    return LexborHTMLParser(path.read_text(encoding="utf-8"))


def pages(tree: LexborHTMLParser) -> list[tuple[str, str]]:
    return [(node.text(), node.attributes.get("href") or "") for node in tree.css("#pages a")]


async def test_pages_are_listed_by_host_with_their_titles(tmp_path: Path) -> None:
    tree = await written(
        tmp_path,
        entry("http://b.example/", "Bee", path="b.example/index.html"),
        entry("http://a.example/2", path="a.example/2~.html"),
        entry("http://a.example/1", "First", path="a.example/100%25.html"),
        entry("http://a.example/x.png", path="a.example/x.png", media_type="image/png"),
        entry("http://a.example/gone", path=None),
    )
    assert pages(tree) == [
        ("First", "mirror/a.example/100%2525.html"),
        ("http://a.example/2", "mirror/a.example/2~.html"),
        ("Bee", "mirror/b.example/index.html"),
    ]
    assert [node.text() for node in tree.css(".sites li")] == ["a.example 2 pages", "b.example 1 pages"]


async def test_titles_and_addresses_are_text(tmp_path: Path) -> None:
    tree = await written(
        tmp_path,
        entry(f"http://a.example/{EVIL}", EVIL, path=f"a.example/{EVIL.replace('/', '')}.html"),
        warnings=(EVIL,),
        redirected_seeds=(SeedState(url=EVIL, state=State.DONE, via=EVIL),),
    )
    assert len(tree.css("script")) == 1
    assert tree.css("img") == []
    assert tree.css("[onerror]") == []
    assert [text for text, _ in pages(tree)] == [EVIL]
    assert [node.text() for node in tree.css(".warning")] == [EVIL]
    assert tree.css("dd")[-1].text() == f"{EVIL} leads to {EVIL}"


async def test_what_is_too_much_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler.startpage, "_MAX_PAGES", 3)
    tree = await written(tmp_path, *(entry(f"http://a.example/{n}") for n in range(8)))
    assert len(pages(tree)) == 3
    assert "5 more pages are in the mirror." in (tree.body.text() if tree.body else "")


async def test_nothing_at_all(tmp_path: Path) -> None:
    tree = await written(tmp_path)
    assert pages(tree) == []
    assert tree.css("h2 label")[0].text() == "Pages (0)"


async def test_it_is_replaced_whole(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("old")
    await written(tmp_path, entry("http://a.example/", "New"))
    assert "old" not in (tmp_path / "index.html").read_text().split()[0]


async def test_after_a_crawl_its_links_lead_to_the_mirror(tmp_path: Path) -> None:
    frame = '<iframe src="/frame"></iframe>'
    web = Web(
        {OWN: links("/a", title="Home & more", text=images("/x.png") + frame), f"{OWN}a": links(title="A")}
    )
    web.says |= {f"{OWN}x.png": b"\x89PNG", f"{OWN}frame": links(title="Frame")}
    await crawl(web, tmp_path, OWN)
    tree = LexborHTMLParser((tmp_path / "index.html").read_text(encoding="utf-8"))
    assert [text for text, _ in pages(tree)] == ["Home & more", "A"]
    for _, href in pages(tree):
        assert (tmp_path / href).is_file()
