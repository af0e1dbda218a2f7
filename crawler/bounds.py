"""Check that the numbers of an option can be obeyed."""

from __future__ import annotations

from crawler.errors import UsageError

__all__ = ["MOST_DELAY_SECONDS", "at_least", "at_most", "positive"]

MOST_DELAY_SECONDS = 30 * 86_400.0
"""The longest rest of a host that anybody can mean."""


def at_least(least: float, **values: float | None) -> None:
    """Each value is None or not below `least`.

    Raises:
        UsageError: one is, or is not a number; it is named as the command line writes it.
    """
    for name, value in values.items():
        if value is not None and (value < least or value != value):  # noqa: PLR0124 - NaN is not itself
            raise UsageError(f"{name.replace('_', '-')} is {value}; it must be at least {least:g}")


def at_most(most: float, wording: str, **values: float | None) -> None:
    """Each value is None or not above `most`, which `wording` writes as people do.

    Raises:
        UsageError: one is; it is named as the command line writes it.
    """
    for name, value in values.items():
        if value is not None and value > most:
            raise UsageError(f"{name.replace('_', '-')} is {value:g}; it must be at most {wording}")


def positive(**values: float) -> None:
    """Each value is more than 0.

    Raises:
        UsageError: one is not; it is named as the command line writes it.
    """
    for name, value in values.items():
        if not value > 0:
            raise UsageError(f"{name.replace('_', '-')} is {value}; it must be more than 0")
