from __future__ import annotations

import pytest

from crawler.errors import UsageError
from crawler.runpair import run_pair
from crawler.standing import Run

RUNS = [Run(number=number, name=f"2026112{number}-000000", started_at=float(number)) for number in (2, 4, 5)]
TWO, FOUR, FIVE = RUNS


@pytest.mark.parametrize(
    ("since", "until", "pair"),
    [
        (None, None, (FOUR, FIVE)),
        (None, "4", (TWO, FOUR)),
        ("2", None, (TWO, FIVE)),
        ("20261122-000000", "20261124-000000", (TWO, FOUR)),
        (None, "2", (None, TWO)),
    ],
)
def test_runs_are_named_by_number_or_name(
    since: str | None, until: str | None, pair: tuple[Run, Run]
) -> None:
    assert run_pair(RUNS, since, until) == pair


def test_what_is_no_pair_is_refused_with_what_there_is() -> None:
    with pytest.raises(UsageError, match=r"^--from '3': there is no such run; the last ones are 2 \("):
        run_pair(RUNS, "3", None, sign="--")
    with pytest.raises(UsageError, match=r"^from: run 5 is not before run 4; give an earlier one"):
        run_pair(RUNS, "5", "4")
