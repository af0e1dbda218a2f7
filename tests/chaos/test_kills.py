"""A sample of `make chaos` for every day: twenty moments at random, and every tenth system call of each kind."""

from __future__ import annotations

import random

import pytest

from tests.chaos.kills import CALLS, Kill, Kind
from tests.chaos.trial import Ground, Outcome, Trial, plan

pytestmark = pytest.mark.system

SEED = 20261127
EVERY = 10
FEW = 20
"""Where there are no more calls than these, each is tried."""
PARTS = 4
"""Of each kind of call, so that they are shared out among the workers."""


def harm(outcome: Outcome) -> list[str]:
    return [f"{outcome.trial}: {fault.harm}: {fault.text}" for fault in outcome.faults]


@pytest.mark.parametrize("number", range(20))
def test_at_a_moment_at_random(place: Ground, number: int) -> None:
    dice = random.Random(f"{SEED}-{number}")
    assert harm(place.run(plan(place, dice, f"moment-{number}", [Kind.MOMENT]))) == []


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("kind", CALLS)
def test_at_every_tenth_call(place: Ground, kind: Kind, part: int) -> None:
    struck, calls = 0, place.calls[0][kind]
    every = EVERY if calls > FEW else 1
    for number in range(1 + every * part, calls + 1, every * PARTS):
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
