"""Add up what came of many trials, a row for each kind of kill."""

from __future__ import annotations

from collections.abc import Iterable

from tests.chaos.checks import Harm
from tests.chaos.kills import Kind
from tests.chaos.trial import Outcome

__all__ = ["table"]

_SEVERAL = "two or three of these in a row"
_HEADS = ("killed at", "trials", "kills", "lost", "doubled", "torn", "disagree")


def table(outcomes: Iterable[Outcome]) -> str:
    """A Markdown table; a trial counts as harmed once for each kind of harm. Kills that came too late are none."""
    rows: dict[str, list[int]] = {name: [0] * (len(_HEADS) - 1) for name in (*Kind, _SEVERAL)}
    for each in outcomes:
        kills = each.trial.kills
        row = rows[kills[0].kind if len(kills) == 1 else _SEVERAL]
        harms = {fault.harm for fault in each.faults}
        for place, number in enumerate((1, each.struck, *(harm in harms for harm in Harm))):
            row[place] += number
    rows = {name: numbers for name, numbers in rows.items() if numbers[0]}
    rows["**all**"] = [sum(column) for column in zip(*rows.values(), strict=True)]
    lines = [
        _HEADS,
        ("---", *("--:" for _ in _HEADS[1:])),
        *((name, *map(str, row)) for name, row in rows.items()),
    ]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
