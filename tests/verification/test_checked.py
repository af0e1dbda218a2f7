"""The counts of a verification begin at nothing."""

from __future__ import annotations

from crawler.verification.checked import Checked


def test_nothing_is_looked_at_yet() -> None:
    assert Checked() == Checked(phase="database", urls=0, files=0, answers=0)
