"""Say in plain values what the API shows of captures and URLs, and read what its queries ask for."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from aiohttp import web

from crawler.browse.replay import stamp
from crawler.clock import iso_utc
from crawler.model import UNKNOWN_DEPTH, Capture, State
from crawler.serve.problem import ProblemError
from crawler.standing import Entry
from crawler.urls import canonicalize

__all__ = [
    "MOST_LISTED",
    "capture_values",
    "entry_values",
    "limit_of",
    "one_of",
    "stretch",
    "text_of",
    "url_of",
    "view_path",
    "whole_number",
]

MOST_LISTED = 1000
"""So many items one answer holds at most."""
_LISTED = 100
_MOST_NUMBER = 2**63 - 1
_MOST_DIGITS = 19


def capture_values(number: int, capture: Capture) -> dict[str, Any]:
    """An answer that was kept."""
    return {
        "id": number,
        "url": capture.url,
        "captured_at": iso_utc(capture.captured_at),
        "status": capture.status,
        "media_type": capture.media_type,
        "size_bytes": capture.size_bytes,
        "digest": capture.digest,
        "title": capture.title,
        "redirect_to": capture.redirect_to,
        "mirror_path": capture.mirror_path,
        "view": view_path(stamp(capture.captured_at), capture.url),
    }


def entry_values(number: int, entry: Entry) -> dict[str, Any]:
    """A URL and what became of it."""
    candidate, good = entry.candidate, entry.good
    return {
        "id": number,
        "url": candidate.url,
        "host": candidate.host,
        "state": entry.state.value,
        "reason": entry.reason,
        "status": entry.status,
        "depth": None if candidate.depth >= UNKNOWN_DEPTH else candidate.depth,
        "via": candidate.via,
        "last_at": None if entry.last_at is None else iso_utc(entry.last_at),
        "title": good.title if good else "",
        "captured_at": iso_utc(good.captured_at) if good else None,
        "view": view_path("now", candidate.url) if good else None,
    }


def view_path(when: str, url: str) -> str:
    """The path of the view that shows a URL as of a date."""
    return f"/view/{when}/{quote(url, safe=':/?=&%+,;@!$*~')}" if "#" in url else f"/view/{when}/{url}"


def stretch(values: list[dict[str, Any]], limit: int, cursor: Any) -> web.Response:
    """A stretch of a list, with the cursor behind which it goes on; null: it does not."""
    return web.json_response({"items": values, "next": cursor if len(values) == limit else None})


def whole_number(
    request: web.Request, name: str, default: int, most: int = _MOST_NUMBER, least: int = 0
) -> int:
    """A whole number of the query.

    Raises:
        ProblemError: 400: it is none, or not within bounds.
    """
    text = request.query.get(name)
    if text is None:
        return default
    if text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS and least <= int(text) <= most:
        return int(text)
    raise ProblemError(400, f"{name} must be a whole number from {least} to {most}")


def limit_of(request: web.Request) -> int:
    """How many items are wanted.

    Raises:
        ProblemError: 400.
    """
    return whole_number(request, "limit", _LISTED, MOST_LISTED, 1)


def text_of(request: web.Request, name: str, most: int = 1000) -> str:
    """A text of the query; "" if it is not there.

    Raises:
        ProblemError: 400: it is too long, or no text.
    """
    text = request.query.get(name, "")
    if len(text) > most or "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise ProblemError(400, f"{name} must be a text of at most {most} characters, without NUL")
    return str(text)


def url_of(request: web.Request) -> str:
    """The URL of the query, canonical.

    Raises:
        ProblemError: 400: there is none.
    """
    text = text_of(request, "url", 10_000)
    url = canonicalize(text)
    if url is None:
        raise ProblemError(400, "url must be an absolute http(s) URL, percent-encoded")
    return url


def one_of(request: web.Request, name: str) -> State | None:
    """A state of the query; None if it is not there.

    Raises:
        ProblemError: 400: it is none.
    """
    text = request.query.get(name)
    if text is None:
        return None
    if text not in {state.value for state in State}:
        raise ProblemError(400, f"{name} must be one of {', '.join(State)}")
    return State(text)
