"""Draw charts that a browser shows without scripts: SVG for the shapes, HTML for every word.

Words stay words, so that they have one size on a phone and on a wide screen, and can be read out. Colours are
classes of the style sheet, which knows light and dark.
"""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence

__all__ = ["bars", "columns", "stacks"]

_HEIGHT = 100
_GAP = 0.15


def bars(rows: Sequence[tuple[str, float, str]], *, caption: str) -> str:
    """Bars from left to right, each with its name before and its figure behind it; "": there are none.

    Args:
        rows: name, length, figure as it is shown.
        caption: what is measured.
    """
    most = max((value for _, value, _ in rows), default=0.0)
    if most <= 0:
        return ""
    cells = "\n".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td class="drawn"><svg class="bar" viewBox="0 0 100 10"'
        f' preserveAspectRatio="none" aria-hidden="true"><rect class="tone0" width="{100 * value / most:.2f}"'
        f' height="10"/></svg></td><td>{html.escape(shown)}</td></tr>'
        for name, value, shown in rows
    )
    return (
        f'<table class="bars"><caption>{html.escape(caption)}</caption>\n<tbody>\n{cells}\n</tbody></table>'
    )


def columns(values: Sequence[tuple[str, float, str]], *, caption: str) -> str:
    """Columns side by side in the order of time; "": there are none.

    Args:
        values: what a column is of, its height, figure as it is shown.
        caption: what is measured.
    """
    most = max((value for _, value, _ in values), default=0.0)
    if most <= 0:
        return ""
    shapes = "".join(
        f'<rect class="tone0" x="{place + _GAP / 2:.3f}" y="{_HEIGHT - _HEIGHT * value / most:.2f}"'
        f' width="{1 - _GAP}" height="{_HEIGHT * value / most:.2f}">'
        f"<title>{html.escape(f'{name}: {shown}')}</title></rect>"
        for place, (name, value, shown) in enumerate(values)
    )
    highest = max(values, key=lambda each: each[1])[2]
    return _figure(shapes, len(values), f"{caption}; at most {highest}", values[0][0], values[-1][0])


def stacks(runs: Sequence[tuple[str, Mapping[str, int]]], kinds: Sequence[str], *, caption: str) -> str:
    """Columns made of kinds that lie on each other, with a legend; "": there are none.

    Args:
        runs: what a column is of, and how many of each kind.
        kinds: from the bottom up.
        caption: what is counted.
    """
    most = max((sum(counts.get(kind, 0) for kind in kinds) for _, counts in runs), default=0)
    if most <= 0:
        return ""
    shapes: list[str] = []
    for place, (name, counts) in enumerate(runs):
        top = float(_HEIGHT)
        for tone, kind in enumerate(kinds):
            if not (count := counts.get(kind, 0)):
                continue
            height = _HEIGHT * count / most
            top -= height
            shapes.append(
                f'<rect class="tone{tone}" x="{place + _GAP / 2:.3f}" y="{top:.2f}" width="{1 - _GAP}"'
                f' height="{height:.2f}"><title>{html.escape(f"{name}: {count} {kind}")}</title></rect>'
            )
    legend = "".join(
        f'<li><svg class="key" viewBox="0 0 1 1" aria-hidden="true"><rect class="tone{tone}" width="1" height="1"/></svg>'
        f"{html.escape(kind)}</li>"
        for tone, kind in enumerate(kinds)
        if any(counts.get(kind, 0) for _, counts in runs)
    )
    drawn = _figure("".join(shapes), len(runs), f"{caption}; at most {most:,}", runs[0][0], runs[-1][0])
    return f'{drawn}\n<ul class="legend">{legend}</ul>'


def _figure(shapes: str, count: int, caption: str, first: str, last: str) -> str:
    ends = f"<span>{html.escape(first)}</span>" + (f"<span>{html.escape(last)}</span>" if count > 1 else "")
    return (
        f'<figure><figcaption>{html.escape(caption)}</figcaption>\n<svg class="columns" viewBox="0 0 {max(count, 4)} {_HEIGHT}"'
        f' preserveAspectRatio="none" role="img" aria-label="{html.escape(caption)}">{shapes}</svg>\n'
        f'<div class="ends">{ends}</div></figure>'
    )
