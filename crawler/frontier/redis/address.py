"""Read the URL of a server, and show it without what is secret."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from crawler.errors import UsageError

__all__ = ["Address", "no_address", "read_address"]

_SCHEMES = {
    "redis": "redis",
    "rediss": "rediss",
    "unix": "unix",
    "valkey": "redis",
    "valkeys": "rediss",
}
_DEFAULT_CRAWL = "crawl"
_MOST_CHARS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where the frontier of a crawl is.

    Args:
        url: as the library takes it; it may hold a password.
        crawl: name of the crawl on the server.
        shown: the same without user, password and parameters, as it may stand in a log.
    """

    url: str = field(repr=False)
    crawl: str
    shown: str


def read_address(url: str) -> Address:
    """The address that a URL is.

    Args:
        url: `redis://[user:password@]host[:port][/database][#crawl]`, `rediss://` for TLS, `unix:///path` for a
            socket; `valkey://` and `valkeys://` are the same. Without a name the crawl is called `crawl`.

    Raises:
        UsageError: it is none; nothing of it is repeated.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise UsageError(no_address("the frontier's URL")) from None
    if parts.scheme not in _SCHEMES or not (host or (parts.scheme == "unix" and parts.path)):
        raise UsageError(no_address("the frontier's URL"))
    crawl = unquote(parts.fragment) or _DEFAULT_CRAWL
    if len(crawl) > _MOST_CHARS or set(crawl) & set("{}") or not crawl.isprintable():
        raise UsageError(
            f"a crawl cannot be named {crawl!r:.80}; leave out braces, and take {_MOST_CHARS} letters at most"
        )
    host = f"[{host}]" if ":" in host else host
    place = f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}"
    return Address(
        url=_SCHEMES[parts.scheme] + url.partition("#")[0][len(parts.scheme) :],
        crawl=crawl,
        shown=place if crawl == _DEFAULT_CRAWL else f"{place}#{crawl}",
    )


def no_address(where: str) -> str:
    """What to write instead."""
    return (
        f"{where} is no address of a server; write redis://host:6379/0, rediss:// for TLS, or unix:///path; "
        "in a password write / as %2F, # as %23, ? as %3F, @ as %40"
    )
