"""Point the references of a text at the dump, changing no byte outside the references.

A reference to something in the dump becomes relative, every other one absolute; fragments stay. The
text is written back in the encoding and with the quotes it came in.
"""

from __future__ import annotations

from collections.abc import Callable

from crawler.links.css import css_string
from crawler.links.document import Document, Place, Reference
from crawler.links.text import as_sent

__all__ = ["Address", "rewrite"]

Address = Callable[[str], str | None]
"""Where a canonical URL lies, as a relative reference from the text's own file; None: not in the dump."""


def rewrite(document: Document, original: bytes, address: Address) -> bytes:
    """The bytes of `original` with its references pointed by `address`.

    Args:
        document: the references of `original`.
        original: the content-decoded body.
        address: asked once a distinct URL; a reference that is never followed is not asked for.
    """
    answers: dict[str, str | None] = {}

    def target(each: Reference) -> str:
        if each.hop is None:
            return each.url + each.fragment
        if each.url not in answers:
            answers[each.url] = address(each.url)
        found = answers[each.url]
        return (each.url if found is None else found) + each.fragment

    pieces: list[bytes] = []
    position = 0
    for place in document.places:
        edited = _edit(place, target, document.codec)
        if edited is None or place.start < position:
            continue
        pieces += (document.body[position : place.start], edited)
        position = place.end
    if not pieces:
        return original
    pieces.append(document.body[position:])
    return as_sent(b"".join(pieces), document.encoding, original)


def _edit(place: Place, target: Callable[[Reference], str], codec: str) -> bytes | None:
    """The new bytes of a place; None if it stays as it is."""
    if place.syntax == "remove":
        return b""
    pieces: list[str] = []
    position = 0
    for each in place.references:
        url = target(each)
        if place.syntax in {"css", "stylesheet"}:
            url = css_string(url, each.quote)
        elif place.syntax == "srcset":
            url = _srcset_url(url)
        pieces += (place.text[position : each.start], url)
        position = each.end
    pieces.append(place.text[position:])
    text = "".join(pieces)
    if text == place.text:
        return None
    if place.syntax != "stylesheet":
        text = _attribute_value(text, place.quote)
        return text.encode(codec, "xmlcharrefreplace")
    return text.encode(codec, "surrogateescape")


def _srcset_url(url: str) -> str:
    """A URL in a srcset may neither begin nor end with a comma (HTML Standard, 4.8.4.2.1)."""
    return url.replace(",", "%2C") if "," in (url[:1], url[-1:]) else url


def _attribute_value(text: str, quote: str) -> str:
    """`text` as an attribute value; with quotes of its own where it had none."""
    text = text.replace("&", "&amp;")
    if quote == "'":
        return text.replace("'", "&#39;")
    text = text.replace('"', "&quot;")
    return text if quote else f'"{text}"'
