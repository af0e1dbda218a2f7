"""Remember what tags held, for the other pages of a site: they repeat their links from page to page.

What a plain link (`crawler.links.tagpattern.PLAIN_LINK`) names was resolved before if another page of the folder named it, whatever its
fragment, class or title; any other tag was read before if it stood there byte for byte. So a page costs what is new
in it: of 350 links in a page of documentation, ten are. What is remembered is equal to what reading would give:
what depends on more than the folder (`?page=2` alone, a base, an inline style, a frame's document) is read each time.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import NamedTuple

from crawler.links.document import Place, Reference
from crawler.links.resolving import TRIMMED
from crawler.model import Hop

__all__ = ["Familiar", "Ground", "KnownLink", "Places", "TagKey"]

TagKey = tuple[bytes, str, bool, bool, bool]
"""The attributes as sent, the name, and the flags of `crawler.links.scan.Tag`."""

Places = tuple[Place, ...]
"""Counted from the beginning of the attributes; empty if the tag holds no link."""

# Their places depend on more than the tag, or the tag says more than its places.
_READ_EACH_TIME = frozenset({"base", "meta", "iframe", "style", "title"})
_REMEMBERED_SYNTAXES = frozenset({"url", "srcset", "remove", "room", "kept"})
_MAX_TAG_BYTES = 1000
_MAX_REFERENCES = 16
_MAX_TAGS = 4_000
_MAX_NAMED = 50_000
_MAX_NAMED_CHARS = 500
_MAX_WRITTEN = 20_000
# A NamedTuple's own constructor takes twice the time.
_new = tuple.__new__
_reference = partial(tuple.__new__, Reference)


class KnownLink(NamedTuple):
    """A plain link as a page writes it.

    Args:
        url: canonical.
        text: the URL as written, with its fragment.
        references: the one that it is.
    """

    url: str
    text: str
    references: tuple[Reference]

    @classmethod
    def to(cls, url: str, text: str, fragment: str) -> KnownLink:
        """A link written as `text`, which ends with the fragment."""
        reference = _reference((0, len(text), url, fragment, Hop.LINK, "a[href]", False, ""))
        return _new(cls, (url, text, (reference,)))


class Ground(NamedTuple):
    """Where tags mean the same.

    Args:
        folder: of the document's URL, up to the last slash of its path.
        reading: how its bytes are read: all else that a tag's meaning depends on.
    """

    folder: str
    reading: str

    @classmethod
    def of(cls, url: str, reading: str) -> Ground:
        """The ground of a document without a base, by its canonical URL."""
        path_end = url.find("?")
        return cls(url[: url.rindex("/", 0, path_end if path_end >= 0 else len(url)) + 1], reading)


class Familiar:
    """What one process has read; once it is much, it is forgotten."""

    def __init__(self) -> None:
        self._tags: dict[tuple[Ground, TagKey], Places] = {}
        self._named: dict[tuple[str, bytes], str] = {}
        self._written: dict[tuple[str, bytes], KnownLink] = {}

    def name(self, folder: str, link: KnownLink) -> None:
        """Take note of what a plain link names: the same all over the folder."""
        if len(link.text) > _MAX_NAMED_CHARS:
            return
        if len(self._named) >= _MAX_NAMED:
            self._named.clear()
        self._named[folder, link.text.partition("#")[0].encode("ascii")] = link.url

    def link(self, folder: str, written: bytes, fragment: bytes | None) -> KnownLink | None:
        """What a plain link is; None: no page of the folder named its URL before.

        Args:
            folder: of the ground.
            written: its URL with the fragment.
            fragment: `#...`, if there is one.
        """
        key = (folder, written)
        if (known := self._written.get(key)) is not None:
            return known
        size = len(fragment or b"")
        url = self._named.get((folder, written[: len(written) - size]))
        if url is None:
            return None
        text = written.decode("ascii")
        known = KnownLink.to(url, text, text[len(text) - size :])
        if len(written) <= _MAX_NAMED_CHARS:
            if len(self._written) >= _MAX_WRITTEN:
                self._written.clear()
            self._written[key] = known
        return known

    def places(self, ground: Ground, tag: TagKey) -> Places | None:
        """The places of a tag that was read before; None: it was not."""
        return self._tags.get((ground, tag))

    def meet(self, ground: Ground, tag: TagKey, places: Places) -> None:
        """Take note of what a tag held, if that holds for all of the folder."""
        rest, name, *_ = tag
        if name not in _READ_EACH_TIME and len(rest) <= _MAX_TAG_BYTES and _are_alike(places):
            if len(self._tags) >= _MAX_TAGS:
                self._tags.clear()
            self._tags[ground, tag] = places


def _are_alike(places: Iterable[Place]) -> bool:
    """Whether these would be the same in any document of the folder."""
    for place in places:
        if place.syntax not in _REMEMBERED_SYNTAXES or len(place.references) > _MAX_REFERENCES:
            return False
        for each in place.references:
            written = place.text[each.start : each.end].strip(TRIMMED)
            if not written or written[0] in "?#":
                return False
    return True
