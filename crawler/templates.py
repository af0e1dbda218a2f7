"""Tell which pages of a site are made alike: those of one template, by the pattern of their URLs.

A template is a host and a path in which what differs from page to page is a star: the last segment, and every segment
with a digit in it. Endings and the names of query fields are kept: `shop.example/products/*`, `a.example/*/*.html?page`.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from crawler.urls import host_key

__all__ = ["template_of"]

_MOST_SEGMENTS = 8
_MOST_FIELDS = 6
_MOST_CHARS = 200
_DIGIT = re.compile(r"\d|%")
_ENDING = re.compile(r"(\.[a-z][a-z0-9]{0,5})\Z", re.IGNORECASE)


def template_of(url: str) -> str:
    """The template of a page.

    Args:
        url: canonical.
    """
    parts = urlsplit(url)
    *folders, last = parts.path.split("/")[1:] or [""]
    kept = ["*" if _DIGIT.search(each) else each for each in folders[:_MOST_SEGMENTS]]
    ending = _ENDING.search(last)
    kept.append(f"*{ending[1].lower() if ending else ''}" if last else "")
    names = sorted({each.partition("=")[0] for each in parts.query.split("&") if each})[:_MOST_FIELDS]
    text = f"{host_key(url)}/{'/'.join(kept)}{'?' if names else ''}{'&'.join(names)}"
    return text if len(text) <= _MOST_CHARS else f"{text[:_MOST_CHARS]}*"
