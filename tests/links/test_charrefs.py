"""`crawler.links.charrefs` against the HTML Standard, section 13.2.5.72 and following."""

from __future__ import annotations

import html

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.charrefs import unescape_attribute, unescape_text


@pytest.mark.parametrize(
    ("raw", "in_attribute", "in_text"),
    [
        ("&amp;", "&", "&"),
        ("&amp", "&", "&"),
        ("&amp=", "&amp=", "&="),
        ("&ampx", "&ampx", "&x"),
        ("&copy2", "&copy2", "\xa92"),
        ("&copy;=", "\xa9=", "\xa9="),
        ("&notin;", "\u2209", "\u2209"),
        ("&notit;", "&notit;", "\xacit;"),
        ("&unknown;", "&unknown;", "&unknown;"),
        ("&;&&#;&#x;", "&;&&#;&#x;", "&;&&#;&#x;"),
        ("&#65;&#x41&#X41=", "AAA=", "AAA="),
        ("&#0;&#x110000;&#xDFFF;", "\ufffd" * 3, "\ufffd" * 3),
        ("&#128;&#129;&#13;&#1;", "\u20ac\x81\r\x01", "\u20ac\x81\r\x01"),
        ("&amp;amp;", "&amp;", "&amp;"),
        ("&#" + "0" * 5000 + "65;", "A", "A"),
        ("&#" + "1" * 5000, "\ufffd", "\ufffd"),
    ],
)
def test_references(raw: str, in_attribute: str, in_text: str) -> None:
    assert unescape_attribute(raw) == in_attribute
    assert unescape_text(raw) == in_text


@given(st.text("&#xX;=0aAamplt gtcopy9", max_size=40))
def test_text_is_read_as_the_standard_library_reads_it(text: str) -> None:
    if "&#" not in text:
        assert unescape_text(text) == html.unescape(text)


@given(st.text(max_size=80))
def test_what_was_escaped_comes_back(text: str) -> None:
    assert unescape_attribute(html.escape(text)) == text
    assert unescape_text(html.escape(text)) == text
