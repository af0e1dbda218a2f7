"""Read the title of a page."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.links.charrefs import unescape_text
from crawler.links.scan import Tag

__all__ = ["title"]

_MAX_CHARS = 300
_MAX_BYTES = 10_000


def title(body: bytes, codec: str, tags: Iterable[Tag], *, is_xml: bool) -> str:
    """The first title with a text, in one line of at most 300 characters; "" if there is none.

    Args:
        body: the document.
        codec: Python codec of `body`.
        tags: of the document, in order.
        is_xml: it is read as XML: the title of SVG is the document's own.
    """
    for tag in tags:
        if tag.name != "title" or tag.is_inert or (tag.is_foreign and not is_xml):
            continue
        start, end = tag.text
        text = unescape_text(body[start : min(end, start + _MAX_BYTES)].decode(codec, "replace"))
        if line := " ".join(text.split())[:_MAX_CHARS]:
            return line
    return ""
