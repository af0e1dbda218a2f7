"""Point the references of a text at the dump, changing no byte outside the references.

A reference to something in the dump becomes relative, every other one absolute; fragments stay. The
text is written back in the encoding and with the quotes it came in, and what was changed in it is told:
undoing that gives the bytes as they were sent.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from crawler.carried import NOTHING, Carried, Element, Hold
from crawler.links.css import css_string
from crawler.links.document import CARRIED, Document, Place, Reference, Wish
from crawler.links.text import Change, as_sent

__all__ = ["Address", "Edit", "Rewritten", "rewrite", "undo"]

Address = Callable[[str], str | None]
"""Where a canonical URL lies, as a relative reference from the text's own file; None: not in the dump."""

_Target = Callable[[Reference], str]
_SPACE = re.compile(r"[\t\n\f\r ]")
_EQUALS = 0x3D
# Its href or xlink:href, a style, and three attributes of lazy loaders.
_MOST_OF_A_USE = 6


class Edit(NamedTuple):
    """A stretch of a rewritten text that is not as it was sent. A tuple: a page has hundreds.

    Args:
        start: byte offset in the new bytes.
        end: exclusive; the same as `start` where something was taken out.
        was: the bytes that stood there.
    """

    start: int
    end: int
    was: bytes


class Rewritten(NamedTuple):
    """A text with its references pointed anew.

    Args:
        body: the new bytes; the very object that was given where nothing changes.
        edits: everything in which they differ from the original, in order, without overlap.
    """

    body: bytes
    edits: tuple[Edit, ...] = ()


def rewrite(document: Document, original: bytes, address: Address, carried: Carried = NOTHING) -> Rewritten:
    """The bytes of `original` with its references pointed by `address`, and what was changed for that.

    Args:
        document: the references of `original`.
        original: the content-decoded body.
        address: asked once a distinct URL; a reference that stays live is not asked for.
        carried: what stands in the text itself instead of being led to.
    """
    hold = Hold(carried, document.body)
    places = _changes(document, _targets(address, hold), hold)
    changes = as_sent(places, document.body, document.encoding, original)
    pieces: list[bytes] = []
    edits: list[Edit] = []
    position = moved = 0
    for start, end, new in changes:
        pieces += (original[position:start], new)
        edits.append(Edit(start + moved, start + moved + len(new), original[start:end]))
        moved += len(new) - (end - start)
        position = end
    if not edits:
        return Rewritten(original)
    pieces.append(original[position:])
    return Rewritten(b"".join(pieces), tuple(edits))


def undo(rewritten: Rewritten) -> bytes:
    """The original, byte for byte: the inverse of `rewrite`."""
    body, edits = rewritten
    if not edits:
        return body
    pieces: list[bytes] = []
    position = 0
    for start, end, was in edits:
        pieces += (body[position:start], was)
        position = end
    pieces.append(body[position:])
    return b"".join(pieces)


def _targets(address: Address, hold: Hold) -> _Target:
    """What is to be written for a reference."""
    answers: dict[str, str | None] = {}

    def target(each: Reference) -> str:
        if each.is_live:
            return each.url + each.fragment
        if (data := hold.data(each)) is not None:
            return data
        if each.url not in answers:
            answers[each.url] = address(each.url)
        found = answers[each.url]
        return (each.url if found is None else found) + each.fragment

    return target


def _changes(document: Document, target: _Target, hold: Hold) -> Iterator[Change]:
    """What changes in the document's body."""
    position = 0
    standing: dict[Wish, str] = {}
    used: tuple[Place, Element] | None = None
    for number, place in enumerate(document.places):
        if place.syntax == "room":
            used = _used(document.places[number + 1 : number + 1 + _MOST_OF_A_USE], standing, hold)
            if used is not None and used[1].markup:
                yield place.start, place.start, used[1].markup.encode("ascii")
            continue
        led = _led_to(used[1].id) if used is not None and place is used[0] else target
        edited = _edit(place, led, document, hold)
        if edited is None or place.start < position:
            continue
        yield place.start, place.end, edited
        position = place.end


def _used(places: Sequence[Place], standing: dict[Wish, str], hold: Hold) -> tuple[Place, Element] | None:
    """The place of the reference that a `use` goes by, the first of these, and what stands for it."""
    place = next(filter(_is_of_use, places))
    found = hold.element(place.references[0], standing)
    return None if found is None else (place, found)


