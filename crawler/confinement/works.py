"""Name the work that is done on a text in a process that can be killed, besides reading its links."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

from crawler.extraction.rulesfile import read_rules
from crawler.extraction.taking import take
from crawler.links.encoding import decode, sniff_encoding
from crawler.links.findings import Text
from crawler.readable import readable

__all__ = ["ITEMS", "MARKDOWN", "WORKS"]

ITEMS = "items"
"""Terms: the text of the rules, and whether the body is JSON. Gives items, breaks and links."""

MARKDOWN = "markdown"
"""No terms. Gives the Markdown and what the page says of itself; None if there is no content."""

_MOST_ITEM_CHARS = 8_000_000
"""Of one answer: what a few dozen that wait to land may hold in memory."""

Work = Callable[[Text, bytes, Any], Any]
"""Gives JSON values of a text, its bytes and terms; those are JSON values, too."""


def _markdown(text: Text, body: bytes, _terms: Any) -> Any:
    return readable(decode(body, sniff_encoding(body, text.content_type)), text.url)


def _items(text: Text, body: bytes, terms: Any) -> Any:
    rules, is_json = terms
    # JSON is UTF-8 (RFC 8259 section 8.1).
    encoding = "utf-8" if is_json else sniff_encoding(body, text.content_type)
    taken = take(read_rules(rules), text.url, decode(body, encoding), is_json=is_json)
    if len(json.dumps(taken.items)) > _MOST_ITEM_CHARS:
        return {
            "items": [],
            "breaks": [("page", "", "it gives too much; nothing of it is taken")],
            "links": [],
        }
    return {
        "items": taken.items,
        "breaks": [(each.item, each.field, each.reason) for each in taken.breaks],
        "links": taken.links,
    }


WORKS: Mapping[str, Work] = MappingProxyType({ITEMS: _items, MARKDOWN: _markdown})
"""By the name that a frame of kind WORK says."""
