"""A small trial of what `make chaos-shared` does at length."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from crawler.model import State
from tests.fleet.chaos import Trial, run_trial
from tests.union.gathering import flaws_of, gather
from tests.web import entries


@pytest.mark.system
@pytest.mark.long
def test_nothing_is_lost_and_nobody_is_hurried(tmp_path: Path) -> None:
    verdict = run_trial(Trial(), tmp_path, 240)
    assert (verdict.lost, verdict.twice, verdict.cut_rests) == (0, 0, 0), verdict
    assert set(verdict.codes) == {0}, verdict.errors
    assert verdict.kills
    # And what the workers left is one whole crawl, in which everything stands once.
    asyncio.run(gather(tmp_path / "output", *tmp_path.glob("worker-[0-9]")))
    found = asyncio.run(entries(tmp_path / "output"))
    pages = [each for url, each in found.items() if not url.endswith("/robots.txt")]
    assert len(pages) == Trial().hosts * Trial().pages
    assert {each.state for each in pages} == {State.DONE}
    assert asyncio.run(flaws_of(tmp_path / "output")) == []
