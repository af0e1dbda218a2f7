"""`crawler.links.text`: there, and back again with what was changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.text import Change, as_sent, scannable

STRETCHES = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20), st.sampled_from(["x", "'\u8868'"])))


def changed(body: bytes, changes: list[Change]) -> bytes:
    pieces, position = [], 0
    for start, end, new in changes:
        assert position <= start <= end <= len(body)
        pieces += [body[position:start], new]
        position = end
    return b"".join([*pieces, body[position:]])


def in_order(scanned: bytes, stretches: list[tuple[int, int, str]]) -> list[Change]:
    """Changes of whole characters, as far as there are any."""
    text, changes, position = scanned.decode("utf-8", "surrogatepass"), [], 0
    for skipped, taken, new in stretches:
        start = min(position + skipped, len(text))
        position = min(start + taken, len(text))
        before, until = (len(text[:at].encode("utf-8", "surrogatepass")) for at in (start, position))
        changes.append((before, until, new.encode()))
    return changes


@given(
    st.lists(st.sampled_from(["a", "<", "\u8868", "\U0001f4a1", "\ud83d", "\udca1", "\0"])).map("".join),
    st.sampled_from(["utf-16le", "utf-16be"]),
    st.sampled_from(["", "\ufeff"]),
    st.sampled_from([b"", b"x"]),
    STRETCHES,
)
def test_what_is_changed_in_utf16_is_changed_there(
    text: str, encoding: str, mark: str, odd_byte: bytes, stretches: list[tuple[int, int, str]]
) -> None:
    codec = f"{encoding[:6]}-{encoding[6:]}"
    body = (mark + text).encode(codec, "surrogatepass") + odd_byte
    scanned, scanned_codec = scannable(body, encoding)
    changes = in_order(scanned, stretches)
    edited = changed(body, list(as_sent(changes, scanned, encoding, body)))

    assert scanned_codec == "utf-8"
    assert scannable(edited, encoding)[0] == changed(scanned, changes)
    assert edited.endswith(odd_byte)
    assert edited.startswith(mark.encode(codec))


@given(
    st.binary(max_size=60),
    st.sampled_from(["utf-8", "windows-1252", "shift_jis", "gbk", "big5", "replacement"]),
)
def test_what_extends_ascii_is_scanned_as_it_is(body: bytes, encoding: str) -> None:
    scanned, _ = scannable(body, encoding)
    changes: list[Change] = [(0, len(body), b"x")]

    assert scanned is body
    assert as_sent(changes, scanned, encoding, body) is changes


@given(
    st.lists(st.sampled_from(["a", "<", "\u8868\u30bd", "\u65e5", "\xa5", "\u203e", "\n"])).map("".join),
    STRETCHES,
)
def test_what_is_changed_in_iso_2022_jp_is_changed_there(
    text: str, stretches: list[tuple[int, int, str]]
) -> None:
    body = text.encode("iso2022_jp")
    scanned, codec = scannable(body, "iso-2022-jp")
    changes = in_order(scanned, stretches)
    edited = changed(body, list(as_sent(changes, scanned, "iso-2022-jp", body)))

    assert scanned.decode(codec) == text
    assert scannable(edited, "iso-2022-jp")[0] == changed(scanned, changes)


@pytest.mark.parametrize("encoding", ["utf-16le", "utf-16be"])
def test_markup_of_utf16_is_ascii_when_scanned(encoding: str) -> None:
    scanned, _ = scannable("<a href=x>".encode(f"{encoding[:6]}-{encoding[6:]}"), encoding)

    assert scanned == b"<a href=x>"
