"""`crawler.links.stylesheet`: places that count in bytes, whatever the encoding."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.stylesheet import read_css

SHEET = "http://site.test/css/a.css"


def test_references_and_their_context() -> None:
    document = read_css(b"@import 'b.css'; a { b: url(i.png#f) }", SHEET)

    assert [(each.url, each.fragment, each.context) for each in document.references()] == [
        ("http://site.test/css/b.css", "", "css @import"),
        ("http://site.test/css/i.png", "#f", "css url()"),
    ]


@pytest.mark.parametrize(
    ("codec", "label"),
    [
        ("utf-8", "utf-8"),
        ("cp1251", "windows-1251"),
        ("cp932", "shift_jis"),
        ("gb18030", "gbk"),
        ("utf-16-le", "utf-16le"),
    ],
)
def test_places_count_bytes(codec: str, label: str) -> None:
    body = "/* \u0436\u0436 */ a { b: url(\u0436.png); c: url('z') }".encode(codec)
    document = read_css(body, SHEET, f"text/css; charset={label}")

    found = [document.body[place.start : place.end].decode(document.codec) for place in document.places]
    assert found == ["\u0436.png", "z"]
    assert [each.url.rpartition("/")[2] for each in document.references()] == ["%D0%B6.png", "z"]


def test_invalid_bytes_shift_nothing() -> None:
    body = b"/* \xe9\xff */ a { b: url(\xe9z.png) } \xe2\x82 c { d: url(y) }"
    document = read_css(body, SHEET)

    assert [body[place.start : place.end] for place in document.places] == [b"\xe9z.png", b"y"]
    assert next(document.references()).url == "http://site.test/css/%EF%BF%BDz.png"


@given(
    st.binary(max_size=60),
    st.sampled_from(["utf-8", "shift_jis", "gbk", "big5", "euc-kr", "utf-16le", "koi8-r"]),
)
def test_any_bytes_leave_ascii_urls_where_they_are(junk: bytes, label: str) -> None:
    read_css(junk, SHEET, f"text/css; charset={label}")
    if label == "utf-16le" or junk[:1] in {b"\xfe", b"\xff", b"\xef"}:
        return
    body = b"a{b:url(first)} /*" + junk.replace(b"*/", b"") + b" */ c{d:url(second)}"
    document = read_css(body, SHEET, f"text/css; charset={label}")

    assert {body[place.start : place.end] for place in document.places} >= {b"first"}
    assert all(body[place.start : place.end].isascii() for place in document.places)
