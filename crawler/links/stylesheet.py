"""Find every reference of a stylesheet with its place."""

from __future__ import annotations

from collections.abc import Iterator

from crawler.links.allowance import Allowance
from crawler.links.css import css_encoding, css_spans
from crawler.links.document import CLOSED, MASK, Document, Place, Reference
from crawler.links.resolving import EMPTY_URL, is_local, resolve, scalar_text
from crawler.links.text import scannable
from crawler.model import Hop

__all__ = ["css_references", "read_css", "stylesheet_places"]


def read_css(
    body: bytes, url: str, content_type: str | None = None, allowance: Allowance | None = None
) -> Document:
    """The stylesheet's references, all requisites; never raises on any bytes.

    Raises:
        TooHeavyError: they are more than the allowance.
    """
    allowance = allowance or Allowance()
    encoding = css_encoding(body, content_type)
    scanned, codec = scannable(body, encoding)
    places = tuple(
        stylesheet_places(scanned, (0, len(scanned)), codec, url, "css url()", allowance=allowance)
    )
    return Document(body=scanned, codec=codec, encoding=encoding, places=places, left_out=allowance.left_out)


def css_references(
    text: str, base: str, codec: str, context: str, allowance: Allowance
) -> Iterator[Reference]:
    """The references of a stylesheet's text; all of them are requisites.

    Args:
        text: decoded with surrogates for what cannot be decoded.
        base: absolute URL.
        codec: that it was decoded with.
        context: of each, with `url()` in it.
        allowance: of the document.
    """
    for each in css_spans(text):
        allowance.spend()
        # CSS URLs are read as UTF-8 in stylesheets of any encoding (CSS Values 4, section 4.5.4).
        resolved = resolve(scalar_text(each.url, codec), base)
        if is_local(each.url) and allowance.keeps(EMPTY_URL):
            yield Reference(each.start, each.end, EMPTY_URL, "", None, CLOSED, quote=each.quote)
        if resolved is not None and allowance.keeps(resolved[0]):
            where = context
            if each.is_import:
                where = context.replace("url()", "@import")
            elif each.is_mask and not resolved[1]:
                where = context.replace("url()", MASK)
            yield Reference(each.start, each.end, *resolved, Hop.EMBED, where, quote=each.quote)


def stylesheet_places(
    body: bytes, span: tuple[int, int], codec: str, base: str, context: str, *, allowance: Allowance
) -> Iterator[Place]:
    """A place for each reference of the stylesheet in this stretch of `body`, so that nothing else is touched."""
    start, end = span
    raw = body[start:end]
    text, codec = _same_length_text(raw, codec)
    position, offset = 0, start
    for each in css_references(text, base, codec, context, allowance=allowance):
        offset += _size(text[position : each.start], codec)
        place_start = offset
        written = text[each.start : each.end]
        offset += _size(written, codec)
        position = each.end
        reference = each._replace(start=0, end=len(written))
        yield Place(place_start, offset, "", written, "stylesheet", (reference,))


def _same_length_text(raw: bytes, codec: str) -> tuple[str, str]:
    """The text, and a codec that writes it in as many bytes; latin-1 always does, and it finds every ASCII URL."""
    if raw.isascii():
        return raw.decode("ascii"), "latin-1"
    try:
        text = raw.decode(codec, "surrogateescape")
        if len(text.encode(codec, "surrogateescape")) == len(raw):
            return text, codec
    except UnicodeError:
        pass
    return raw.decode("latin-1"), "latin-1"


def _size(text: str, codec: str) -> int:
    return len(text.encode(codec, "surrogateescape"))
