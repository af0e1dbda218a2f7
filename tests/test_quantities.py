"""`crawler.quantities`: amounts as people write them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.quantities import parse_duration, parse_size, show_count, show_duration, show_size


@pytest.mark.parametrize(
    ("text", "size_bytes"),
    [
        ("0", 0),
        ("1024", 1024),
        ("10MB", 10_000_000),
        ("10 mb", 10_000_000),
        ("10m", 10_000_000),
        ("1.5KiB", 1536),
        ("2.5 GiB", 2_684_354_560),
        ("1TiB", 1 << 40),
        ("7B", 7),
        ("0.3KB", 300),
        ("9007199254740993", 9_007_199_254_740_993),
    ],
)
def test_size(text: str, size_bytes: int) -> None:
    assert parse_size(text) == size_bytes


@pytest.mark.parametrize(
    "text", ["", "MB", "-1", "1.MB", ".5MB", "1e6", "10 apples", "1 0MB", "10ib", "\u0661", "9" * 5000]
)
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="size"):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("90", 90),
        ("1.5", 1.5),
        ("90s", 90),
        ("1h30m", 5400),
        ("1h 30m", 5400),
        ("250ms", 0.25),
        ("2d", 172_800),
        ("1W", 604_800),
        ("0", 0),
    ],
)
def test_duration(text: str, seconds: float) -> None:
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "h", "-1s", "1h30", "1x", "s1", "1h-30m", "9" * 5000, "9" * 5000 + "s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        parse_duration(text)


@pytest.mark.parametrize(
    ("size_bytes", "shown"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (999.7, "1 kB"),
        (1000, "1 kB"),
        (1234, "1.23 kB"),
        (999_499, "999 kB"),
        (999_500, "1 MB"),
        (10_000_000, "10 MB"),
        (2e12, "2 TB"),
        (5e15, "5000 TB"),
    ],
)
def test_shown_size(size_bytes: float, shown: str) -> None:
    assert show_size(size_bytes) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.04, "0.0s"),
        (0.4, "0.4s"),
        (9.94, "9.9s"),
        (9.96, "10s"),
        (59.4, "59s"),
        (59.6, "1m 00s"),
        (185, "3m 05s"),
        (3599.6, "1h 00m"),
        (7800, "2h 10m"),
        (273_600, "3d 4h"),
    ],
)
def test_shown_duration(seconds: float, shown: str) -> None:
    assert show_duration(seconds) == shown


@given(st.integers(0, 10**15))
def test_a_shown_size_is_near(size_bytes: int) -> None:
    assert parse_size(show_size(size_bytes)) == pytest.approx(size_bytes, rel=0.006, abs=0.5)


@given(st.text("0123456789.kmgtibsdhw ", max_size=12))
def test_any_text_is_read_or_refused(text: str) -> None:
    for parse in (parse_size, parse_duration):
        with contextlib.suppress(ValueError):
            assert parse(text) >= 0


@pytest.mark.parametrize(("number", "text"), [(0, "0 pages"), (1, "1 page"), (1200, "1,200 pages")])
def test_counts_are_shown_with_their_noun(number: int, text: str) -> None:
    assert show_count(number, "page") == text
