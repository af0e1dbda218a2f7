"""What a text gives to the crawl, and which texts are read where everything else happens."""

import time

import pytest

from crawler.links.findings import MAX_LIGHT_BYTES, Findings, Text, find, find_in_place
from crawler.model import Hop, Outlink
from crawler.rewrite import rewrite
from tests.links.test_bombs import BOMBS

PAGE = Text(url="http://a.example/", media_type="text/html", content_type="text/html; charset=utf-8")
SITEMAP = Text(url="http://a.example/s.xml", media_type="application/xml", is_manifest=True)
CSS = Text(url="http://a.example/s.css", media_type="text/css")
BODY = b"<title>t</title><a href=/x>x</a><a href=/x>x</a><form action=/q></form><form action=/q></form>"
LIGHT_SECONDS = 0.1
# Other people's machines are slower, and busy.
PATIENCE = 4


def test_a_page_gives_links_forms_title_and_encoding() -> None:
    findings, document = find(PAGE, BODY)
    assert findings == Findings(
        outlinks=(Outlink(url="http://a.example/x", hop=Hop.LINK, context="a[href]"),),
        forms=("http://a.example/q",),
        title="t",
        encoding="utf-8",
    )
    assert findings.is_text
    assert findings.urls == ["http://a.example/x", "http://a.example/q"]
    assert document is not None


def test_a_sitemap_gives_links_and_nothing_to_rewrite() -> None:
    findings, document = find(SITEMAP, b"<urlset><url><loc>/x</loc></url></urlset>")
    assert [each.url for each in findings.outlinks] == ["http://a.example/x"]
    assert not findings.is_text
    assert document is None


def test_other_types_give_nothing() -> None:
    assert find(Text(url=PAGE.url, media_type="image/png"), b"<a href=x>") == (Findings(), None)


def test_an_ordinary_page_is_read_in_place() -> None:
    links = "".join(
        f'<li class="x"><a class="y" href="/{each}.html#a">A link</a></li>\n' for each in range(310)
    )
    body = f"<title>t</title>{links}<p>{'Text of a page. ' * 5_000}".encode()[:96_000]
    found = find_in_place(PAGE, body)
    assert found is not None
    assert found[0] == find(PAGE, body)[0]
    assert len(found[0].outlinks) == 310


@pytest.mark.parametrize(
    ("text", "body"),
    [
        (PAGE, b" " * (MAX_LIGHT_BYTES + 1)),
        (PAGE, b"<p>" * 40_001),
        (PAGE, "".join(f"<a href=/{each}>" for each in range(1_500)).encode()),
        (CSS, b" " * 98_305),
        (
            PAGE,
            f"<base href=/{'b/' * 4000}>".encode() + b"".join(b"<a href=%d>" % each for each in range(99)),
        ),
        (SITEMAP, b" " * 40_001),
        (SITEMAP, b"\x1f\x8b\x08"),
    ],
    ids=["large", "many tags", "many links", "large stylesheet", "long links", "large sitemap", "gzip"],
)
def test_what_may_take_longer_is_not(text: Text, body: bytes) -> None:
    assert find_in_place(text, body) is None


@pytest.mark.parametrize("bomb", BOMBS)
def test_nothing_read_in_place_takes_long_whatever_it_holds(bomb: str) -> None:
    """The figures were measured with many more families than these; this holds the order of magnitude."""
    body = BOMBS[bomb](MAX_LIGHT_BYTES)[:MAX_LIGHT_BYTES].encode()[:MAX_LIGHT_BYTES]
    best = min(_seconds(body) for _ in range(3))
    assert best < PATIENCE * LIGHT_SECONDS


def _seconds(body: bytes) -> float:
    started = time.process_time()
    found = find_in_place(PAGE, body)
    if found is not None and found[1] is not None:
        rewrite(found[1], body, lambda _: "X")
    return time.process_time() - started
