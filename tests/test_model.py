"""The values of a URL's life."""

from __future__ import annotations

import dataclasses

import pytest

from crawler import model
from crawler.model import ACCEPTED, Decision, Disposition, Hop, State


def test_hops_are_heritrixs_letters() -> None:
    assert {hop.name: hop.value for hop in Hop} == {
        "LINK": "L",
        "EMBED": "E",
        "REDIRECT": "R",
        "MANIFEST": "M",
        "PREREQUISITE": "P",
    }


def test_states_are_those_of_the_contract() -> None:
    assert [state.value for state in State] == ["queued", "claimed", "done", "failed", "excluded"]


@pytest.mark.parametrize(
    ("decision", "reason"),
    [
        (ACCEPTED, ""),
        (Decision(accepted=False, rule="assets"), "assets"),
        (Decision(accepted=False, rule="exclude", detail="/x"), "exclude: /x"),
    ],
)
def test_a_refusal_says_why(decision: Decision, reason: str) -> None:
    assert decision.reason == reason


RECORDS = [
    name for name in model.__all__ if name != "ACCEPTED" and dataclasses.is_dataclass(getattr(model, name))
]


@pytest.mark.parametrize("name", RECORDS)
def test_values_are_frozen_and_slotted(name: str) -> None:
    record = getattr(model, name)
    assert record.__dataclass_params__.frozen
    assert "__slots__" in vars(record)
    assert all(field.kw_only for field in dataclasses.fields(record))


def test_a_disposition_believes_nothing_by_itself() -> None:
    done = Disposition(state=State.DONE)
    assert (done.capture, done.found, done.is_page, done.moves, done.answered) == (
        None,
        (),
        False,
        False,
        False,
    )
