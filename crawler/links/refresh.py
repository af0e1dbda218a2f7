"""Read the target and the delay of a `<meta http-equiv=refresh>` or a `Refresh` header.

WHATWG HTML section 4.2.5.3, the shared declarative refresh steps: quite unlike what the syntax suggests
(`1 x` refreshes to `x`, `1x` does not).
"""

from __future__ import annotations

import re

from crawler.links.resolving import TRIMMED

__all__ = ["meta_refresh", "refresh_span"]

MAX_DELAY_SECONDS = 1e9

_DELAY = re.compile(r"[\t\n\f\r ]*+(?=[0-9.])([0-9]*+)[0-9.]*+")
_SEPARATOR = re.compile(r"(?=[;,\t\n\f\r ])[\t\n\f\r ]*+[;,]?[\t\n\f\r ]*+")
_URL_WORD = re.compile(r"url[\t\n\f\r ]*+=[\t\n\f\r ]*+", re.IGNORECASE | re.ASCII)
_REMOVED_BY_URL_PARSER = str.maketrans("", "", "\t\n\r")


def meta_refresh(text: str) -> tuple[float, str] | None:
    """Give the delay in whole seconds and the URL, relative as it stands.

    Returns:
        None if `text` asks for nothing; an empty URL means the page itself. Spaces around the URL and
        line breaks inside it are gone, as the URL parser would drop them (WHATWG URL section 4.4).
    """
    delay = _DELAY.match(text)
    if delay is None:
        return None
    span = _url_span(text, delay.end())
    if span is None:
        return None
    url = text[slice(*span)].translate(_REMOVED_BY_URL_PARSER).strip(TRIMMED)
    return min(float(delay[1] or 0), MAX_DELAY_SECONDS), url


def refresh_span(text: str) -> tuple[int, int] | None:
    """Give start and end of the URL in `text`; None if there is no URL to rewrite."""
    delay = _DELAY.match(text)
    span = _url_span(text, delay.end()) if delay else None
    return span if span and span[0] < span[1] else None


def _url_span(text: str, position: int) -> tuple[int, int] | None:
    """Find the URL behind the delay; an empty span if there is none, None if the text is invalid."""
    if position == len(text):
        return position, position
    separator = _SEPARATOR.match(text, position)
    if separator is None:
        return None
    start, end = separator.end(), len(text)
    word = _URL_WORD.match(text, start)
    start = word.end() if word else start
    if text[start : start + 1] in {'"', "'"}:
        closing = text.find(text[start], start + 1)
        start, end = start + 1, closing if closing >= 0 else end
    while start < end and text[start] in TRIMMED:
        start += 1
    while start < end and text[end - 1] in TRIMMED:
        end -= 1
    return start, end
