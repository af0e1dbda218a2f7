"""`crawler.links.lastmod`: when a site says that a page changed, as late as its words allow."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.lastmod import modified_at

NOW = datetime(2026, 11, 28, 6, 30, tzinfo=UTC).timestamp()


def at(*when: int) -> float:
    return datetime(*when, tzinfo=UTC).timestamp()  # type: ignore[arg-type, misc]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-27T02:17:05+01:00", at(2026, 11, 27, 1, 17, 6)),
        ("2026-11-27T02:17:05.25-0530", at(2026, 11, 27, 7, 47, 6)),
        ("2026-11-27T02:17Z", at(2026, 11, 27, 2, 18)),
        (" 2026-11-27 02:17:05 ", at(2026, 11, 27, 2, 17, 6)),
        ("2026-11-26", at(2026, 11, 27)),
        ("2026-10", at(2026, 11, 1)),
        ("2024", at(2025, 1, 1)),
        ("Thu, 26 Nov 2026 23:59:59 GMT", at(2026, 11, 27)),
        ("Thu, 26 Nov 2026 23:59:59 -0000", at(2026, 11, 27)),
    ],
)
def test_what_is_vague_counts_at_its_end(text: str, expected: float) -> None:
    assert modified_at(text, NOW) == expected


@pytest.mark.parametrize("text", ["2026-11-28", "2026-11", "2026", "2026-11-28T06:30:00Z"])
def test_what_is_not_over_counts_now(text: str) -> None:
    assert modified_at(text, NOW) == NOW


@pytest.mark.parametrize("text", ["2026-11-28T06:30:01Z", "2026-11-29", "2027", "9999-12-31", "9999"])
def test_what_is_still_to_come_says_nothing(text: str) -> None:
    assert modified_at(text, NOW) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "junk",
        "2026-13-01",
        "2026-02-30",
        "0000",
        "26-11-27",
        "2026-11-27T25:00Z",
        "-1",
        "1e309",
        "x" * 10**6,
        "2026-11-27T10:00:00+99:99x",
        "1999999999",
        "\u0661\u0662\u0663\u0664",
        "0001-01-01T00:00:00+23:59",
    ],
)
def test_what_is_no_date_says_nothing(text: str) -> None:
    assert modified_at(text, NOW) is None


@given(st.text(st.sampled_from("0123456789-:+.TZ GMTJanDecThu,"), max_size=45))
def test_it_never_raises(text: str) -> None:
    told = modified_at(text, NOW)
    assert told is None or told <= NOW
