"""Every target, forty examples; with `FUZZ_SECONDS` in the environment for that long each (`make fuzz`)."""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz import addresses, extraction, files, markup, wire

TARGETS = addresses.TARGETS | markup.TARGETS | wire.TARGETS | files.TARGETS | extraction.TARGETS
SECONDS = float(os.environ.get("FUZZ_SECONDS", "0"))
# A long run is many short ones, each with a seed of its own; what a CI machine sees is always the same.
LONG = settings(max_examples=300, derandomize=False)
SHORT = settings(max_examples=40)


@pytest.mark.parametrize("name", TARGETS)
def test_target(name: str) -> None:
    target = TARGETS[name]

    @settings(LONG if SECONDS else SHORT, suppress_health_check=list(HealthCheck))
    @given(target.inputs)
    def run(value: object) -> None:
        target.check(value)

    until = time.monotonic() + SECONDS
    run()
    while time.monotonic() < until:
        run()
