"""Name requests that are more than the address of a page: posted ones, and those with headers of their own.

A seed of a JSON list may say how it is to be asked. Everything a crawl keeps hangs on URLs, so such a request is
given one: its address with a parameter that holds all of it. Only seeds that the user named are asked so; whatever
else bears that parameter is an address like any other, and no page can have anything posted.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from crawler.model import Candidate
from crawler.urls import MAX_URL_CHARS, canonicalize

__all__ = ["METHODS", "Ask", "ask_for", "ask_of", "ask_url", "read_ask"]

METHODS = ("GET", "POST")
"""What only asks. Whoever wants to change something at a server needs no crawler."""

_PARAMETER = "__crawler_ask"
_ENCODED = re.compile(rf"^(.*)[?&]{_PARAMETER}=([A-Za-z0-9_-]+)$")
_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_SECRETS = frozenset({"authorization", "cookie", "proxy-authorization"})
_OURS = frozenset({"host", "content-length", "transfer-encoding", "connection"})
_KEYS = ("url", "method", "headers", "body", "json", "form")
_JSON, _FORM = "application/json", "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """A request as a seed says it.

    Args:
        url: canonical.
        method: one of `METHODS`.
        headers: of its own.
        content: what is posted.
    """

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    content: str = field(default="", repr=False)


def read_ask(text: str) -> Ask:
    """The request that a line of JSON says: `{"url": "...", "json": {"page": 1}}`.

    Keys: `url`; `method`; `headers`, an object of texts; and one of `body`, a text, `json`, any value, and `form`, an object
    of texts. What has one of those is posted unless it says otherwise.

    Raises:
        ValueError: it says none, with the reason.
    """
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if not isinstance(said, dict) or not isinstance(said.get("url"), str):
        raise ValueError('no object with a "url"')  # noqa: TRY004 - one error for whatever is no request
    if unknown := next((key for key in said if key not in _KEYS), None):
        raise ValueError(f"{unknown!r:.40} is unknown; choose from {', '.join(_KEYS)}")
    url = canonicalize(said["url"])
    if url is None:
        raise ValueError("its url is no http(s) URL")
    content, media_type = _content(said)
    method = said.get("method", "GET" if content is None else "POST")
    if method not in METHODS:
        raise ValueError(f"method {method!r:.20} is none of {', '.join(METHODS)}")
    if content is not None and method == "GET":
        raise ValueError("a GET has no body")
    headers = _headers(said.get("headers", {}))
    if media_type and "content-type" not in {name.lower() for name, _ in headers}:
        headers = (*headers, ("Content-Type", media_type))
    ask = Ask(url=url, method=method, headers=headers, content=content or "")
    if len(ask_url(ask)) > MAX_URL_CHARS:
        raise ValueError("longer than what can be asked; body and headers may have some 5,000 characters")
    return ask


def ask_url(ask: Ask) -> str:
    """The URL that stands for a request; that of a plain one is its own."""
    if ask.method == "GET" and not ask.headers:
        return ask.url
    said = json.dumps([ask.method, ask.headers, ask.content], separators=(",", ":"))
    encoded = base64.urlsafe_b64encode(said.encode()).decode().rstrip("=")
    return f"{ask.url}{'&' if '?' in ask.url else '?'}{_PARAMETER}={encoded}"


def ask_of(url: str) -> Ask | None:
    """The inverse of `ask_url`; None if the URL is its own request."""
    matched = _ENCODED.match(url)
    if matched is None:
        return None
    padded = matched[2] + "=" * (-len(matched[2]) % 4)
    try:
        method, headers, content = json.loads(base64.urlsafe_b64decode(padded))
        pairs = tuple((str(name), str(value)) for name, value in headers)
        ask = Ask(url=matched[1], method=method, headers=pairs, content=content)
        # What nobody here wrote is no request of ours.
        return ask if method in METHODS and ask_url(ask) == url and _headers(dict(pairs)) == pairs else None
    except (ValueError, TypeError, RecursionError, binascii.Error):
        return None


def ask_for(candidate: Candidate) -> Ask | None:
    """The request by which a candidate is asked for; None: by its URL, as whatever no user named is."""
    return ask_of(candidate.url) if candidate.is_seed and candidate.via is None else None


def _content(said: Mapping[str, Any]) -> tuple[str | None, str]:
    """What is posted, and its type; None: nothing is."""
    match [key for key in ("body", "json", "form") if key in said]:
        case []:
            return None, ""
        case ["body"] if isinstance(said["body"], str):
            return said["body"], ""
        case ["json"]:
            return json.dumps(said["json"]), _JSON
        case ["form"] if _are_texts(said["form"]):
            return urlencode(said["form"]), _FORM
    raise ValueError("it needs one of body, a text, json, and form, an object of texts")


def _headers(said: Any) -> tuple[tuple[str, str], ...]:
    if not _are_texts(said):
        raise ValueError("headers must be an object of texts")
    for name, value in said.items():
        if not _HEADER_NAME.fullmatch(name) or not value.isprintable():
            raise ValueError(f"{name!r:.40} is no header")
        if name.lower() in _SECRETS:
            raise ValueError(f"{name} would be stored; use --auth, --header or --cookies")
        if name.lower() in _OURS:
            raise ValueError(f"{name} is not for a seed to say")
    return tuple(said.items())


def _are_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
