"""Say what a `link` is worth by its `rel`, and which `meta` holds the image of a page."""

from __future__ import annotations

from collections.abc import Iterable

from crawler.model import Hop, Outlink

__all__ = ["CANONICAL_HEADER", "CANONICAL_LINK", "canonical_of", "is_page_image", "link_hop"]

CANONICAL_LINK, CANONICAL_HEADER = "link[rel=canonical]", "Link rel=canonical"
"""The contexts of a link that names the URL by which a page wants to be known (RFC 6596)."""

_EMBED = frozenset(
    {"stylesheet", "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "apple-touch-startup-image"}
    | {"mask-icon", "fluid-icon", "image_src", "manifest", "preload", "modulepreload"}
)
_UNFOLLOWED = frozenset({"dns-prefetch", "preconnect", "pingback", "profile", "shortlink", "edituri"})
_IMAGES = frozenset(
    {"og:image", "og:image:url", "og:image:secure_url", "twitter:image", "twitter:image:src"}
    | {"image", "thumbnailurl", "msapplication-tileimage"}
)


def link_hop(rels: Iterable[str]) -> Hop | None:
    """How following a `link` counts; None for what is never followed.

    Args:
        rels: the words of its `rel`, lower case (HTML Standard, 4.6.7, link types).
    """
    words = frozenset(rels)
    if words & _EMBED:
        return Hop.EMBED
    return Hop.LINK if words and not words & _UNFOLLOWED else None


def canonical_of(outlinks: Iterable[Outlink]) -> str | None:
    """The URL by which a page wants to be known; None where it names none, or more than one."""
    named = {each.url for each in outlinks if each.context in {CANONICAL_LINK, CANONICAL_HEADER}}
    return named.pop() if len(named) == 1 else None


def is_page_image(name: str) -> bool:
    """Whether a `meta` of this `property`, `name` or `itemprop` (lower case) holds the image by which others show the page.

    The Open Graph protocol, and what is read like it.
    """
    return name in _IMAGES
