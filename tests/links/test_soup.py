"""`crawler.links.soup`: a Tag for each distinct link, and none that reading would miss."""

from __future__ import annotations

import pytest
from bs4.element import Tag

from crawler.links.elements import ANYWHERE, ELEMENTS
from crawler.links.familiar import Ground
from crawler.links.soup import MAX_TAGS, Occurrence, link_soup
from tests.cases import each

VALUES = {"css": "background:url(x)", "srcset": "x 2x"}
BEARERS = [(name, attribute) for name, uses in [*ELEMENTS.items(), ("p", ANYWHERE)] for attribute in uses]
SHAPES = ["<{0} {1}='{2}'>", '<{0} class=c {1}="{2}" id=i>', "<{3}\n{4} = '{2}'/>", "<{0}/{1}='{2}'>"]


@each([(*bearer, shape) for bearer in BEARERS for shape in SHAPES])
def test_no_attribute_that_is_read_is_passed_over(name: str, attribute: str, shape: str) -> None:
    value = VALUES.get(ELEMENTS.get(name, ANYWHERE)[attribute].kind, "x")
    markup = shape.format(name, attribute, value, name.upper(), attribute.upper())
    soup, builder = link_soup(f"<svg>{markup}".encode() if name == "image" else markup.encode(), "utf-8")

    [tag] = soup.contents
    assert isinstance(tag, Tag)
    assert (tag.name, tag[attribute]) == (name, value)
    assert builder.spans[0][attribute].value == value


def test_equal_tags_are_one_tag_at_several_places() -> None:
    body = b"<a href=x><p><a href=y></p><a href=x><template><a href=x></template>"
    soup, builder = link_soup(body, "utf-8")

    assert [tag["href"] for tag in soup.find_all("a")] == ["x", "y", "x"]
    assert [tag.is_inert for tag in builder.tags] == [False, False, True]
    assert [(number, body[start : start + 7]) for number, start, *_ in builder.occurrences] == [
        (0, b" href=x"),
        (1, b" href=y"),
        (0, b" href=x"),
        (2, b" href=x"),
    ]


def test_plain_links_of_a_known_ground_have_their_href_alone() -> None:
    body = b'<a title="t" href="x#1"><a href="y"><a class="c" href="x#22"><noscript><a href="y"></noscript>'
    _, builder = link_soup(body, "utf-8", ground=Ground("http://site.test/", "utf-8"))

    assert [tag.attrs for tag in builder.links()] == [{"href": "x"}, {"href": "y"}]
    *mentions, other = builder.occurrences
    assert mentions == [(b"x", 19, b"x#1"), (b"y", 33, b"y"), (b"x", 55, b"x#22")]
    assert isinstance(other, Occurrence)
    assert body[other.rest_start :].startswith(b' href="y"></noscript>')


def test_bs4_finds_what_it_was_fed() -> None:
    soup, _ = link_soup(b"<title>t</title><a rel=next href=x>z</a><link rel=icon href=y>", "utf-8")

    assert [tag.name for tag in soup.find_all(name=True)] == ["title", "a", "link"]
    assert soup.select_one("a[rel=next]")["href"] == "x"  # type: ignore[index]
    assert soup.a.find_next("link")["href"] == "y"  # type: ignore[union-attr, index]


@pytest.mark.parametrize("body", [b"", b"http://x.test/", b"/etc/passwd", b"page.html", b"<", b"\0"])
def test_nothing_warns(body: bytes) -> None:
    assert link_soup(body, "utf-8")[0].contents == []


def test_tags_are_capped() -> None:
    body = b"<a href=x>" * (MAX_TAGS + 5)

    assert len(link_soup(body, "utf-8")[1].occurrences) == MAX_TAGS
