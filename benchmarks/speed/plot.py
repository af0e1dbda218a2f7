"""The results as bars in an SVG, one panel a scenario: pages a second, whole command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from benchmarks.speed.results import Outcome, Result, Row

__all__ = ["plot"]

_WIDTH = 860
_LABEL = 270
_BARS = 470
_BAR = 18
_STEP = 24
_HEAD = 34
_GAP = 16
_OURS, _OTHERS = "#1f6feb", "#9aa4b0"


def plot(results: Sequence[Result]) -> str:
    """Draw the scenarios that have more than one contender."""
    shown = [each for each in results if len(each.rows) > 1]
    lines: list[str] = []
    top = _GAP
    for result in shown:
        lines += _panel(result, top)
        top += _HEAD + _STEP * len(result.rows) + _GAP
    size = f'viewBox="0 0 {_WIDTH} {top}" width="{_WIDTH}" height="{top}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif" font-size="13">',
            "<title>Pages a second, whole command, by site and contender</title>",
            f'<rect width="{_WIDTH}" height="{top}" fill="#ffffff"/>',
            *lines,
            "</svg>\n",
        ]
    )


def _panel(result: Result, top: int) -> Iterator[str]:
    title = f"{result.title}, {result.connections} connections: pages a second"
    yield f'<text x="12" y="{top + 18}" font-weight="bold" fill="#1f2328">{escape(title)}</text>'
    most = max((row.pages_per_second for row in result.rows if row.has_finished), default=1.0)
    for number, row in enumerate(result.rows):
        yield from _bar(row, top + _HEAD + number * _STEP, most)


def _bar(row: Row, top: int, most: float) -> Iterator[str]:
    middle = top + 14
    yield f'<text x="{_LABEL - 8}" y="{middle}" text-anchor="end" fill="#1f2328">{escape(row.title)}</text>'
    if not row.has_finished:
        told = f"not within {row.wall_seconds:,.0f} s" if row.outcome == Outcome.OVER else row.outcome
        yield f'<text x="{_LABEL}" y="{middle}" fill="#6e7781">{escape(told)}</text>'
        return
    width = max(_BARS * row.pages_per_second / most, 1.0)
    colour = _OURS if row.contender.startswith("ours") else _OTHERS
    yield f'<rect x="{_LABEL}" y="{top}" width="{width:.1f}" height="{_BAR}" fill="{colour}"/>'
    text = f"{row.pages_per_second:,.0f}"
    yield f'<text x="{_LABEL + width + 6:.1f}" y="{middle}" fill="#1f2328">{text}</text>'
