"""How long to wait: by the attempt, and by what the site asks."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.patience import RETRIED_STATUSES, pause_seconds, retry_after_seconds

NOW = datetime(2026, 11, 22, 18, 20, 34, tzinfo=UTC).timestamp()


class TestPause:
    @pytest.mark.parametrize(("attempt", "least"), [(1, 1), (2, 2), (3, 4), (4, 8), (7, 64)])
    def test_it_doubles_with_each_attempt(self, attempt: int, least: float) -> None:
        assert all(least <= pause_seconds(attempt) <= least + 1 for _ in range(50))

    @pytest.mark.parametrize("attempt", [8, 20, 5_000, 10**9])
    def test_it_has_an_end(self, attempt: int) -> None:
        assert pause_seconds(attempt) == 120

    def test_no_two_wait_alike(self) -> None:
        assert len({pause_seconds(1) for _ in range(20)}) > 1


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("0", 0),
            ("7", 7),
            (" 120 ", 120),
            ("300", 300),
            ("301", 300),
            ("1000000000000", 300),
            ("9" * 10_000, 300),
            ("Sun, 22 Nov 2026 18:20:44 GMT", 10),
            ("Sunday, 22-Nov-26 18:20:44 GMT", 10),
            ("Sun Nov 22 18:20:44 2026", 10),
            ("Sun, 22 Nov 2026 19:20:44 +0100", 10),
            ("Sun, 22 Nov 2026 18:20:24 GMT", 0),
            ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
            ("Fri, 31 Dec 9999 23:59:59 GMT", 300),
        ],
    )
    def test_seconds_and_dates(self, value: str, seconds: float) -> None:
        assert retry_after_seconds(value, NOW, 300) == seconds

    @pytest.mark.parametrize(
        "value",
        [
            None,
            "",
            "soon",
            "-1",
            "+5",
            "1.5",
            "0x10",
            "\u0661\u0662",
            "\u00b2",
            "nan",
            "inf",
            "Sun, 99 Nov 2026 18:20:44 GMT",
            "Sun, 22 Nov 99999999999999999999 18:20:44 GMT",
            "Sun, 22 Nov 2026 18:20:44 +99999999999999999999",
            "Mon, 01 Jan 0001 00:00:00 +2359",
        ],
    )
    def test_junk_asks_for_nothing(self, value: str | None) -> None:
        assert retry_after_seconds(value, NOW, 300) == 0

    @given(
        st.text()
        | st.from_regex(r"[A-Z][a-z]{2}, \d{1,30} [A-Z][a-z]{2} \d{1,30} \d{1,30}:\d\d:\d\d [+-]\d{1,30}")
    )
    def test_any_value_gives_what_we_grant_at_most(self, value: str) -> None:
        assert 0 <= retry_after_seconds(value, NOW, 300) <= 300

    @given(st.integers(-(10**6), 10**6))
    def test_a_date_asks_for_what_is_left_until_then(self, seconds: int) -> None:
        date = format_datetime(datetime.fromtimestamp(NOW + seconds, UTC), usegmt=True)
        assert retry_after_seconds(date, NOW, 1e9) == max(seconds, 0)


def test_only_what_may_heal_is_asked_again() -> None:
    assert {408, 429, 500, 502, 503, 504} <= RETRIED_STATUSES
    assert RETRIED_STATUSES.isdisjoint({200, 301, 304, 400, 401, 403, 404, 405, 410, 451, 501, 505, 999})
