"""The measure itself: what counts as too early, and what cannot be told."""

from __future__ import annotations

from tests.politeness.gaps import figures_of, gaps_by_host
from tests.politeness.hosts import Answered


def asked(began: float, ending: float, ended: float | None = None, host: str = "a") -> Answered:
    return Answered(host, "/", 200, began, ending, ending if ended is None else ended)


def test_gaps_are_counted_from_the_end_of_each_answer_host_by_host() -> None:
    answered = [asked(5, 6), asked(0, 1, host="b"), asked(0, 2), asked(9, 9.5, host="b"), asked(8, 9)]
    assert gaps_by_host(answered) == {"a": [3, 2], "b": [8]}


def test_one_beside_an_answer_under_way_is_too_early() -> None:
    answered = [asked(0, 5), asked(1, 2), asked(6, 7)]
    assert gaps_by_host(answered) == {"a": [-4, 1]}
    assert figures_of(answered, 1.5).below == 2


def test_what_lies_between_two_looks_at_the_clock_cannot_be_told() -> None:
    figures = figures_of([asked(0, 1.0, 1.5), asked(3.2, 4), asked(6, 7, 7.1), asked(9.5, 9.6)], 2.0)
    assert (figures.below, figures.unsure, figures.gaps) == (0, 1, 3)
    assert figures.shortest == 2.0


def test_the_table_shows_how_far_off_they_are() -> None:
    figures = figures_of([asked(0, 1), asked(3, 4), asked(6.2, 7)], 2.0)
    assert "| gaps below the delay | 0 of 2 |" in figures.lines()
    assert "| median | 2.1000 s (+5.00%) |" in figures.lines()
