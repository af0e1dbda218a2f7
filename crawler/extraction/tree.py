"""Parse a page into a tree once, select in it, and take texts and markup of its elements.

CSS selectors are translated to XPath (cssselect), so that both select in the same tree and may be mixed. What they
cost depends on the page, so this runs where it can be killed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lxml.etree
import lxml.html
from cssselect import HTMLTranslator, SelectorError

from crawler.extraction.rule import Select
from crawler.extraction.value import collapsed
from crawler.urls import canonicalize

__all__ = ["base_of", "css", "markup_of", "rows_of", "selected", "text_of", "tree_of", "xpath"]

_MOST_SELECTED = 10_000
_HIDDEN = frozenset({"script", "style", "template", "noscript"})
_INLINE = frozenset(
    {
        *("a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "data", "del", "dfn", "em", "font", "i"),
        *("ins", "kbd", "mark", "q", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt"),
        *("u", "var", "wbr"),
    }
)


def css(text: str) -> Select:
    """A CSS selector, compiled.

    Raises:
        ValueError: it is none, with what is wrong.
    """
    try:
        return xpath(HTMLTranslator().css_to_xpath(text, prefix="descendant::"))
    except SelectorError as error:
        raise ValueError(f"{text!r} is no CSS selector: {error}") from None


def xpath(text: str) -> Select:
    """An XPath 1.0 expression, compiled.

    Raises:
        ValueError: it is none, with what is wrong.
    """
    try:
        compiled: Select = lxml.etree.XPath(text, smart_strings=False)
    except lxml.etree.XPathSyntaxError as error:
        raise ValueError(f"{text!r} is no XPath: {error}") from None
    return compiled


def tree_of(text: str) -> Any:
    """The tree of an HTML text, as lxml's lenient parser builds it; None if there is nothing in it."""
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        return lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.ParserError:
        return None


def base_of(tree: Any, url: str) -> str:
    """What the links of a page are relative to."""
    written = next((each.get("href") for each in tree.iter("base") if each.get("href")), "")
    return canonicalize(written, url) or url


def selected(select: Select, element: Any) -> list[Any]:
    """What a selector gives below an element: elements, or the text of an expression or an attribute.

    Raises:
        ValueError: the expression cannot be worked out here.
    """
    try:
        found = select(element)
    except lxml.etree.XPathError as error:
        raise ValueError(f"its XPath fails: {error}") from None
    if not isinstance(found, list):
        # NaN is what XPath calls the number of no number.
        is_nothing = found in ("", None) or found != found  # noqa: PLR0124
        return [] if is_nothing else [found]
    return found[:_MOST_SELECTED]


def text_of(found: Any) -> str:
    """The text of an element as it is read: blocks are apart, scripts and styles have none."""
    return found if isinstance(found, str) else collapsed("".join(_texts(found)))


def markup_of(found: Any) -> str:
    """The markup of an element, without what follows it."""
    if isinstance(found, str):
        return found
    made: str = lxml.etree.tostring(found, encoding="unicode", method="html", with_tail=False)
    return made


def rows_of(table: Any) -> list[dict[str, str]]:
    """The rows of a table by the names of its columns; cells over several rows or columns stand in each.

    The first row with a `th`, or else the first, has the names; of names that stand twice the first counts.
    """
    grid = _grid(table)
    head = next((place for place, (_, is_head) in enumerate(grid) if is_head), 0)
    names = grid[head][0] if grid else []
    rows = []
    for cells, _ in grid[head + 1 :]:
        row: dict[str, str] = {}
        for name, text in zip(names, cells, strict=False):
            row.setdefault(name, text)
        rows.append(row)
    return rows[:_MOST_SELECTED]


_MOST_SPAN = 1000
_MOST_COLUMNS = 1000


def _grid(table: Any) -> list[tuple[list[str], bool]]:
    """The texts of each row, and whether it has a `th`; cells of tables inside belong to their cell."""
    grid: list[tuple[list[str], bool]] = []
    hanging: dict[int, tuple[str, int]] = {}
    for row in table.iter("tr"):
        if next(row.iterancestors("table"), None) is not table:
            continue
        cells, hanging = _cells(row, hanging)
        grid.append((cells, row.find("th") is not None))
    return grid


def _cells(row: Any, hanging: dict[int, tuple[str, int]]) -> tuple[list[str], dict[int, tuple[str, int]]]:
    """The texts of one row, and what hangs into the next: text and rows left, by column."""
    cells: list[str] = []
    below: dict[int, tuple[str, int]] = {}

    def put(text: str, rows: int) -> None:
        if rows > 1:
            below[len(cells)] = text, rows - 1
        cells.append(text)

    for cell in (*row.iterchildren("td", "th"), None):
        while len(cells) in hanging:
            put(*hanging[len(cells)])
        if cell is not None:
            text, rows = text_of(cell), _span(cell, "rowspan")
            for _ in range(min(_span(cell, "colspan"), _MOST_COLUMNS - len(cells))):
                put(text, rows)
    return cells, below


def _span(cell: Any, name: str) -> int:
    text = cell.get(name, "1").strip()
    return min(max(int(text), 1), _MOST_SPAN) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def _texts(element: Any) -> Iterator[str]:
    for event, each in lxml.etree.iterwalk(element, events=("start", "end")):
        is_apart = each.tag not in _INLINE
        if event == "start":
            yield " " * is_apart
            if each.tag not in _HIDDEN and each.text:
                yield each.text
        else:
            yield " " * is_apart
            if each is not element and each.tail:
                yield each.tail
