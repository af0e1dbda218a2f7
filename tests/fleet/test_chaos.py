"""A small trial of what `make chaos-shared` does at length."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fleet.chaos import Trial, run_trial


@pytest.mark.system
@pytest.mark.long
def test_nothing_is_lost_and_nobody_is_hurried(tmp_path: Path) -> None:
    verdict = run_trial(Trial(), tmp_path, 240)
    assert (verdict.lost, verdict.twice, verdict.cut_rests) == (0, 0, 0), verdict
    assert set(verdict.codes) == {0}, verdict.errors
    assert verdict.kills
