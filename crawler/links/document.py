"""Describe where a text holds references to other URLs: what extraction gives and rewriting takes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from crawler.model import Hop, Outlink

__all__ = ["Document", "Place", "Reference", "Syntax"]

Syntax = Literal["url", "srcset", "refresh", "css", "stylesheet", "remove"]


@dataclass(frozen=True, slots=True)
class Reference:
    """One URL inside a place.

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


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of the body that holds references.

    Args:
        start: byte offset of the text, without quotes.
        end: exclusive.
        quote: the quote around it, or nothing.
        text: decoded, character references resolved.
        syntax: how references stand in the text; `remove` takes the whole stretch out.
        references: in the order of the text.
    """

    start: int
    end: int
    quote: str
    text: str
    syntax: Syntax
    references: tuple[Reference, ...] = ()


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
    """

    body: bytes
    codec: str
    encoding: str
    places: tuple[Place, ...]
    title: str = ""
    nofollow: bool = False

    def references(self) -> Iterator[Reference]:
        """Every reference, in order."""
        for place in self.places:
            yield from place.references

    def outlinks(self) -> list[Outlink]:
        """What can be fetched, each URL and hop once, in order; a link that may be followed wins."""
        found: dict[tuple[str, Hop], Outlink] = {}
        for each in self.references():
            if each.hop is None:
                continue
            nofollow = each.nofollow or (self.nofollow and each.hop is not Hop.EMBED)
            key = (each.url, each.hop)
            if key not in found or (found[key].nofollow and not nofollow):
                found[key] = Outlink(url=each.url, hop=each.hop, context=each.context, nofollow=nofollow)
        return list(found.values())
