"""Parse each URL once, by the WHATWG URL Standard, and cut what is asked for out of the result.

A canonical URL (what `canonicalize` gives: http or https, no userinfo, no fragment) has one known
shape, `scheme://host[:port]/path[?query]`, so everything after the first parse slices the string
instead of parsing again: what scope, robots.txt and the socket look at is the same host. Every
function but `canonicalize` and `registrable_domain` wants a canonical URL.
"""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote, unquote_to_bytes

from ada_url import URL, join_url, normalize_url
from publicsuffixlist import PublicSuffixList

__all__ = [
    "MAX_URL_CHARS",
    "canonicalize",
    "host_key",
    "hostname",
    "identity",
    "is_public_suffix",
    "origin",
    "origins",
    "path_of",
    "port",
    "registrable_domain",
    "surt",
    "target_of",
    "userinfo",
    "wire_form",
]

MAX_URL_CHARS = 8192
"""Longer URLs are refused, never cut: a server must not see a URL that no page contains."""

_UNRESERVED = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_UNRESERVED_TRIPLETS = {f"%{byte:02X}": chr(byte) for byte in _UNRESERVED}
_TRIPLET = re.compile(r"%[0-9A-Fa-f]{2}")
# Behind a stray `%` (or `%` and one digit) a decoded digit would make a new triplet: `%2%65` -> `%2e`.
_BEHIND_STRAY = re.compile(r"%[0-9A-Fa-f]?\Z")
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_WWW = re.compile(r"www\d*\.")
_SLASHES = re.compile(r"/{2,}")
_SESSION_FIELDS = ("jsessionid=", "phpsessid=", "sid=")
_SESSION = re.compile(r"[a-z]+=[0-9a-z]{32}")
_MAX_ESCAPE_LAYERS = 16
_ESCAPES = {code: f"%{code:02x}" for code in (*range(0x21), ord("#"), ord("%"), *range(0x7F, 0x100))}


def canonicalize(url: str, base: str | None = None) -> str | None:
    """Give the URL that goes on the wire, or None where there is none to fetch.

    The href of the WHATWG URL Standard, section 4.4 (basic URL parser), without fragment and
    userinfo. Idempotent.

    Args:
        url: as found: absolute, or relative to `base`; spaces, control characters and backslashes
            are treated as a browser treats them.
        base: absolute URL of the page, or of its `<base href>`.

    Returns:
        None for other schemes than http and https, for what does not parse, for port 0, for a host
        that is nothing but the root's dot, and for anything longer than `MAX_URL_CHARS`.
    """
    if len(url) > MAX_URL_CHARS:
        url = url.partition("#")[0]
        if len(url) > MAX_URL_CHARS:
            return None
    try:
        href = normalize_url(url) if base is None else join_url(base, url)
    except ValueError:
        return _canonicalize_surrogates(url, base)
    if not href.startswith(("http://", "https://")):
        return None
    if "#" in href:
        href = href[: href.index("#")]
    if "@" in href:
        href = _without_userinfo(href)
    if len(href) > MAX_URL_CHARS or _is_unreachable(href):
        return None
    return href


def _canonicalize_surrogates(url: str, base: str | None) -> str | None:
    """Read `url` as the browser's USVString (Web IDL section 3.2.12): lone surrogates become U+FFFD."""
    scalar_url, scalar_base = _scalar_values(url), base and _scalar_values(base)
    if scalar_url == url and scalar_base == base:
        return None
    return canonicalize(scalar_url, scalar_base)


def _scalar_values(text: str) -> str:
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def _without_userinfo(href: str) -> str:
    scheme, _, authority, rest = href.split("/", 3)
    return f"{scheme}//{authority.rpartition('@')[2]}/{rest}"


def userinfo(url: str) -> tuple[str, str]:
    """User and password that stand in an absolute URL, percent-decoded; "" where there is none.

    Raises:
        ValueError: it is no URL.
    """
    parsed = URL(url)
    return unquote(parsed.username), unquote(parsed.password)


def _is_unreachable(href: str) -> bool:
    """Port 0 connects to nothing; a host of one dot is empty once the root's dot is dropped."""
    if ":0/" not in href and "//." not in href:
        return False
    authority = href.split("/", 3)[2]
    return authority.endswith(":0") or authority.partition(":")[0] == "."


def identity(url: str) -> str:
    """Give the key under which a URL counts as seen: itself a canonical URL, idempotent.

    Triplets of unreserved characters are decoded, the others upper-cased (RFC 3986 section 6.2.2.1
    and 6.2.2.2), and the root's dot behind the host is dropped. Nothing that a server may tell apart
    is touched: `%2F` stays, a stray `%` stays, the case and the order of the query stay.
    """
    if "%" not in url and "./" not in url and ".:" not in url:
        return url
    scheme, _, authority, rest = url.split("/", 3)
    if "%" in rest:
        rest = _TRIPLET.sub(_normalized_triplet, rest)
    return f"{scheme}//{_rootless(authority)}/{rest}"


def _normalized_triplet(match: re.Match[str]) -> str:
    triplet = match[0].upper()
    start = match.start()
    if _BEHIND_STRAY.search(match.string, max(0, start - 2), start):
        return triplet
    return _UNRESERVED_TRIPLETS.get(triplet, triplet)


