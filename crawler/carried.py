"""Let a page carry what it cannot load by reference once it is a file.

To a browser every file is an origin of its own, so a page loads no module, no manifest, no text track and no element
of another SVG file. The first three stand in the page as `data:` URLs; an element stands as markup right before the
`use` that shows it, under an id that the page does not hold.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Mapping
from itertools import count
from typing import NamedTuple

from crawler.links.document import Reference, Wish, Wished
from crawler.links.manifest import JSON_TYPES
from crawler.sprite import PREFIX

__all__ = [
    "BEARABLE",
    "MOST_CARRIED_BYTES",
    "NOTHING",
    "Bearable",
    "Carried",
    "Element",
    "Hold",
    "carried_in",
    "data_url",
    "is_bearable",
]

MOST_CARRIED_BYTES = 256 * 1024
"""What one page carries in all; what is beyond that is led to by reference, as if it could be loaded."""

Carried = Mapping[Wish, str]
"""By wish: a `data:` URL, or the markup of an element as `crawler.sprite` gives it."""

NOTHING: Carried = {}


class Bearable(NamedTuple):
    """What can be carried of a kind.

    Args:
        media_types: that browsers take for it.
        written_type: the one that its `data:` URL has; "" for its own.
    """

    media_types: frozenset[str]
    written_type: str


# WHATWG MIME Sniffing, section 4.6: JavaScript MIME types.
_SCRIPTS = frozenset(
    {"text/javascript", "application/javascript", "application/x-javascript", "text/ecmascript"}
    | {"application/ecmascript", "text/x-javascript", "text/jscript", "text/livescript"}
)
_IMAGES = frozenset(
    {"image/svg+xml", "image/png", "image/gif", "image/jpeg", "image/webp", "image/avif", "image/bmp"}
)
BEARABLE: dict[Wished, Bearable] = {
    "element": Bearable(frozenset({"image/svg+xml"}), "image/svg+xml"),
    "module": Bearable(_SCRIPTS, "text/javascript"),
    "manifest": Bearable(JSON_TYPES, "application/manifest+json"),
    "mask": Bearable(_IMAGES, ""),
    # Browsers look at no type here, and half of the servers know none.
    "track": Bearable(frozenset({"text/vtt", "text/plain", "application/octet-stream"}), "text/vtt"),
}
"""By what the wish is for."""


def carried_in(content: bytes, carried: Carried) -> Carried:
    """That part of what there is to carry which stands in the bytes of a page, whatever ids it has there."""
    return {wish: value for wish, value in carried.items() if _stands_in(content, value)}


def _stands_in(content: bytes, value: str) -> bool:
    piece = max(value.split(PREFIX), key=len)
    return any(piece.encode(codec) in content for codec in ("ascii", "utf-16-le", "utf-16-be"))


def is_bearable(media_type: str) -> bool:
    """Whether some page could carry what has this type."""
    return any(media_type in each.media_types for each in BEARABLE.values())


class Element(NamedTuple):
    """An element that a page carries.

    Args:
        id: under which it is used.
        markup: in ASCII; "" if it stands in the page already.
    """

    id: str
    markup: str


class Hold:
    """What one page carries, bounded.

    Args:
        carried: what there is to carry.
        body: of the page, as it is scanned.
    """

    def __init__(self, carried: Carried, body: bytes) -> None:
        self._carried = carried
        self._room_bytes = MOST_CARRIED_BYTES
        self._count = 0
        self._prefix = ""
        if carried:
            self._prefix = next(name for name in _names() if name.encode() not in body)

    def data(self, reference: Reference) -> str | None:
        """The `data:` URL that stands for a reference; None: it is led to like any other."""
        wish = reference.wish if self._carried else None
        if wish is None or wish.kind == "element" or (found := self._carried.get(wish)) is None:
            return None
        return found if self._takes(found) else None

    def element(self, reference: Reference, standing: dict[Wish, str]) -> Element | None:
        """What stands for the reference of a `use`; None: it is led to like any other.

        Args:
            reference: its href.
            standing: the ids of the elements that the document carries so far; a new one is added.
        """
        wish = reference.wish
        if wish is None or wish.kind != "element" or (markup := self._carried.get(wish)) is None:
            return None
        if wish in standing:
            return Element(standing[wish], "")
        prefix = f"{self._prefix}{self._count + 1}-"
        markup = markup.replace(PREFIX, prefix)
        if not self._takes(markup):
            return None
        self._count += 1
        if "url(#" not in markup:
            # What names a paint server is drawn only where that is laid out, so it stands with every use.
            standing[wish] = f"{prefix}0"
        return Element(f"{prefix}0", markup)

    def _takes(self, text: str) -> bool:
        is_room = len(text) <= self._room_bytes
        self._room_bytes -= len(text) if is_room else 0
        return is_room


def data_url(media_type: str, body: bytes) -> str:
    """The body as a URL (RFC 2397)."""
    return f"data:{media_type};base64,{b64encode(body).decode('ascii')}"


def _names() -> Iterator[str]:
    yield "carried"
    yield from (f"carried-{number}-" for number in count(1))