def _is_of_use(place: Place) -> bool:
    return place.syntax == "url" and CARRIED.get(place.references[0].context) == "element"


def _led_to(name: str) -> _Target:
    return lambda _: f"#{name}"


def _changed(body: bytes, changes: Iterable[Change]) -> bytes | None:
    """The body with all of it done; None if there is nothing to do."""
    pieces: list[bytes] = []
    position = 0
    for start, end, new in changes:
        pieces += (body[position:start], new)
        position = end
    if not pieces:
        return None
    pieces.append(body[position:])
    return b"".join(pieces)


def _edit(place: Place, target: _Target, document: Document, hold: Hold) -> bytes | None:
    """The new bytes of a place; None if it stays as it is."""
    syntax, old = place.syntax, place.text
    if syntax == "remove":
        return b""
    if syntax == "kept":
        return None
    if place.inner is not None:
        return _edit_inner(place, place.inner, target, document.codec, hold)
    pieces: list[str] = []
    position = 0
    for each in place.references:
        url = target(each)
        pieces += (old[position : each.start], _written(url, place, each))
        position = each.end
    pieces.append(old[position:])
    text = "".join(pieces)
    if text == old:
        return None
    if syntax == "stylesheet":
        return _encoded(text, document.codec, _css_escape)
    if syntax == "json":
        return json.dumps(text)[1:-1].encode()
    edited = _encoded(_attribute_value(text, place.quote), document.codec, _character_reference)
    is_bare = place.start == place.end and not place.quote and document.body[place.start - 1] != _EQUALS
    return b"=" + edited if is_bare else edited


def _edit_inner(place: Place, inner: Document, target: _Target, codec: str, hold: Hold) -> bytes | None:
    """The new bytes of a `srcdoc`. In XML a value holds no `<`, and HTML does not mind."""
    edited = _changed(inner.body, _changes(inner, target, hold))
    if edited is None:
        return None
    text = _attribute_value(edited.decode("utf-8", "surrogatepass"), place.quote)
    return _encoded(text.replace("<", "&lt;"), codec, _character_reference)


def _written(url: str, place: Place, reference: Reference) -> str:
    """The URL as it must stand in the syntax of the place."""
    match place.syntax:
        case "css" | "stylesheet":
            return css_string(url, reference.quote)
        case "srcset":
            return _srcset_url(url)
        case "refresh":
            return _refresh_url(url, place.text, reference)
        case _:
            return url


def _srcset_url(url: str) -> str:
    """A URL in a srcset holds no space and neither begins nor ends with a comma (HTML Standard, 4.8.4.2.1)."""
    url = _SPACE.sub(_percent, url)
    return url.replace(",", "%2C") if "," in (url[:1], url[-1:]) else url


def _refresh_url(url: str, text: str, reference: Reference) -> str:
    """A quote ends the URL that began with it; and one that begins the URL is taken for its quote (4.2.5.3)."""
    before = text[reference.start - 1 : reference.start]
    if before in {'"', "'"}:
        return url.replace(before, f"%{ord(before):02X}")
    return f"%{ord(url[0]):02X}{url[1:]}" if url[:1] in {'"', "'"} else url


def _percent(match: re.Match[str]) -> str:
    return f"%{ord(match[0]):02X}"


def _attribute_value(text: str, quote: str) -> str:
    """`text` as an attribute value; with quotes of its own where it had none."""
    text = text.replace("&", "&amp;")
    if quote == "'":
        return text.replace("'", "&#39;")
    text = text.replace('"', "&quot;")
    return text if quote else f'"{text}"'


def _encoded(text: str, codec: str, escape: Callable[[str], str]) -> bytes:
    """The bytes of `text`; bytes that came undecoded go back as they were, what has no code is escaped."""
    try:
        return text.encode(codec, "surrogateescape")
    except UnicodeEncodeError:
        return b"".join(_encoded_char(char, codec, escape) for char in text)


def _encoded_char(char: str, codec: str, escape: Callable[[str], str]) -> bytes:
    try:
        return char.encode(codec, "surrogateescape")
    except UnicodeEncodeError:
        return escape(char).encode("ascii")


def _character_reference(char: str) -> str:
    return f"&#{ord(char)};"


def _css_escape(char: str) -> str:
    return f"\\{ord(char):x} "
