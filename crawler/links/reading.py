"""Read a text by its media type: one door to the readers of HTML, SVG, CSS, feeds, manifests and sitemaps."""

from __future__ import annotations

from crawler.links.allowance import Allowance
from crawler.links.document import Document
from crawler.links.familiar import Familiar
from crawler.links.feed import FEED_TYPES, is_feed, read_feed
from crawler.links.html import read_html
from crawler.links.manifest import JSON_TYPES, MAX_MANIFEST_BYTES, read_manifest
from crawler.links.sitemap import is_sitemap, sitemap
from crawler.links.stylesheet import read_css
from crawler.media import CSS_TYPES, HTML_TYPES, sniff_media_type
from crawler.model import Outlink

__all__ = ["is_looked_into", "is_text_with_links", "outlinks", "read_document"]

_MARKUP = HTML_TYPES | {"image/svg+xml"}
_READ = _MARKUP | CSS_TYPES | FEED_TYPES | JSON_TYPES


def is_text_with_links(media_type: str) -> bool:
    """Whether `read_document` looks into this type."""
    return media_type in _READ


def is_looked_into(media_type: str, head: bytes, size_bytes: int) -> bool:
    """Whether `read_document` does more than look at the first kilobyte.

    Args:
        media_type: essence of the type.
        head: the first kilobyte at least.
        size_bytes: of the whole.
    """
    if media_type in FEED_TYPES:
        return is_feed(head)
    if media_type in JSON_TYPES:
        return size_bytes <= MAX_MANIFEST_BYTES
    return is_text_with_links(media_type)


def read_document(
    body: bytes,
    url: str,
    media_type: str,
    content_type: str | None,
    allowance: Allowance | None = None,
    *,
    familiar: Familiar | None = None,
) -> Document | None:
    """The references of a text; None for a type that is not read.

    Args:
        body: content-decoded.
        url: canonical URL it was fetched from.
        media_type: essence of its type.
        content_type: the header as sent.
        allowance: what it may hold.
        familiar: tags of pages that were read before.

    Raises:
        TooHeavyError: it holds more than the allowance; without one it never raises.
    """
    if media_type in _MARKUP:
        return read_html(body, url, content_type, allowance, familiar=familiar)
    if media_type in CSS_TYPES:
        return read_css(body, url, content_type, allowance)
    if media_type in FEED_TYPES:
        return read_feed(body, url)
    if media_type in JSON_TYPES:
        return read_manifest(body, url)
    return None


def outlinks(body: bytes, url: str, content_type: str | None = None) -> list[Outlink]:
    """What a body leads to, each URL and hop once, in order. Never raises on any bytes.

    Args:
        body: content-decoded.
        url: canonical URL it was fetched from.
        content_type: the Content-Type header as sent; without one the body is looked at.
    """
    media_type = sniff_media_type(content_type, body)
    if is_sitemap(body, media_type):
        return sitemap(body, url)
    document = read_document(body, url, media_type, content_type)
    return [] if document is None else document.outlinks()
