"""What the ledger tells of a crawl."""

from __future__ import annotations

import dataclasses

import pytest

from crawler import standing
from crawler.standing import Counts


def test_every_known_url_stands_in_one_state() -> None:
    assert Counts(queued=1, claimed=2, done=4, failed=8, excluded=16, pages=32, requests=64).known == 31


@pytest.mark.parametrize("name", standing.__all__)
def test_values_are_frozen_and_slotted(name: str) -> None:
    record = getattr(standing, name)
    assert record.__dataclass_params__.frozen
    assert "__slots__" in vars(record)
    assert all(field.kw_only for field in dataclasses.fields(record))
