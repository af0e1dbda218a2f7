"""Try many quick cases in one test: to hand a test to a worker and to hear of it costs more than most of them do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

__all__ = ["each"]

_MOST_TOLD = 20


def each(cases: Sequence[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Make a test of a check that is called with each case; it tells all that fail.

    Args:
        cases: a tuple has the arguments of one call, anything else is the only one.
    """

    def made(check: Callable[..., None]) -> Callable[[], None]:
        def test() -> None:
            assert cases, "there is no case"
            wrong = []
            for case in cases:
                try:
                    check(*(case if isinstance(case, tuple) else (case,)))
                except Exception as error:  # noqa: BLE001 - whatever it is, the next cases are tried
                    wrong.append(f"{case!r}: {type(error).__name__}: {error}")
            told = "\n".join(wrong[:_MOST_TOLD])
            assert not wrong, f"{len(wrong)} of {len(cases)} fail:\n{told}"

        # Not functools.wraps: pytest would look for fixtures among the arguments of what is wrapped.
        test.__name__, test.__doc__, test.__module__ = check.__name__, check.__doc__, check.__module__
        return test

    return made
