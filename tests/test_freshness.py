"""How long a page stays fresh: what was said decides, or what was seen of it."""

from __future__ import annotations

import pytest

from crawler.errors import UsageError
from crawler.freshness import MOST_LEARNED_SECONDS, Freshness, learned_seconds
from crawler.options import PoliteOptions
from crawler.override import LEARNED, Override

HOUR, DAY = 3600.0, 86_400.0
HOST = "a.example"


@pytest.mark.parametrize(
    ("url", "seconds"),
    [
        ("http://b.example/x", DAY),
        ("http://b.example/archive/x", 30 * DAY),
        ("http://b.example/archive/new/x", HOUR),
        ("http://b.example/x.pdf", 7 * DAY),
        ("http://b.example/x.pdf?y", DAY),
        ("http://a.example/x", 2 * DAY),
        ("http://a.example/archive/x", 3 * DAY),
        ("http://a.example/x.pdf", 7 * DAY),
    ],
)
def test_the_most_specific_word_decides(url: str, seconds: float) -> None:
    paths = (("/archive/*", 30 * DAY), ("/archive/new/", HOUR), ("*.pdf$", 7 * DAY))
    override = Override(hosts=HOST, refresh_after=2 * DAY, refresh_paths=(("/archive/", 3 * DAY),))
    freshness = Freshness(DAY, paths, [override])
    assert freshness.seconds_of(url.split("/")[2], url) == seconds


def test_without_a_word_everything_is_due() -> None:
    freshness = Freshness(overrides=[Override(hosts=HOST, delay=1.0)])
    assert not freshness.is_said
    assert freshness.is_due(HOST, f"http://{HOST}/", now=1.0, last_at=1.0, first_at=0.0, changes=0)


@pytest.mark.parametrize(("age", "is_due"), [(DAY, True), (23 * HOUR, True), (20 * HOUR, False)])
def test_a_nightly_run_is_not_too_early(age: float, is_due: bool) -> None:
    due = Freshness(DAY).is_due(HOST, f"http://{HOST}/", now=age, last_at=0.0, first_at=0.0, changes=0)
    assert due is is_due


@pytest.mark.parametrize(
    ("seen", "changes", "seconds"),
    [
        (0.0, 0, 0.0),
        (DAY, 0, 0.0),
        (4 * DAY, 0, 2 * DAY),
        (10 * DAY, 9, 0.0),
        (40 * DAY, 3, 5 * DAY),
        (1000 * DAY, 0, MOST_LEARNED_SECONDS),
    ],
)
def test_learned_of_its_own_history(seen: float, changes: int, seconds: float) -> None:
    assert learned_seconds(seen, changes) == seconds
    now, last_at = seen + seconds, seen
    freshness = Freshness(LEARNED)
    assert freshness.is_due(HOST, f"http://{HOST}/", now=now, last_at=last_at, first_at=0.0, changes=changes)


def test_what_cannot_be_meant() -> None:
    with pytest.raises(UsageError, match="refresh-after is -2"):
        PoliteOptions(refresh_after=-2.0)
    with pytest.raises(UsageError, match="is no path"):
        PoliteOptions(refresh_paths=(("news", 1.0),))
