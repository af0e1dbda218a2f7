"""`crawler.links.stateful`: every character with its bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.stateful import Stateful

TEXT = st.text(st.sampled_from(["a", "\\", "~", "\u8868", "\u30bd", "\u65e5", "\xa5", "\u203e", "\n", '"']))


@given(TEXT)
def test_it_reads_what_python_writes(text: str) -> None:
    assert Stateful(text.encode("iso2022_jp")).text == text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"a\x80b", "a\ufffdb"),
        (b"a\x1bb", "a\ufffdb"),
        (b"\x1b(J\\~\x1b(B\\~", "\xa5\u203e\\~"),
        (b"\x1b(I1\x7f\x1b(Ba", "\uff71\ufffda"),
        (b"\x1b$BI=\x1b(B", "\u8868"),
        (b"\x1b$BI\x1b(Ba", "\ufffda"),
        (b"\x1b$BI\nI=", "\ufffd\u8868"),
        (b"\x1b$B\n)!", "\ufffd\ufffd"),
        (b"\x1b$@I=\x1b(D", "\u8868\ufffd\ufffd"),
        (b"", ""),
    ],
)
def test_what_is_damaged_is_a_replacement_character(body: bytes, text: str) -> None:
    assert Stateful(body).text == text


@pytest.mark.parametrize(
    ("body", "span", "new", "expected"),
    [
        (b"'x'", (1, 2), "\u8868", b"'\x1b$BI=\x1b(B'"),
        (b"'\x1b$BI=\x1b(B'", (1, 2), "x", b"'x'"),
        (b"'\x1b$BI=\x1b(J'", (1, 2), "x", b"'x\x1b(J'"),
        (b"\x1b(J'x'", (1, 2), "y", b"\x1b(J'\x1b(By\x1b(J'"),
        (b"\x1b(J'x'", (1, 2), "\u8868", b"\x1b(J'\x1b$BI=\x1b(J'"),
        (b"'\x1b$BI=\x1b(Jx'", (1, 3), "", b"'\x1b(J'"),
        (b"=\x1b$BI=", (1, 2), "x", b"=x"),
        (b"\xff\x1b\x80'x'\x1b\xff", (4, 5), "y", b"\xff\x1b\x80'y'\x1b\xff"),
    ],
)
def test_what_is_written_leaves_what_follows_as_it_was(
    body: bytes, span: tuple[int, int], new: str, expected: bytes
) -> None:
    ((start, end, written),) = Stateful(body).changes(iter([(*span, new)]))

    assert body[:start] + written + body[end:] == expected


def test_two_changes_side_by_side_share_no_byte() -> None:
    body = b"'a'\x1b(J\x1b(B'b'"
    first, second = Stateful(body).changes(iter([(0, 3, "x"), (3, 6, "y")]))

    assert first[1] <= second[0]
    assert first[2] + second[2] == b"xy"


@given(st.binary(max_size=40), st.integers(0, 40))
def test_no_bytes_break_it(body: bytes, at: int) -> None:
    text = Stateful(body).text
    at = min(at, len(text))
    ((start, end, new),) = Stateful(body).changes(iter([(at, len(text), "x")]))
    assert 0 <= start <= end <= len(body)
    assert b"x" in new
