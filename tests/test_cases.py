"""Many cases in one test fail it as they would fail tests of their own, and all that fail are told."""

from __future__ import annotations

import pytest

from tests.cases import each


def check(number: int, most: int = 2) -> None:
    """A number is small."""
    assert number <= most, "too large"


def test_every_case_is_tried_and_what_fails_is_told() -> None:
    test = each([1, 3, (4, 5), (7, 6)])(check)
    assert (test.__name__, test.__doc__) == ("check", check.__doc__)
    with pytest.raises(AssertionError, match=r"(?s)2 of 4 fail:\n3: .*\n\(7, 6\): .*too large"):
        test()
    each([1, 2])(check)()


def test_no_case_is_no_test() -> None:
    with pytest.raises(AssertionError, match="no case"):
        each([])(check)()
