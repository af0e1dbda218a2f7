"""What is remembered of a site's tags is what reading them would give."""

from __future__ import annotations

import re

import pytest
from bs4.element import Tag as SoupTag

from crawler.links import familiar as module
from crawler.links.allowance import Allowance
from crawler.links.familiar import Familiar
from crawler.links.html import read_html
from crawler.links.soup import LinkTreeBuilder
from crawler.links.tagpattern import PLAIN_LINK

PAGE = "http://site.test/dir/page.html?q=/x/"
SIBLING = "http://site.test/dir/other.html"
BELOW = "http://site.test/dir/below/page.html"
ELSEWHERE = "https://else.test/dir/page.html"
PLACES = [PAGE, SIBLING, BELOW, ELSEWHERE]

TAGS = [
    "<a href='x'>",
    '<a href="x">',
    '<a class="c" href="x#part" title="t">',
    '<a class="c" href="x" title="t">',
    '<a href="/x">',
    '<a href="//host.test/x">',
    '<a href="https://host.test/x?a=b#c">',
    '<a href="?only=query">',
    '<a href="#only">',
    '<a href="">',
    '<a href="x?a&amp;b">',
    '<a href=" x ">',
    '<a href="x" rel="next">',
    '<a href="x" rel="nofollow">',
    '<a rel="nofollow" href="x">',
    '<a href="x" ping="y">',
    '<a href="x" href="y">',
    '<a href="x" style="a:url(y)">',
    '<a href="x" data-bg="y">',
    '<a href="x" data-id="y">',
    '<a href="x" xlink:href="y">',
    '<a href="\u00e9">',
    '<a href="x\\y">',
    '<a href="mailto:x">',
    '<a href="javascript:x()">',
    '<a href="http://[">',
    '<a href="x"/>',
    '<A HREF="x">',
    '<template><a href="x"></template>',
    '<noscript><a href="x"></noscript>',
    '<svg><a href="x" xlink:href="y"></svg>',
    '<link rel=stylesheet href="s.css">',
    '<link rel=stylesheet href="?s">',
    '<link rel=canonical href="x">',
    '<img src="i.png" srcset="i.png 1x, j.png 2x">',
    '<img src="" srcset="#x 1x">',
    '<script src="/s.js" integrity=x crossorigin></script>',
    '<form action="x"><form action="x" method=post>',
    '<q cite="x">',
    '<p style="a:url(x)">',
    "<style>a { b: url(x) }</style>",
    '<iframe srcdoc="&lt;a href=x>"></iframe>',
    '<meta http-equiv=refresh content="0; url=x">',
    "<meta name=robots content=nofollow>",
    '<base href="/base/"><a href="x">',
    '<base href="/base/"><link rel=icon href="x">',
]


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("charset", ["utf-8", "shift_jis"])
def test_it_is_what_reading_gives(place: str, charset: str) -> None:
    known, content_type = Familiar(), f"text/html; charset={charset}"
    for url in (PAGE, place, place):
        for tag in (*TAGS, "".join(TAGS)):
            body = (tag * 2).encode()
            assert read_html(body, url, content_type, familiar=known) == read_html(body, url, content_type)


def made(body: bytes, url: str, known: Familiar, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tags that became bs4 Tags."""
    names: list[str] = []
    make = LinkTreeBuilder._tag

    def noting(self: LinkTreeBuilder, name: str, values: dict[str, str]) -> SoupTag:
        names.append(name)
        return make(self, name, values)

    with monkeypatch.context() as patch:
        patch.setattr(LinkTreeBuilder, "_tag", noting)
        read_html(body, url, "text/html", familiar=known)
    return names


def test_what_was_met_in_the_folder_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    known = Familiar()
    body = b'<link rel=icon href="i"><a href="x#1"><a class="c" href="x#2" title="t"><a href="y">'
    assert made(body, PAGE, known, monkeypatch) == ["link", "a", "a"]
    assert made(body, SIBLING, known, monkeypatch) == []
    assert made(body + b'<a href="z">', SIBLING, known, monkeypatch) == ["a"]
    assert made(body, BELOW, known, monkeypatch) == ["link", "a", "a"]


def test_what_was_left_out_is_not_remembered() -> None:
    known = Familiar()
    body = b'<a href="x"><a href="y">'
    assert read_html(body, PAGE, None, Allowance(most_links=1), familiar=known).left_out == 1
    assert read_html(body, PAGE, None, familiar=known) == read_html(body, PAGE, None)


def test_what_is_remembered_counts_among_the_links_of_a_page() -> None:
    known = Familiar()
    body = b'<a href="x"><a href="y"><img src="p.png" srcset="q.png 1x"><img src="r.png">'
    read_html(body, PAGE, None, familiar=known)
    for most in range(6):
        plain = read_html(body, PAGE, None, Allowance(most_links=most))
        assert read_html(body, PAGE, None, Allowance(most_links=most), familiar=known) == plain


def test_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_TAGS", 3)
    monkeypatch.setattr(module, "_MAX_NAMED", 3)
    known = Familiar()
    for n in range(20):
        read_html(f'<img src="{n}"><a href="{n}">'.encode(), PAGE, None, familiar=known)
    assert len(known._tags) <= 3
    assert len(known._named) <= 3


def test_a_long_tag_is_not_kept() -> None:
    known = Familiar()
    read_html(b"<img alt='%b' src=x>" % (b"x" * 2000), PAGE, None, familiar=known)
    assert not known._tags


@pytest.mark.parametrize(
    "attributes", [b' href="x"', b'\nclass="a b"\thref="x#y" id="z" ', b' rel="next" href="/"']
)
def test_plain_links(attributes: bytes) -> None:
    assert re.fullmatch(PLAIN_LINK, attributes)


@pytest.mark.parametrize(
    "attributes",
    [
        b" href=x",
        b' href="x',
        b'href="x"',
        b' href="?x"',
        b' href="#x"',
        b' href="x" href="y"',
        b' class="a"',
    ],
)
def test_other_links(attributes: bytes) -> None:
    assert not re.fullmatch(PLAIN_LINK, attributes)
