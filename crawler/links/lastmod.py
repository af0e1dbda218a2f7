"""Read when a site says that a page was last modified, in a sitemap or a feed that serves as one."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

__all__ = ["modified_at"]

_MOST_CHARS = 40
# W3C Date and Time Formats (sitemaps.org, "lastmod"); a space, a comma and a missing zone are common and forgiven.
_DATE = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:[Tt ](\d\d):(\d\d)(?::(\d\d)(?:[.,]\d{1,9})?)?(?:Z|z|([+-])(\d\d):?(\d\d))?)?)?)?",
    re.ASCII,
)
_SPANS = (timedelta(days=366), timedelta(days=31), timedelta(days=1), timedelta(0), timedelta(minutes=1))
_SECOND = timedelta(seconds=1)


def modified_at(text: str, asked_at: float) -> float | None:
    """The latest instant that the text can mean; None: it tells none, or one that is still to come.

    A day has passed only at its end: a page that was looked at on the morning of its `lastmod` may have changed
    since. So of what is vague the end counts, but no instant after the sitemap itself was asked for.

    Args:
        text: as it stands in the sitemap: W3C, or as in mail (RSS).
        asked_at: when the sitemap was asked for.
    """
    text = text.strip()
    if not 4 <= len(text) <= _MOST_CHARS:
        return None
    try:
        begin, span = _read(text)
        begins_at = begin.timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
    return None if begins_at > asked_at else min(begins_at + span.total_seconds(), asked_at)


def _read(text: str) -> tuple[datetime, timedelta]:
    """When it begins, and how long it is vague for."""
    date = _DATE.fullmatch(text)
    if date is None:
        told = parsedate_to_datetime(text)
        return (told if told.tzinfo else told.replace(tzinfo=UTC)), _SECOND
    year, month, day, hour, minute, second = (int(each) if each else None for each in date.groups()[:6])
    begin = datetime(year or 0, month or 1, day or 1, hour or 0, minute or 0, second or 0, tzinfo=UTC)
    if date[7]:
        offset = timedelta(hours=int(date[8]), minutes=int(date[9]))
        begin += offset if date[7] == "-" else -offset
    if second is not None:
        return begin, _SECOND
    return begin, _SPANS[sum(each is not None for each in (month, day, hour, minute))]
