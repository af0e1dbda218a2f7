"""Remember what tags held, for the other pages of a site: they repeat their links from page to page.

What a plain link (`PLAIN_LINK`) names was resolved before if another page of the folder named it, whatever its
fragment, class or title; any other tag was read before if it stood there byte for byte. So a page costs what is new
in it: of 350 links in a page of documentation, ten are. What is remembered is equal to what reading would give:
what depends on more than the folder (`?page=2` alone, a base, an inline style, a frame's document) is read each time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple

from crawler.links.document import Place
from crawler.links.resolving import TRIMMED

__all__ = ["PLAIN_LINK", "Familiar", "Ground", "Places", "TagKey"]

TagKey = tuple[bytes, str, bool, bool, bool]
"""The attributes as sent, the name, and the flags of `crawler.links.scan.Tag`."""

Places = tuple[Place, ...]
"""Counted from the beginning of the attributes; empty if the tag holds no link."""

_SPACE = rb"[\t\n\f\r ]"
_SILENT = rb"(?:class|title|id|accesskey|target|name|hreflang|tabindex|role|lang|dir|aria-[a-z]++|data-(?!b)[a-z-]++)"
_RELATION = rb"(?:next|prev|bookmark|author|help|search|noopener|noreferrer|external|index|tag|license)"
_OTHERS = rb'(?:%b++(?:%b="[^"]*+"|rel="%b"))*+' % (_SPACE, _SILENT, _RELATION)
_SIGN = rb'[^"&#\x00-\x20\x7f-\xff]'
PLAIN_LINK = re.compile(
    rb'%b%b++href="((?!\?)%b++)(#%b*+)?+"%b%b*+' % (_OTHERS, _SPACE, _SIGN, _SIGN, _OTHERS, _SPACE)
)
"""The attributes of an `a` that say nothing but where it leads, in ASCII, without character references.

Groups: what it names, without the fragment; the fragment.
"""

# Their places depend on more than the tag, or the tag says more than its places.
_READ_EACH_TIME = frozenset({"base", "meta", "iframe", "style", "title"})
_REMEMBERED_SYNTAXES = frozenset({"url", "srcset", "remove", "room", "kept"})
_MAX_TAG_BYTES = 1000
_MAX_REFERENCES = 16
_MAX_TAGS = 4_000
_MAX_NAMED = 50_000


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

    def url(self, ground: Ground, named: bytes) -> str | None:
        """The canonical URL of what a plain link names; None: no page of the folder named it before."""
        return self._named.get((ground.folder, named))

    def places(self, ground: Ground, tag: TagKey) -> Places | None:
        """The places of a tag that was read before; None: it was not."""
        return self._tags.get((ground, tag))

    def meet(self, ground: Ground, tag: TagKey, places: Places) -> None:
        """Take note of what a tag held, if that holds for all of the folder."""
        rest, name, *_ = tag
        if name == "a":
            found = PLAIN_LINK.fullmatch(rest)
            # One reference at one place, or none: it is no link of the web, or was left out.
            if found is not None and places:
                if len(self._named) >= _MAX_NAMED:
                    self._named.clear()
                self._named[ground.folder, found[1]] = places[0].references[0].url
        elif name not in _READ_EACH_TIME and len(rest) <= _MAX_TAG_BYTES and _are_alike(places):
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
