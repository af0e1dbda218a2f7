"""Give the main content of a page as Markdown: its text without navigation, headers, footers, advertisements.

trafilatura finds the content (extra `markdown`). Before, links are made absolute, and the marks that many pages hang
on headings are taken away. Never raises for what a page holds; how long it takes depends on the page, so it is done
where it can be killed.
"""

from __future__ import annotations

import importlib
import importlib.util
from typing import Any
from urllib.parse import urljoin

import lxml.etree
import lxml.html

__all__ = ["is_readable_installed", "readable"]

_LIBRARY = "trafilatura"
_HEADINGS = (
    "//*[self::h1 or self::h2 or self::h3 or self::h4 or self::h5 or self::h6]//a[starts-with(@href, '#')]"
)
_SAID = ("title", "description", "author", "date")
_MARKS = frozenset({"", "#", "\u00b6", "\u00a7", "\U0001f517", "\uf0c1"})


def is_readable_installed() -> bool:
    """Whether the library is there."""
    return importlib.util.find_spec(_LIBRARY) is not None


def readable(text: str, url: str) -> tuple[str, dict[str, str]] | None:
    """The Markdown of an HTML text and what the page says of itself; None if nothing in it is content.

    Args:
        text: decoded.
        url: of the page.
    """
    library: Any = importlib.import_module(_LIBRARY)
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    # As bytes: lxml takes no text with an encoding declaration, and no surrogates.
    try:
        tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except lxml.etree.ParserError:
        # Nothing but white space and comments.
        return None
    _tidy(tree, url)
    told = library.extract_metadata(tree, default_url=url)
    said = {} if told is None else {name: getattr(told, name) or "" for name in _SAID}
    markdown = library.extract(
        tree,
        output_format="markdown",
        include_comments=False,
        include_formatting=True,
        include_images=True,
        include_links=True,
        include_tables=True,
        favor_recall=True,
    )
    if not markdown:
        return None
    return markdown.strip() + "\n", {name: " ".join(value.split()) for name, value in said.items() if value}


def _tidy(tree: Any, url: str) -> None:
    # A page may be anything: what is no URL stays as it stands.
    for anchor in tree.xpath(_HEADINGS):
        if "".join(anchor.itertext()).strip() in _MARKS:
            anchor.drop_tree()
        else:
            anchor.drop_tag()
    base = next(iter(tree.xpath("//base/@href")), "")
    for name in ("href", "src"):
        for element in tree.iterfind(f".//*[@{name}]"):
            try:
                element.set(name, urljoin(urljoin(url, base), element.get(name).strip()))
            except ValueError:
                continue
