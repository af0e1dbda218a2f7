"""Write down in a record how its URL was reached, and read it back.

The field stands in the WARC header of responses and revisits: depth, hops, role, via, one space between
them, `-` for nothing: `Crawler-Path: 2 LL link https://example.org/list`.
"""

from __future__ import annotations

import re

from crawler.model import MAX_HOPS_KEPT, UNKNOWN_DEPTH, Candidate, Hop
from crawler.urls import canonicalize, host_key, identity

__all__ = ["DOUBT_FIELD", "PATH_FIELD", "read_doubt", "read_path", "show_path"]

PATH_FIELD = "Crawler-Path"
DOUBT_FIELD = "Crawler-Doubt"
"""In the header of a 2xx answer that does not stand for the page: the name of the doubt (`crawler.doubts`)."""
_MAX_DEPTH_DIGITS = 10
_DOUBT = re.compile("[a-z0-9_]{1,40}")
_ROLES = {"seed": (True, False), "link": (False, False), "requisite": (False, True)}


def show_path(candidate: Candidate) -> str:
    """How a URL was reached, as one line."""
    role = (candidate.is_seed, candidate.is_requisite and not candidate.is_seed)
    word = next(name for name, roles in _ROLES.items() if roles == role)
    return f"{candidate.depth} {candidate.hops or '-'} {word} {candidate.via or '-'}"


def read_path(url: str, text: str | None) -> Candidate:
    """The candidate that a URL was; its depth is `UNKNOWN_DEPTH` where the text does not tell.

    Args:
        url: canonical.
        text: as `show_path` wrote it; anything else is as good as nothing.
    """
    key, host = identity(url), host_key(url)
    words = (text or "").split(" ")
    if len(words) == 4:
        depth, hops, role, via = words
        is_number = depth.isascii() and depth.isdigit() and len(depth) <= _MAX_DEPTH_DIGITS
        letters = "" if hops == "-" else hops
        if is_number and role in _ROLES and len(letters) <= MAX_HOPS_KEPT and set(letters) <= set(Hop):
            is_seed, is_requisite = _ROLES[role]
            return Candidate(
                url=url,
                key=key,
                host=host,
                depth=min(int(depth), UNKNOWN_DEPTH),
                hops=letters,
                via=canonicalize(via) if via != "-" else None,
                is_seed=is_seed,
                is_requisite=is_requisite,
            )
    return Candidate(url=url, key=key, host=host, depth=UNKNOWN_DEPTH)


def read_doubt(text: str | None) -> str:
    """The doubt that a record tells of; "": none, or nothing that we wrote."""
    return text if text is not None and _DOUBT.fullmatch(text) else ""