def _rootless(authority: str) -> str:
    """Drop the root's dot of `host.` and `host.:81`.

    Of `host..` none is dropped: it names nothing, and `1..` without one would become an IPv4 address.
    """
    host, colon, digits = authority.partition(":")
    if host.endswith(".") and not host.endswith(".."):
        return f"{host[:-1]}{colon}{digits}"
    return authority


def _authority(url: str) -> str:
    """`host` or `host:port` without the root's dot; every other question about hosts starts here."""
    authority = url.split("/", 3)[2]
    return _rootless(authority) if authority[-1] == "." or ".:" in authority else authority


def host_key(url: str) -> str:
    """Name the host for politeness and files: `example.org`, `127.0.0.1:8801`, `[::1]:8801`.

    The port stands there unless it is 80 or 443, so that http and https are one host.
    """
    authority = _authority(url)
    if ":" not in authority or authority[-1] == "]":
        return authority
    return authority.removesuffix(":80").removesuffix(":443")


def origin(url: str) -> str:
    """Give `scheme://host[:port]`, what a robots.txt speaks for (RFC 9309 section 2.3)."""
    return f"{url[: url.index(':')]}://{_authority(url)}"


def origins(host: str) -> tuple[str, ...]:
    """Give every origin that `host_key` calls by this name, those with their usual ports first."""
    names = [f"http://{host}", f"https://{host}"]
    if ":" not in host or host[-1] == "]":
        names += [f"http://{host}:443", f"https://{host}:80"]
    return tuple(names)


def hostname(url: str) -> str:
    """Give the host alone: a DNS name or an IP address, IPv6 without brackets."""
    authority = _authority(url)
    if authority[0] == "[":
        return authority[1 : authority.index("]")]
    return authority.partition(":")[0]


def port(url: str) -> int:
    """Give the port that a request would go to."""
    digits = _authority(url).rpartition("]")[2].partition(":")[2]
    if digits:
        return int(digits)
    return 443 if url.startswith("https:") else 80


def path_of(url: str) -> str:
    """Give the path, from its first `/`, without the query."""
    return target_of(url).partition("?")[0]


def target_of(url: str) -> str:
    """Give path and query, from the first `/`: what robots.txt rules are compared with."""
    return url[url.index("/", 8) :]


@lru_cache(maxsize=1)
def _suffixes() -> PublicSuffixList:
    """Load the list that the library ships, when first asked: it takes 40 ms."""
    return PublicSuffixList()


@lru_cache(maxsize=16_384)
def registrable_domain(host: str) -> str:
    """Give the public suffix and one label (publicsuffix.org, private section included).

    Args:
        host: bare lower-case host name, as `hostname` gives it.

    Returns:
        `host` itself for IP addresses, for a public suffix, and for a single label.
    """
    host = host.removesuffix(".")
    if ":" in host or host.rpartition(".")[2].isdigit():
        return host
    return _suffixes().privatesuffix(host) or host


def is_public_suffix(host: str) -> bool:
    """Whether anybody may register names below `host` (publicsuffix.org): `com`, `co.uk`, `github.io`.

    Args:
        host: bare lower-case host name. IP addresses are none; an unknown single label is one.
    """
    if ":" in host or host.rpartition(".")[2].isdigit():
        return False
    return bool(_suffixes().is_public(host))


def surt(url: str) -> str:
    """Give the sort-friendly key of CDXJ indexes: `org,example)/path?query`.

    What replay tools compute (the `surt` package) when they look a URL up, so that they find it here:
    lower-cased as a whole; without `www.`, default port, trailing `/`, doubled `/` and session id in
    the query; escapes undone as often as they were applied; the query's fields sorted.
    """
    authority = _authority(url)
    digits = authority.rpartition("]")[2].partition(":")[2]
    name = authority.removesuffix(f":{digits}")
    name = name[1:-1] if name[0] == "[" else ",".join(reversed(_WWW.sub("", name, count=1).split(".")))
    path, _, query = target_of(url).partition("?")
    path = _SLASHES.sub("/", _unescaped(path).lower()).rstrip("/") or "/"
    fields = sorted(field for field in _unescaped(query).lower().split("&") if not _is_session(field))
    query = "&".join(fields)
    return f"{name}{digits and ':'}{digits}){path}{query and '?'}{query}"


def _is_session(field: str) -> bool:
    return field.startswith(_SESSION_FIELDS) and _SESSION.fullmatch(field) is not None


def _unescaped(text: str) -> str:
    """Undo percent-encoding until nothing is left of it, then escape what no line may hold."""
    if "%" not in text:
        return text
    plain = text.encode()
    for _ in range(_MAX_ESCAPE_LAYERS):
        inner = unquote_to_bytes(plain)
        if inner == plain:
            break
        plain = inner
    return plain.decode("latin-1").translate(_ESCAPES)


def wire_form(url: str) -> str:
    """Give the same URL with each stray `%` sent as `%25`.

    The URL Standard leaves `%` alone where no two hex digits follow (section 4.4, path state);
    RFC 9110 section 4.1 allows no such request target, and nginx answers 400.
    """
    return _STRAY_PERCENT.sub("%25", url) if "%" in url else url
