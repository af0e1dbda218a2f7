"""A sample of `make chaos` for every day: twenty moments at random, and every tenth system call of each kind."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.chaos.kills import CALLS, Kill, Kind
from tests.chaos.trial import Ground, Outcome, Trial, ground, plan
from tests.system.running import complain_or_skip

pytestmark = pytest.mark.system

SEED = 20261127
PAGES = 12
EVERY = 10
PARTS = 4
"""Of each kind of call, so that they are shared out among the workers."""


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ground]:
    if shutil.which("strace") is None:
        complain_or_skip("strace")
    probe = ["strace", "-f", "-qq", "-o", os.devnull, "true"]
    if subprocess.run(probe, capture_output=True, check=False).returncode:
        complain_or_skip("the right to trace processes")
    with ground(tmp_path_factory.mktemp("chaos"), pages=PAGES) as found:
        yield found


def harm(outcome: Outcome) -> list[str]:
    return [f"{outcome.trial}: {fault.harm}: {fault.text}" for fault in outcome.faults]


@pytest.mark.parametrize("number", range(20))
def test_at_a_moment_at_random(place: Ground, number: int) -> None:
    dice = random.Random(f"{SEED}-{number}")
    assert harm(place.run(plan(place, dice, f"moment-{number}", [Kind.MOMENT]))) == []


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", CALLS)
def test_at_every_tenth_call(place: Ground, kind: Kind, part: int) -> None:
    struck = 0
    for number in range(1 + EVERY * part, place.calls[0][kind] + 1, EVERY * PARTS):
        kill = Kill(kind=kind, number=number)
        outcome = place.run(Trial(name=f"{kind.name}-{number}", kills=(kill,)))
        assert harm(outcome) == []
        struck += outcome.struck
    assert struck or part


@pytest.mark.parametrize("kind", CALLS)
def test_in_a_second_run(place: Ground, kind: Kind) -> None:
    kill = Kill(kind=kind, number=max(place.calls[1][kind] // 2, 1))
    outcome = place.run(Trial(name=f"second-{kind.name}", kills=(kill,), is_second=True))
    assert harm(outcome) == []
    assert outcome.struck
