"""Say which two runs are compared, as somebody named them."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.errors import UsageError
from crawler.standing import Run

__all__ = ["run_pair"]

_MOST_SHOWN = 3
_MAX_CHARS = 60


def run_pair(
    runs: Sequence[Run], since: str | None, until: str | None, *, sign: str = ""
) -> tuple[Run | None, Run]:
    """The runs to compare, the earlier first; that is None where there is no earlier one.

    Args:
        runs: of the output, the first one first; at least one.
        since: number or name of the earlier one; None: the one before the later.
        until: the same of the later one; None: the last.
        sign: stands before `from` and `to` in what is said of them.

    Raises:
        UsageError: there is no such run, or the earlier is not before the later.
    """
    now = runs[-1] if until is None else _named(runs, until, f"{sign}to")
    if since is None:
        return next((each for each in reversed(runs) if each.number < now.number), None), now
    before = _named(runs, since, f"{sign}from")
    if before.number >= now.number:
        raise UsageError(
            f"{sign}from: run {before.number} is not before run {now.number}; give an earlier one"
        )
    return before, now


def _named(runs: Sequence[Run], named: str, option: str) -> Run:
    for each in runs:
        if named in {each.name, str(each.number)}:
            return each
    shown = ", ".join(f"{each.number} ({each.name})" for each in runs[-_MOST_SHOWN:])
    raise UsageError(f"{option} {named[:_MAX_CHARS]!r}: there is no such run; the last ones are {shown}")
