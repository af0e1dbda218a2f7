"""Compare the text of two versions of a page, line by line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

__all__ = ["MAX_LINES", "Line", "compare"]

MAX_LINES = 5_000
"""So many lines of each version are compared: beyond, the comparison would take seconds."""
_AROUND = 3
_MOST_WORK = 4_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a comparison.

    Args:
        kind: `same`, `removed`, `added`, or `left out` for lines that are the same and far from any change.
        text: of the line; of what is left out, how many lines.
    """

    kind: Literal["same", "removed", "added", "left out"]
    text: str


def compare(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    """What was removed and added between two texts, with three lines around each change; none: they are the same.

    Two texts of which most lines differ are given as wholly removed and added, beyond what can be compared in
    a moment.
    """
    old, new = old[:MAX_LINES], new[:MAX_LINES]
    if old == new:
        return []
    head = _common(old, new)
    tail = _common(old[head:][::-1], new[head:][::-1])
    inner = old[head : len(old) - tail], new[head : len(new) - tail]
    lines = [Line(kind="same", text=each) for each in old[:head]]
    lines += _compared(*inner)
    lines += [Line(kind="same", text=each) for each in old[len(old) - tail :]] if tail else []
    return _near(lines)


def _common(old: Sequence[str], new: Sequence[str]) -> int:
    """How many lines both begin with."""
    count = 0
    for one, other in zip(old, new, strict=False):
        if one != other:
            break
        count += 1
    return count


def _compared(old: Sequence[str], new: Sequence[str]) -> list[Line]:
    removed = [Line(kind="removed", text=each) for each in old]
    added = [Line(kind="added", text=each) for each in new]
    if len(old) * len(new) > _MOST_WORK:
        return removed + added
    lines: list[Line] = []
    for tag, start, end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=True).get_opcodes():
        if tag == "equal":
            lines += [Line(kind="same", text=each) for each in old[start:end]]
        else:
            lines += removed[start:end] + added[new_start:new_end]
    return lines


def _near(lines: Sequence[Line]) -> list[Line]:
    """The changes and what is around them; the rest as one line a gap."""
    changed = [place for place, line in enumerate(lines) if line.kind != "same"]
    shown: set[int] = set()
    for place in changed:
        shown.update(range(max(place - _AROUND, 0), min(place + _AROUND + 1, len(lines))))
    near: list[Line] = []
    gap = 0
    for place, line in enumerate(lines):
        if place in shown:
            if gap:
                near.append(_gap(gap))
                gap = 0
            near.append(line)
        else:
            gap += 1
    return [*near, _gap(gap)] if gap else near


def _gap(lines: int) -> Line:
    return Line(kind="left out", text=str(lines))
