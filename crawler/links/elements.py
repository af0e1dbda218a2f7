"""List which attributes of which HTML and SVG elements hold URLs: the table that scanning and reading share.

The URL-valued attributes of the HTML Standard (section "Attributes"), those of SVG 2 that a browser
fetches, the few that old pages use, and the common lazy loaders. What is not here is no link: the scanner
passes over it inside one regular expression.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from crawler.model import Hop

__all__ = ["ANYWHERE", "ELEMENTS", "Kind", "Use"]

Kind = Literal["url", "srcset", "css", "background", "srcdoc", "remove", "link", "content"]
"""How an attribute is read; `link` and `content` are the href of `link` and the content of `meta`, `srcdoc` is a page."""


class Use(NamedTuple):
    """What an attribute holds.

    Args:
        kind: how it is read.
        hop: how following its URLs counts; None for what is never followed.
    """

    kind: Kind
    hop: Hop | None


_LINK, _EMBED = Use("url", Hop.LINK), Use("url", Hop.EMBED)
_UNFOLLOWED = Use("url", None)
_SRCSET = Use("srcset", Hop.EMBED)
_REMOVED = Use("remove", None)
_LAZY = dict.fromkeys(("data-src", "data-original", "data-lazy", "data-lazy-src"), _EMBED) | dict.fromkeys(
    ("data-srcset", "data-lazy-srcset"), _SRCSET
)
# A browser that reads a file refuses what these demand: the file's bytes are rewritten, its origin is opaque.
_GUARDED = {"integrity": _REMOVED, "crossorigin": _REMOVED}

ANYWHERE: dict[str, Use] = {
    "style": Use("css", Hop.EMBED),
    "data-bg": Use("background", Hop.EMBED),
    "data-background": Use("background", Hop.EMBED),
    "data-background-image": Use("background", Hop.EMBED),
}
"""Attributes that hold URLs on any element at all."""

_SPECIFIC: dict[str, dict[str, Use]] = {
    # A click in the copy must not tell the live site.
    "a": {"href": _LINK, "xlink:href": _LINK, "ping": _REMOVED},
    "area": {"href": _LINK, "ping": _REMOVED},
    "audio": {"src": _EMBED, **_LAZY, **_GUARDED},
    # Every reference is rewritten against the base, so a base left in place would move them again.
    "base": {"href": _REMOVED},
    "blockquote": {"cite": _UNFOLLOWED},
    "body": {"background": _EMBED},
    "button": {"formaction": _UNFOLLOWED},
    "del": {"cite": _UNFOLLOWED},
    "embed": {"src": _EMBED},
    "feimage": {"href": _EMBED, "xlink:href": _EMBED},
    "form": {"action": _UNFOLLOWED},
    "frame": {"src": _EMBED, "longdesc": _LINK},
    "iframe": {"src": _EMBED, "srcdoc": Use("srcdoc", None), "longdesc": _LINK, **_LAZY},
    "image": {"href": _EMBED, "xlink:href": _EMBED},
    "img": {"src": _EMBED, "srcset": _SRCSET, "longdesc": _LINK, **_LAZY, **_GUARDED},
    "input": {"src": _EMBED, "formaction": _UNFOLLOWED},
    "ins": {"cite": _UNFOLLOWED},
    "link": {"href": Use("link", None), "imagesrcset": _SRCSET, **_GUARDED},
    "meta": {"content": Use("content", None)},
    "object": {"data": _EMBED},
    "q": {"cite": _UNFOLLOWED},
    "script": {"src": _EMBED, "href": _EMBED, "xlink:href": _EMBED, **_GUARDED},
    "source": {"src": _EMBED, "srcset": _SRCSET, **_LAZY},
    "table": {"background": _EMBED},
    "td": {"background": _EMBED},
    "th": {"background": _EMBED},
    "track": {"src": _EMBED},
    "use": {"href": _EMBED, "xlink:href": _EMBED},
    "video": {"src": _EMBED, "poster": _EMBED, **_LAZY, **_GUARDED},
}

ELEMENTS: dict[str, dict[str, Use]] = {name: ANYWHERE | uses for name, uses in _SPECIFIC.items()}
"""By lower-case element name: what each of its attributes holds, `ANYWHERE` included."""
