"""Give the text of a page that a reader sees, line by line, for search and for comparison.

A pass over the markup, not a tree: linear on any input, because what is read is a stranger's. What scripts
write is not there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.links.charrefs import unescape_text

__all__ = ["MAX_TEXT_CHARS", "text_lines"]

MAX_TEXT_CHARS = 400_000
"""What is beyond is left out: no page that a person reads is as long as that."""

_OPENING = re.compile(r"<!--|<(/?)([A-Za-z][^\t\n\f\r />]*+)|<[!?/]")
# What is behind the name of a tag; possessive, so that it fails at once or not at all.
_ATTRIBUTES = re.compile(r"(?:[^>\"']++|\"[^\"]*+\"|'[^']*+')*+>")
_UNSEEN = {"script", "style", "template", "noscript", "svg", "math", "head", "title", "iframe", "object"}
_END = {name: re.compile(rf"</{name}[\t\n\f\r />]", re.IGNORECASE) for name in _UNSEEN}
_LINE = {
    *("address", "article", "aside", "blockquote", "br", "caption", "dd", "details", "div", "dl", "dt"),
    *(
        "fieldset",
        "figcaption",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "header",
        "hr",
    ),
    *("legend", "li", "main", "nav", "ol", "option", "p", "pre", "section", "summary", "table", "td", "th"),
    *("tr", "ul", "body", "html"),
}


def text_lines(page: str) -> list[str]:
    """The lines of a page's text, spaces folded, none empty; at most `MAX_TEXT_CHARS` characters in all.

    Args:
        page: its markup, decoded.
    """
    lines: list[str] = []
    left = MAX_TEXT_CHARS
    for line in _lines(page):
        folded = " ".join(unescape_text(line).split())[:left]
        if folded:
            lines.append(folded)
            left -= len(folded)
        if left <= 0:
            break
    return lines


def _lines(page: str) -> Iterator[str]:
    """The text between the tags that begin a line."""
    markup = _Markup(page)
    pieces: list[str] = []
    position = 0
    while (found := _OPENING.search(page, position)) is not None:
        pieces.append(page[position : found.start()])
        name = (found[2] or "").lower()
        position = markup.end(found[0], found.end())
        # A shadow root is shown (HTML Standard, 4.12.3).
        is_shadow = name == "template" and "shadowrootmode" in page[found.end() : position].lower()
        if name in _LINE:
            yield "".join(pieces)
            pieces.clear()
        if name in _UNSEEN and not found[1] and not is_shadow:
            position = markup.end_of_unseen(name, position)
    pieces.append(page[position:])
    yield "".join(pieces)


class _Markup:
    """Finds the ends of what begins; no stretch of a page is looked through twice in vain."""

    def __init__(self, page: str) -> None:
        self._page = page
        self._has_balanced_quotes = True
        self._heads = 0

    def end(self, opening: str, position: int) -> int:
        """Behind the tag or the comment that begins before `position`."""
        if opening == "<!--":
            return self._behind("-->", position)
        if self._has_balanced_quotes and opening not in {"<!", "<?", "</"}:
            if (match := _ATTRIBUTES.match(self._page, position)) is not None:
                return match.end()
            self._has_balanced_quotes = False
        return self._behind(">", position)

    def end_of_unseen(self, name: str, position: int) -> int:
        """Where an element ends that nobody sees; a head need not say where."""
        if name == "head":
            self._heads += 1
            if self._heads > 1:
                return position
        found = _END[name].search(self._page, position)
        if found is None:
            return position if name == "head" else len(self._page)
        return found.start()

    def _behind(self, mark: str, position: int) -> int:
        found = self._page.find(mark, position)
        return len(self._page) if found < 0 else found + len(mark)
