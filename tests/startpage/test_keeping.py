"""The start page is there from the first pages on, also where a crawl ends in the middle."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

import crawler.startpage.parts
from crawler.clock import ManualClock
from crawler.output import Output
from crawler.startpage.keeping import StartPage
from tests.web import OWN, Answer, Crash, Web, crawl, images, links, page


def tree_of(folder: Path, name: str = "index.html") -> LexborHTMLParser:
    return LexborHTMLParser((folder / name).read_text(encoding="utf-8"))


def titles(tree: LexborHTMLParser) -> list[str]:
    return [node.text() for node in tree.css("#pages bdi")]


def dangling(folder: Path) -> list[str]:
    """References without a file, of the start page and of the parts that it leads to."""
    found, seen, todo = [], set[Path](), [folder / "index.html"]
    while todo:
        path = todo.pop()
        tree = LexborHTMLParser(path.read_text(encoding="utf-8"))
        references = [node.attributes["href"] or "" for node in tree.css("a[href]")]
        for node in tree.css("[data-lists]"):
            references += (node.attributes["data-lists"] or "").split()
        for href in (each.partition("#")[0] for each in references):
            target = (path.parent / href).resolve()
            if href and ":" not in href and not target.is_file():
                found.append(f"{path.name}: {href}")
            elif target.parent == folder / "pages" and target.suffix == ".html" and target not in seen:
                seen.add(target)
                todo.append(target)
    return found


def site(pages: int, then: object = None) -> Web:
    """A home page that leads to others; asking for the last one may do something."""
    paths = [f"/{n:03}" for n in range(pages)]
    web = Web({OWN: links(*paths, title="Home")})
    web.says |= {f"{OWN}{path[1:]}": links(title=f"Page {path}") for path in paths}
    if then is not None:
        web.says[f"{OWN}{paths[-1][1:]}"] = then  # type: ignore[assignment]
    return web


async def killed(folder: Path, pages: int) -> None:
    """Crawl, and die when the last page is asked for and the others have landed."""

    async def dies(_: object) -> Answer:
        for _ in range(200):
            await asyncio.sleep(0.001)
        raise Crash

    with pytest.raises((Crash, BaseExceptionGroup)):
        await crawl(site(pages, dies), folder, OWN, concurrency=1)


async def test_a_crawl_that_is_killed_in_its_first_run_has_one(tmp_path: Path) -> None:
    await killed(tmp_path, 4)
    tree = tree_of(tmp_path)
    assert "goes on, or was interrupted" in tree.css_first(".state").text()  # type: ignore[union-attr]
    assert "Home" in titles(tree)
    assert dangling(tmp_path) == []
    await crawl(site(4), tmp_path, OWN)
    assert tree_of(tmp_path).css(".state") == []
    assert len(titles(tree_of(tmp_path))) == 5


async def test_it_is_there_before_the_first_answer(tmp_path: Path) -> None:
    seen = []

    def looks(_: object) -> Answer:
        seen.append(tree_of(tmp_path).css_first("h1").text())  # type: ignore[union-attr]
        return page()

    await crawl(Web({OWN: looks}), tmp_path, OWN)
    assert seen == ["Offline copy"]


async def test_a_later_run_says_that_it_goes_on(tmp_path: Path) -> None:
    await crawl(site(3), tmp_path, OWN)
    assert tree_of(tmp_path).css(".state") == []
    await killed(tmp_path, 3)
    tree = tree_of(tmp_path)
    assert "Run 2 goes on" in tree.css_first(".state").text()  # type: ignore[union-attr]
    assert len(titles(tree)) == 4
    (link,) = tree.css("#run + dl + p a")
    assert (tmp_path / (link.attributes["href"] or "")).is_file()


async def test_parts_are_new_ones_each_time_and_old_ones_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawler.startpage.parts, "ROWS", 2)
    await crawl(site(5), tmp_path, OWN)
    first = {path.name for path in (tmp_path / "pages").iterdir()}
    assert len(first) == 4
    assert len({name.partition("-")[0] for name in first}) == 1
    assert dangling(tmp_path) == []
    (tmp_path / "pages" / "9-2.html.part").write_text("torn")
    (tmp_path / "pages" / "mine.html").write_text("<p>")
    await crawl(site(5), tmp_path, OWN)
    second = {path.name for path in (tmp_path / "pages").iterdir()} - {"mine.html"}
    assert len(second) == 4
    assert not first & second
    assert dangling(tmp_path) == []


async def test_no_folder_stays_where_the_list_is_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(crawler.startpage.parts, "ROWS", 2)
        await crawl(site(5), tmp_path, OWN)
    assert (tmp_path / "pages").is_dir()
    await crawl(site(5), tmp_path, OWN)
    assert not (tmp_path / "pages").exists()


async def test_a_kill_while_parts_are_written_leaves_a_whole_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crawler.startpage.parts, "ROWS", 2)
    await crawl(site(7), tmp_path, OWN)
    before = tree_of(tmp_path).html

    def dies(*_: object, **__: object) -> str:
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr("crawler.startpage.front._front", dies)
        with pytest.raises((Crash, BaseExceptionGroup)):
            await crawl(site(7), tmp_path, OWN)
    assert tree_of(tmp_path).html == before
    assert dangling(tmp_path) == []


async def test_what_is_missing_is_listed_at_the_end(tmp_path: Path) -> None:
    web = site(2)
    web.says[OWN] = links(
        "/000", "/gone", title="Home", text=images("/x.png") + '<iframe src="/frame"></iframe>'
    )
    web.says |= {f"{OWN}x.png": b"\x89PNG", f"{OWN}frame": links(title="Frame")}
    await crawl(web, tmp_path, OWN)
    tree = tree_of(tmp_path)
    assert titles(tree) == ["Home", "Page /000", f"{OWN}gone"]
    assert [node.text() for node in tree.css("#pages details em")] == ["failed: http_404"]


async def test_missing_sites_stand_between_the_others(tmp_path: Path) -> None:
    web = site(1)
    others = ["http://127.0.0.0:8000/", "http://127.0.0.2:8000/"]
    await crawl(web, tmp_path, OWN, *others)
    hosts = [node.text() for node in tree_of(tmp_path).css("#pages h3")]
    assert hosts == sorted(hosts)
    assert len(hosts) == 3


def test_it_is_made_anew_at_growing_intervals(tmp_path: Path) -> None:
    clock = ManualClock()
    start_page = StartPage(Output(tmp_path), clock, hides_twins=False)
    news = start_page._has_news
    start_page._due_at, start_page._due_landed = clock.monotonic() + 60, 8
    start_page.landed(7)
    assert not news.is_set()
    start_page.landed(1)
    assert news.is_set()
    news.clear()
    start_page._due_landed = 100
    clock.advance(60)
    start_page.landed(1)
    assert news.is_set()


async def test_it_is_not_made_anew_for_every_few_pages_of_a_large_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All the making costs O(pages), in a later run too, where the first page that lands is one of many."""
    written = []
    whole = StartPage._write

    async def counts(self: StartPage, *terms: Any, is_over: bool) -> int:
        written.append(is_over)
        return await whole(self, *terms, is_over=is_over)

    monkeypatch.setattr(StartPage, "_write", counts)
    await crawl(site(60), tmp_path, OWN, concurrency=1)
    assert 3 <= len(written) <= 15
    written.clear()
    await crawl(site(60), tmp_path, OWN, concurrency=1)
    assert written in ([False, True], [False, False, True])


async def test_a_disk_that_fails_meanwhile_ends_no_crawl(tmp_path: Path) -> None:
    web = site(3)

    def blocks(_: object) -> Answer:
        (tmp_path / "index.html").unlink()
        (tmp_path / "index.html").mkdir()
        return page()

    def clears(_: object) -> Answer:
        (tmp_path / "index.html").rmdir()
        return page()

    web.says |= {f"{OWN}000": blocks, f"{OWN}002": clears}
    report = await crawl(web, tmp_path, OWN, concurrency=1)
    assert report.run.outcome == "finished"
    assert re.search(r"Pages \(4\)", tree_of(tmp_path).html or "")


async def test_only_what_is_good_is_listed(tmp_path: Path) -> None:
    web = site(2)
    await crawl(web, tmp_path, OWN)
    web.says[f"{OWN}000"] = 503
    await crawl(web, tmp_path, OWN, retries=0)
    (note,) = (node.text() for node in tree_of(tmp_path).css("#pages em"))
    assert note.startswith("an older copy; when last asked: http_503")
