"""Find the stylesheets that an XML document names before its root element (Associating Style Sheets with XML 1.0)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from crawler.links.scan import Attribute, attributes_between

__all__ = ["stylesheet_instructions"]

# XML 1.0 section 2.8: what may stand before the root element. An internal DTD subset ends the search.
_PIECE = re.compile(
    rb"\s*+(?:<\?xml-stylesheet(?=[\s?])(?P<instruction>(?s:.*?))\?>|<\?(?s:.*?)\?>|<!--(?s:.*?)-->|<!DOCTYPE[^\[>]*+>)"
)
_MARK = b"\xef\xbb\xbf"
_MAX_INSTRUCTIONS = 100


def stylesheet_instructions(body: bytes, codec: str) -> Iterator[dict[str, Attribute]]:
    """The pseudo-attributes of each `<?xml-stylesheet ...?>`, with their places in `body`.

    Args:
        body: in an encoding that extends ASCII.
        codec: Python codec of its text.
    """
    position = len(_MARK) if body.startswith(_MARK) else 0
    for _ in range(_MAX_INSTRUCTIONS):
        piece = _PIECE.match(body, position)
        if piece is None:
            return
        position = piece.end()
        if piece["instruction"] is not None:
            yield attributes_between(body, *piece.span("instruction"), codec)
