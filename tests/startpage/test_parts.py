"""A long list is cut into pages; nothing is left out, and each is reached from the last."""

from __future__ import annotations

import json

import pytest

import crawler.startpage.parts
from crawler.startpage.parts import Listed, list_rows, place_of
from tests.startpage.entries import EVIL, entry, lost, stream, written


@pytest.fixture(autouse=True)
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(crawler.startpage.parts, "ROWS", 3)


def many(hosts: int = 2, pages: int = 4) -> list[object]:
    return [entry(f"http://{h}.example/{n}", f"{h}-{n}") for h in range(hosts) for n in range(pages)]


async def listed(*entries: object) -> tuple[Listed, dict[str, str]]:
    files: dict[str, str] = {}

    async def write(name: str, text: str) -> None:
        files[name] = text

    return await list_rows(stream(entries), "pages/", write), files  # type: ignore[arg-type]


async def test_every_line_stands_somewhere_once() -> None:
    files = await written(*many())  # type: ignore[arg-type]
    assert [name for name in files if name.endswith(".html")] == [
        "pages/2.html",
        "pages/3.html",
        "index.html",
    ]
    titles = [
        node.text()
        for name in ("index.html", "pages/2.html", "pages/3.html")
        for node in files[name].css("bdi")
    ]
    assert titles == [f"{h}-{n}" for h in range(2) for n in range(4)]


async def test_the_scripts_bring_the_same_lines() -> None:
    told, files = await listed(*many(), lost("http://z.example/"))
    assert told.scripts == ["pages/2.js", "pages/3.js"]
    lines = [
        line
        for name in told.scripts
        for line in json.loads(files[name].removeprefix("listed(").removesuffix(");\n"))
    ]
    assert lines[0] == ["mirror/a.example/x.html", "0-3", "http://0.example/3", ""]
    assert lines[-1] == ["http://z.example/", "http://z.example/", "", "failed: http_404"]
    assert len(lines) == 6
    assert told.rows == 9
    assert told.pages == 8


async def test_a_script_is_ascii_and_holds_only_text() -> None:
    _, files = await listed(*many(1, 3), entry("http://1.example/", f"{EVIL}\u2028\u00e9"))
    assert files["pages/2.js"].isascii()
    assert "listed([[" in files["pages/2.js"]


async def test_each_page_leads_to_its_neighbours() -> None:
    files = await written(*many())  # type: ignore[arg-type]
    ways = {
        name: [node.attributes["href"] for node in tree.css("header nav a, [rel=next]")]
        for name, tree in files.items()
        if name.endswith(".html")
    }
    assert ways["index.html"] == ["pages/2.html"]
    assert ways["pages/2.html"][:3] == ["../index.html", "../index.html#pages", "3.html"]
    assert ways["pages/3.html"] == ["../index.html", "2.html"]
    hrefs = [node.attributes["href"] for node in files["pages/2.html"].css("#pages a")]
    assert hrefs[0] == "../mirror/a.example/x.html"


async def test_a_site_is_found_where_it_begins() -> None:
    told, _ = await listed(*many(), entry("http://[::1]:80/", "six"))
    assert [site.place for site in told.sites.values()] == [
        "#at-0.example",
        "pages/2.html#at-1.example",
        "pages/3.html#at-%5B%3A%3A1%5D%3A80",
    ]
    assert told.parts == [
        ("pages/2.html", "0.example", "1.example"),
        ("pages/3.html", "1.example", "[::1]:80"),
    ]
    assert place_of("a b") == "#at-a%20b"


async def test_a_site_is_led_to_at_its_shortest_url() -> None:
    long, short = entry("http://a.example/long", path="l.html"), entry("http://a.example/", path="s.html")
    told, _ = await listed(long, short, lost("http://b.example/"))
    assert told.sites["a.example"].home == "mirror/s.html"
    assert (told.sites["b.example"].home, told.sites["b.example"].pages) == ("", 0)


async def test_missing_ones_are_folded_away() -> None:
    files = await written(entry("http://a.example/", "here"), lost("http://a.example/gone"))
    (missing,) = files["index.html"].css("#pages details li")
    assert missing.text() == "http://a.example/gone failed: http_404"
    link = missing.css_first("a")
    assert link is not None
    assert link.attributes == {"href": "http://a.example/gone", "rel": "noreferrer"}


async def test_a_full_page_is_the_last_one_if_nothing_follows() -> None:
    _, files = await listed(*many(1, 6))
    assert sorted(files) == ["pages/2.html", "pages/2.js"]
    assert 'rel="next"' not in files["pages/2.html"]
