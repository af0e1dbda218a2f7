"""Find the document base URL, from which relative URLs are read (HTML Standard, 2.4.3 and 4.2.3)."""

from __future__ import annotations

from collections.abc import Iterable

from bs4.element import Tag as SoupTag

from crawler.links.meaning import STRIPPED
from crawler.links.scan import Attribute, Tag
from crawler.urls import canonicalize

__all__ = ["base_of"]


def base_of(tags: Iterable[tuple[SoupTag, Tag, dict[str, Attribute]]], url: str) -> str:
    """The base of the document at `url`: the first `base` with an href counts, if it is http(s)."""
    for tag, described, _ in tags:
        if (
            described.name == "base"
            and tag.has_attr("href")
            and not described.is_inert
            and not described.is_foreign
        ):
            return canonicalize(str(tag["href"]).strip(STRIPPED), url) or url
    return url
