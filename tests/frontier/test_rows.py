"""Hold rows to the values they stand for; whole entries and captures are in the contract."""

from __future__ import annotations

from math import inf

import pytest

from crawler.frontier.rows import (
    CAPTURE_COLUMNS,
    Budget,
    budget_of,
    capture_of,
    capture_values,
    counts_of,
    overrides_text,
    run_of,
)
from crawler.override import Override
from crawler.standing import Counts, Run
from tests.frontier.contract import capture


def test_a_capture_survives_its_row() -> None:
    kept = capture(
        "a", etag='"1"', segment="s", offset=3, length=4, title="t", redirect_to="http://b.example/"
    )
    row = (kept.url, *capture_values(kept))
    assert len(row) == len(CAPTURE_COLUMNS.split(","))
    assert capture_of(row) == kept


def test_an_outer_join_without_a_capture() -> None:
    assert capture_of((None,) * len(CAPTURE_COLUMNS.split(","))) is None
    assert capture_of(("http://a.example/", *[None] * 15)) is None


def test_before_the_first_run_there_is_no_limit() -> None:
    assert budget_of(None) == Budget(run=0)
    assert not budget_of(None).limits_pages


@pytest.mark.parametrize(
    ("limits", "limits_pages"),
    [
        ((None, None, 3), False),
        ((0, None, None), True),
        ((None, 0, None), True),
        ((7, 8, None), True),
    ],
)
def test_a_budget(limits: tuple[int | None, int | None, int | None], *, limits_pages: bool) -> None:
    budget = budget_of((4, 2, 1, 9, *limits, 0.25, "[]"))
    assert (budget.run, budget.pages, budget.page_slots, budget.wire_bytes) == (4, 2, 1, 9)
    assert (budget.max_pages, budget.max_pages_per_host, budget.max_bytes) == limits
    assert budget.limits_pages is limits_pages


def test_a_budget_of_some_hosts() -> None:
    said = (Override(hosts="*.example", max_pages=3), Override(hosts="a.example", delay=7.0))
    text = overrides_text(said)
    budget = budget_of((4, 2, 1, 9, None, 8, None, 0.25, text))
    assert (budget.pages_of("a.example"), budget.pages_of("b.test")) == (3, 8)
    assert (budget.delay_of("a.example"), budget.delay_of("b.test")) == (7.0, 0.25)
    assert budget_of((4, 2, 1, 9, None, None, None, 0.25, text)).limits_pages
    assert Budget().pages_of("a.example") == inf


@pytest.mark.parametrize(
    ("received", "most", "spent"),
    [(9, None, ""), (9, 10, ""), (10, 10, "max-bytes"), (11, 10, "max-bytes"), (0, 0, "max-bytes")],
)
def test_a_budget_of_bytes(received: int, most: int | None, spent: str) -> None:
    assert Budget(wire_bytes=received, max_bytes=most).spent == spent


def test_counts() -> None:
    expected = Counts(
        queued=1,
        claimed=2,
        done=3,
        failed=4,
        excluded=5,
        hosts=6,
        pages=7,
        requests=8,
        wire_bytes=9,
        unchanged=10,
        retries=11,
    )
    assert counts_of(tuple(range(1, 12))) == expected


def test_a_run() -> None:
    row = (3, "name", 1.0, 2.0, "finished", "{}", 7, 8, 9, 10, 11, '{"done": 3, "hosts": 6}', 12, None, "[]")
    counts = Counts(done=3, hosts=6, pages=7, requests=8, wire_bytes=9, unchanged=10, retries=11)
    expected = Run(
        number=3,
        name="name",
        started_at=1.0,
        ended_at=2.0,
        outcome="finished",
        is_continued=True,
        counts=counts,
        max_pages=12,
    )
    assert run_of(row, is_continued=True) == expected
