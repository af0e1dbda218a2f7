"""Lay out what is printed: aligned columns, counted nouns, and nothing that could move a cursor."""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["aligned", "counted", "printable"]

_GAP = "  "


def printable(text: str) -> str:
    r"""The text with everything that is no visible character escaped: ESC becomes `\x1b`.

    Names, titles and reasons come from the web; a terminal must not obey them.
    """
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text
    )


def aligned(rows: Sequence[Sequence[str]], columns: str) -> list[str]:
    """Lines with the columns of a table under each other.

    Args:
        rows: each with a cell a column; cells are made printable.
        columns: one letter a column, `l` left or `r` right.
    """
    cells = [[printable(cell) for cell in row] for row in rows]
    widths = [max((len(row[index]) for row in cells), default=0) for index in range(len(columns))]
    sides = {"l": str.ljust, "r": str.rjust}
    return [
        _GAP.join(
            sides[side](cell, width) for cell, width, side in zip(row, widths, columns, strict=True)
        ).rstrip()
        for row in cells
    ]


def counted(number: int, noun: str) -> str:
    """`1 host`, `2 hosts`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
