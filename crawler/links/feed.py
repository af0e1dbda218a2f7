"""Read a feed that a page links to: its entries are links, its text stays as it is."""

from __future__ import annotations

import re

from crawler.links.document import Document, Place, Reference
from crawler.links.encoding import xml_encoding
from crawler.links.sitemap import sitemap
from crawler.model import Hop

__all__ = ["FEED_TYPES", "is_feed", "read_feed"]

FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/rdf+xml", "application/xml", "text/xml"}
)

_HEAD_BYTES = 1024
# Namespaces are not asked for: whoever sends a feed calls it so.
_ROOT = re.compile(rb"<(?:[a-z]++:)?(?:rss|feed|rdf)[\s>]", re.IGNORECASE)


def is_feed(body: bytes) -> bool:
    """Whether its first kilobyte shows the root of a feed."""
    # UTF-16 is ASCII with zero bytes between.
    return _ROOT.search(body[:_HEAD_BYTES].replace(b"\0", b"")) is not None


def read_feed(body: bytes, url: str) -> Document | None:
    """The entries of RSS (any version) or Atom as links; None for other XML. Never raises on any bytes."""
    if not is_feed(body):
        return None
    references = tuple(
        Reference(0, 0, each.url, "", Hop.LINK, each.context)
        for each in sitemap(body, url)
        if each.context in {"rss link", "atom link"}
    )
    places = (Place(0, 0, "", "", "kept", references),) if references else ()
    return Document(body=body, codec="utf-8", encoding=xml_encoding(body), places=places)
