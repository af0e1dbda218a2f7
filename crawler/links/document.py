"""Describe where a text holds references to other URLs: what extraction gives and rewriting takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple

from crawler.links.relations import CANONICAL_LINK
from crawler.model import Hop, Outlink

__all__ = [
    "CARRIED",
    "CLOSED",
    "GET_FORM",
    "MASK",
    "Document",
    "Place",
    "Reference",
    "Syntax",
    "Wish",
    "Wished",
]

CLOSED = "closed"
"""The context of what a page may not load once it is a file: `crawler.links.resolving.EMPTY_URL` stands in its place."""
GET_FORM = "form[action]"
"""The context of a form that asks by URL: never followed, but a search page in the dump can answer it."""
Syntax = Literal["url", "srcset", "refresh", "css", "stylesheet", "srcdoc", "json", "remove", "room", "kept"]
Wished = Literal["element", "module", "manifest", "track", "mask"]
MASK = "mask url()"
"""How the context of an image ends by whose shape a style cuts something out."""

CARRIED: dict[str, Wished] = {
    "use[href]": "element",
    "use[xlink:href]": "element",
    "module script[src]": "module",
    "link[rel=modulepreload]": "module",
    "link[rel=manifest]": "manifest",
    "track[src]": "track",
    MASK: "mask",
}
"""The contexts (of masks their ends) of what a page that is a file cannot load by reference, because every file is an origin of its own."""


class Wish(NamedTuple):
    """A requisite that can be shown only if the page carries it.

    Args:
        kind: what it is to the page.
        url: canonical.
        fragment: of an element: `#...` as written; else nothing.
    """

    kind: Wished
    url: str
    fragment: str = ""


class Reference(NamedTuple):
    """One URL inside a place. A tuple, like `Place`: a page has hundreds and a frozen dataclass costs five times as much.

    Args:
        start: in the place's text.
        end: exclusive.
        url: canonical, absolute.
        fragment: `#...` as written, or nothing.
        hop: how following it counts; None for what is never followed (form targets, citations).
        context: where it stands, e.g. `img[srcset]`.
        nofollow: the link asks not to be followed.
        quote: in a stylesheet, the quote around it.
    """

    start: int
    end: int
    url: str
    fragment: str
    hop: Hop | None
    context: str
    nofollow: bool = False
    quote: str = ""

    @property
    def is_live(self) -> bool:
        """Whether it leads to the live site even if its target is in the dump: citations, forms that post."""
        return self.hop is None and self.context != GET_FORM

    @property
    def wish(self) -> Wish | None:
        """What the page must carry for it; None: nothing."""
        kind = CARRIED.get(MASK if self.context.endswith(MASK) else self.context)
        return None if kind is None else Wish(kind, self.url, self.fragment if kind == "element" else "")


class Place(NamedTuple):
    """A stretch of the body that holds references.

    Args:
        start: byte offset of the text, without quotes.
        end: exclusive.
        quote: the quote around it, or nothing.
        text: decoded, character references resolved; bytes that cannot be decoded are lone surrogates.
        syntax: how references stand in the text; `remove` takes the whole stretch out, `kept` leaves it; `room`
            is where what the `use` behind it shows can stand.
        references: in the order of the text.
        inner: the text as a document of its own (`srcdoc`); the references are counted in that.
    """

    start: int
    end: int
    quote: str
    text: str
    syntax: Syntax
    references: tuple[Reference, ...] = ()
    inner: Document | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A text with its references.

    Args:
        body: the bytes that the places count in.
        codec: Python codec of `body`.
        encoding: WHATWG name of the encoding the text was sent in.
        places: in the order of the body, without overlap.
        title: of an HTML page.
        nofollow: the page asks that none of its links be followed.
        left_out: references beyond the most that one text may have; they stay as they are.
    """

    body: bytes
    codec: str
    encoding: str
    places: tuple[Place, ...]
    title: str = ""
    nofollow: bool = False
    left_out: int = 0

    def references(self) -> Iterator[Reference]:
        """Every reference, in order."""
        for place in self.places:
            yield from place.references

    def wishes(self) -> list[Wish]:
        """What the page must carry, each once, in order."""
        contexts = {each.context for each in self.references()}
        carried = {each for each in contexts if each in CARRIED or each.endswith(MASK)}
        if not carried:
            return []
        found = (each.wish for each in self.references() if each.context in carried)
        return list(dict.fromkeys(wish for wish in found if wish is not None))

    def outlinks(self) -> list[Outlink]:
        """What can be fetched, each URL and hop once, in order; a link that may be followed wins.

        That it is named as canonical is not lost.
        """
        found: dict[tuple[str, Hop], tuple[str, bool]] = {}
        for place in self.places:
            for _, _, url, _, hop, context, nofollow, _ in place.references:
                if hop is None:
                    continue
                is_refused = nofollow or (self.nofollow and hop is not Hop.EMBED)
                known = found.get((url, hop))
                if known is None or (known[1] and not is_refused):
                    found[url, hop] = (context, is_refused)
                elif context == CANONICAL_LINK:
                    found[url, hop] = (context, known[1])
        return [
            Outlink(url=url, hop=hop, context=context, nofollow=is_refused)
            for (url, hop), (context, is_refused) in found.items()
        ]
