"""Find every reference of a stylesheet with its place."""

from __future__ import annotations

from crawler.links.css import css_encoding
from crawler.links.document import Document, Place
from crawler.links.html import css_references
from crawler.links.text import scannable

__all__ = ["read_css"]


def read_css(body: bytes, url: str, content_type: str | None = None) -> Document:
    """The stylesheet's references, all requisites; never raises on any bytes."""
    encoding = css_encoding(body, content_type)
    scanned, codec = scannable(body, encoding)
    text = scanned.decode(codec, "surrogateescape")
    references = tuple(css_references(text, url, "css url()"))
    places = (Place(0, len(scanned), "", text, "stylesheet", references),) if references else ()
    return Document(body=scanned, codec=codec, encoding=encoding, places=places)
