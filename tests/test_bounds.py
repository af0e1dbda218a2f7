"""Numbers that options may be."""

from __future__ import annotations

import pytest

from crawler.bounds import at_least, at_most, positive
from crawler.errors import UsageError


def test_what_can_be_obeyed_passes() -> None:
    at_least(1, per_host=1, max_pages=None)
    positive(timeout=0.1)


@pytest.mark.parametrize("value", [0, -1, float("nan"), float("-inf")])
def test_what_cannot_is_named_as_the_command_line_writes_it(value: float) -> None:
    with pytest.raises(UsageError, match=r"^per-host is .*; it must be at least 1$"):
        at_least(1, per_host=value)
    with pytest.raises(UsageError, match=r"^read-timeout is .*; it must be more than 0$"):
        positive(read_timeout=value)


def test_what_is_too_much_is_named_with_the_most() -> None:
    at_most(10, "10s", delay=10, max_crawl_delay=None)
    with pytest.raises(UsageError, match=r"^max-crawl-delay is 1e\+11; it must be at most 10s$"):
        at_most(10, "10s", max_crawl_delay=1e11)
