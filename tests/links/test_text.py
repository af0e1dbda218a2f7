"""`crawler.links.text`: there and back again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.text import as_sent, scannable


@given(
    st.binary(max_size=60),
    st.sampled_from(["utf-16le", "utf-16be"]),
    st.sampled_from([b"", b"\xff\xfe", b"\xfe\xff"]),
)
def test_utf16_comes_back_to_the_byte(junk: bytes, encoding: str, mark: bytes) -> None:
    body = mark + junk
    scanned, codec = scannable(body, encoding)

    assert codec == "utf-8"
    assert as_sent(scanned, encoding, body) == body


@given(
    st.binary(max_size=60),
    st.sampled_from(["utf-8", "windows-1252", "shift_jis", "gbk", "big5", "replacement"]),
)
def test_what_extends_ascii_is_scanned_as_it_is(body: bytes, encoding: str) -> None:
    scanned, _ = scannable(body, encoding)

    assert scanned is body
    assert as_sent(scanned, encoding, body) is body


def test_iso_2022_jp_comes_back() -> None:
    body = "<p>\u8868\u30bd</p> <a href='x'>\u65e5\u672c</a>".encode("iso2022_jp")
    scanned, codec = scannable(body, "iso-2022-jp")

    assert scanned.decode(codec) == body.decode("iso2022_jp")
    assert as_sent(scanned, "iso-2022-jp", body) == body


@pytest.mark.parametrize("encoding", ["utf-16le", "utf-16be"])
def test_markup_of_utf16_is_ascii_when_scanned(encoding: str) -> None:
    scanned, _ = scannable("<a href=x>".encode(f"{encoding[:6]}-{encoding[6:]}"), encoding)

    assert scanned == b"<a href=x>"
