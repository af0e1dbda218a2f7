"""Find the links in the headers of an answer."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator

from crawler.links.refresh import meta_refresh
from crawler.model import Hop, Outlink
from crawler.urls import canonicalize

__all__ = ["REDIRECTS", "header_links", "is_nofollow", "redirect_target"]

REDIRECTS = frozenset({301, 302, 303, 307, 308})
"""Statuses whose `Location` is followed by itself (RFC 9110 section 15.4)."""

# RFC 8288 section 3: <target>; parameters. Both parts are bounded, and neither can match the other's start.
_LINK = re.compile(r"<([^<>]{0,8192})>([^<>]{0,2048})")
_REL = re.compile(r";\s*rel\s*=\s*(?:\"([^\"]*)\"|([^\s;,\"]+))", re.IGNORECASE)
_RULES_WITH_VALUE = frozenset({"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"})
_FOLLOWED = {
    "canonical": Hop.LINK,
    "next": Hop.LINK,
    "prev": Hop.LINK,
    "alternate": Hop.LINK,
    "stylesheet": Hop.EMBED,
}


def redirect_target(status: int, headers: Iterable[tuple[str, str]], url: str) -> str | None:
    """The canonical target of a redirect (RFC 9110 section 15.4); None if the answer is none.

    Nor is it where two different `Location` speak. `Location` is read as the URL Standard says, like a link; its bytes are UTF-8 in practice.
    """
    if status not in REDIRECTS:
        return None
    locations = {value.strip() for name, value in headers if name.lower() == "location"}
    if len(locations) != 1:
        return None
    location = locations.pop()
    with contextlib.suppress(UnicodeError):
        location = location.encode("latin-1").decode("utf-8")
    return canonicalize(location, url)


def header_links(headers: Iterable[tuple[str, str]], url: str) -> Iterator[Outlink]:
    """What `Refresh` and `Link` lead to."""
    for name, value in headers:
        match name.lower():
            case "refresh":
                refresh = meta_refresh(value)
                target = canonicalize(refresh[1], url) if refresh and refresh[1] else None
                if target is not None:
                    yield Outlink(url=target, hop=Hop.REDIRECT, context="Refresh")
            case "link":
                yield from _links(value, url)


def is_nofollow(headers: Iterable[tuple[str, str]]) -> bool:
    """Whether `X-Robots-Tag` asks robots in general not to follow the links of the answer."""
    return any(
        word in {"nofollow", "none"}
        for name, value in headers
        if name.lower() == "x-robots-tag"
        for word in _general_rules(value)
    )


def _general_rules(value: str) -> Iterator[str]:
    """The rules up to the first that names a robot: the rest is for that one."""
    for word in value.lower().split(","):
        rule, mark, _ = word.partition(":")
        if mark and rule.strip() not in _RULES_WITH_VALUE:
            return
        yield rule.strip()


def _links(value: str, url: str) -> Iterator[Outlink]:
    for match in _LINK.finditer(value):
        rel = _REL.search(match[2])
        if rel is None:
            continue
        names = (rel[1] or rel[2] or "").lower().split()
        followed = next((name for name in names if name in _FOLLOWED), None)
        target = canonicalize(match[1].strip(), url)
        if followed is not None and target is not None:
            yield Outlink(
                url=target,
                hop=_FOLLOWED[followed],
                context=f"Link rel={followed}",
                nofollow="nofollow" in names,
            )
