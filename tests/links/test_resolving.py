"""`crawler.links.resolving` against the URL Standard's rules for documents."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.resolving import resolve, scalar_text

BASE = "http://site.test/dir/page"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x", ("http://site.test/dir/x", "")),
        ("x#a#b", ("http://site.test/dir/x", "#a#b")),
        ("?q#\xe9", ("http://site.test/dir/page?q", "#\xe9")),
        ("", None),
        ("#x", None),
        ("mailto:x", None),
        ("http://[", None),
    ],
)
def test_resolve(text: str, expected: tuple[str, str] | None) -> None:
    assert resolve(text, BASE) == expected


def test_a_fragment_counts_where_the_base_is_another_document() -> None:
    assert resolve("#x", BASE, is_rebased=True) == (BASE, "#x")
    assert resolve("", BASE, is_rebased=True) == (BASE, "")


@pytest.mark.parametrize(
    ("text", "codec", "expected"),
    [
        ("/\xe9?\xe9", "cp1252", "/%C3%A9?%E9"),
        ("/?a=\u0436&\xe9", "cp1251", "/?a=%E6&%26%23233%3B"),
        ("/?'\xe9 \"", "cp1252", "/?%27%E9%20%22"),
        ("/?\u8868", "cp932", "/?%95\\"),
        ("/?\xe9", "utf-8", "/?%C3%A9"),
    ],
)
def test_the_query_is_written_in_the_encoding_of_the_page(text: str, codec: str, expected: str) -> None:
    assert resolve(text, BASE, codec=codec) == ("http://site.test" + expected, "")


@pytest.mark.parametrize("codec", ["utf-8", "cp932", "gb18030", "cp1252", "ascii"])
@given(body=st.binary(max_size=20))
def test_scalar_text_is_what_a_browser_decodes(codec: str, body: bytes) -> None:
    try:
        text = body.decode(codec, "surrogateescape")
    except UnicodeDecodeError:
        return
    scalar = scalar_text(text, codec)

    assert not any(0xD800 <= ord(char) <= 0xDFFF for char in scalar)
    if codec == "utf-8":
        assert scalar == body.decode(codec, "replace")
