"""`crawler.links.headers`: where an answer's headers lead."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.headers import header_links, is_nofollow, redirect_target
from crawler.links.relations import CANONICAL_HEADER
from crawler.model import Hop, Outlink

URL = "http://site.test/dir/page?q"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("x", "http://site.test/dir/x"),
        ("?r", "http://site.test/dir/page?r"),
        ("//other.test", "http://other.test/"),
        ("\\\\other.test", "http://other.test/"),
        ("../../../y", "http://site.test/y"),
        (" /z#f ", "http://site.test/z"),
        ("/a b", "http://site.test/a%20b"),
        ("", URL),
        ("/\xc3\xa9", "http://site.test/%C3%A9"),
        ("/\xe9", "http://site.test/%C3%A9"),
        ("/\udce9", "http://site.test/%EF%BF%BD"),
        ("javascript:x", None),
        ("file:///etc/passwd", None),
        ("http://u:p@other.test/", "http://other.test/"),
        ("/" + "x" * 9000, None),
    ],
)
def test_redirect(location: str, expected: str | None) -> None:
    assert redirect_target(302, [("X", "y"), ("LOCATION", location)], URL) == expected


def test_what_is_no_redirect() -> None:
    assert redirect_target(200, [("Location", "/x")], URL) is None
    assert redirect_target(304, [("Location", "/x")], URL) is None
    assert redirect_target(301, [], URL) is None
    assert redirect_target(301, [("Location", "/x"), ("Location", "/y")], URL) is None
    assert redirect_target(301, [("Location", "/x"), ("Location", "/x")], URL) == "http://site.test/x"


def test_refresh_and_link() -> None:
    headers = [
        ("refresh", "0; url=/r"),
        ("Link", '<n>; rel="next", </s.css>;rel=stylesheet; x=y, <p>; title="a, b"; rel="nofollow prev"'),
        ("Link", "<no>; rel=preconnect, <none>, <bad; rel=next, <mailto:x>; rel=next"),
        ("Link", '<e>; rel="", <w>; rel=" "'),
    ]

    assert list(header_links(headers, URL)) == [
        Outlink(url="http://site.test/r", hop=Hop.REDIRECT, context="Refresh"),
        Outlink(url="http://site.test/dir/n", hop=Hop.LINK, context="Link rel=next"),
        Outlink(url="http://site.test/s.css", hop=Hop.EMBED, context="Link rel=stylesheet"),
        Outlink(url="http://site.test/dir/p", hop=Hop.LINK, context="Link rel=prev", nofollow=True),
    ]


def test_what_a_page_names_as_canonical_is_a_link() -> None:
    headers = [("Link", '</other>; rel="canonical"')]
    assert list(header_links(headers, URL)) == [
        Outlink(url="http://site.test/other", hop=Hop.LINK, context=CANONICAL_HEADER)
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("nofollow", True),
        ("noindex, NoFollow", True),
        ("none", True),
        ("noindex", False),
        ("googlebot: nofollow", False),
        ("otherbot: noindex, nofollow", False),
        ("nofollow, otherbot: index", True),
        ("max-snippet: 5, nofollow", True),
        ("unavailable_after: 25 Jun 2030, nofollow", True),
    ],
)
def test_x_robots_tag(value: str, expected: bool) -> None:
    assert is_nofollow([("x-robots-tag", value)]) is expected
    assert not is_nofollow([("X-Other", value)])


@given(
    st.lists(
        st.tuples(st.sampled_from(["Link", "Refresh", "Location", "X-Robots-Tag"]), st.text(max_size=60))
    )
)
def test_nothing_raises(headers: list[tuple[str, str]]) -> None:
    list(header_links(headers, URL))
    is_nofollow(headers)
    redirect_target(301, headers, URL)


@given(st.text('<>;,="rel nxt ', max_size=60))
def test_no_link_header_raises(value: str) -> None:
    list(header_links([("Link", value)], URL))
