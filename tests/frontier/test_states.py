"""Walk the whole state table."""

from __future__ import annotations

from itertools import product

import pytest

from crawler.frontier.states import FINAL, TRANSITIONS, allows
from crawler.model import State

ALLOWED = {
    (State.QUEUED, State.CLAIMED),
    (State.CLAIMED, State.QUEUED),
    (State.CLAIMED, State.DONE),
    (State.CLAIMED, State.FAILED),
    (State.CLAIMED, State.EXCLUDED),
    (State.DONE, State.QUEUED),
    (State.FAILED, State.QUEUED),
    (State.EXCLUDED, State.QUEUED),
}


@pytest.mark.parametrize(("before", "after"), list(product(State, State)))
def test_every_pair_of_states(before: State, after: State) -> None:
    assert allows(before, after) == ((before, after) in ALLOWED)


def test_every_state_has_a_row() -> None:
    assert set(TRANSITIONS) == set(State)


def test_what_is_final_goes_nowhere_but_to_the_queue() -> None:
    assert {State.DONE, State.FAILED, State.EXCLUDED} == FINAL
    assert all(TRANSITIONS[state] == {State.QUEUED} for state in FINAL)


@pytest.mark.parametrize("state", list(State))
def test_every_state_is_reached_from_the_queue_and_leads_back(state: State) -> None:
    for start, end in ((State.QUEUED, state), (state, State.QUEUED)):
        reached = {start}
        for _ in State:
            reached |= {after for before in reached for after in TRANSITIONS[before]}
        assert end in reached
