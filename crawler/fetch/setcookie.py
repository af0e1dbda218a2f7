"""Read one `Set-Cookie` line as RFC 6265bis section 5.6 reads it, and judge it by section 5.7.

A cookie is kept only where the answer's host may set it: no foreign domain, no public suffix, no
`Secure` or prefixed name over a line that can be read on the way.
"""

from __future__ import annotations

import math
import re
from calendar import timegm
from dataclasses import dataclass, field
from datetime import datetime

from crawler.fetch.address import is_loopback
from crawler.urls import hostname, is_public_suffix, path_of

__all__ = [
    "MAX_COOKIE_BYTES",
    "Cookie",
    "domain_matches",
    "is_confidential",
    "path_matches",
    "read_set_cookie",
]

MAX_COOKIE_BYTES = 4096
"""Of name and value together (section 5.6, step 5)."""

_MAX_LINE_CHARS = 16_384
_MAX_ATTRIBUTE_BYTES = 1024
_LONGEST_SECONDS = 400 * 24 * 3600.0
_CONTROLS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
_DELIMITERS = re.compile(r"[\t\x20-\x2f\x3b-\x40\x5b-\x60\x7b-\x7e]+")
_TIME = re.compile(r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\D.*)?\Z", re.DOTALL)
_DAY = re.compile(r"(\d{1,2})(?:\D.*)?\Z", re.DOTALL)
_YEAR = re.compile(r"(\d{2,4})(?:\D.*)?\Z", re.DOTALL)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MAX_AGE = re.compile(r"-?\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cookie:
    """A cookie and where it may go.

    Args:
        name: may be empty.
        value: never shown.
        domain: the host, and unless `host_only` everything below it.
        path: the folder it is for.
        host_only: for the host alone.
        secure: only where nobody reads along.
        expires_at: seconds since the epoch; infinite: as long as the run.
    """

    name: str
    value: str = field(repr=False)
    domain: str
    path: str = "/"
    host_only: bool = True
    secure: bool = False
    expires_at: float = math.inf

    @property
    def pair(self) -> str:
        """As it stands in a `Cookie` header (section 5.8.3)."""
        return f"{self.name}={self.value}" if self.name else self.value


def is_confidential(url: str) -> bool:
    """Whether nobody reads along on the way to a canonical URL: https, or this machine itself."""
    return url.startswith("https:") or is_loopback(hostname(url))


def domain_matches(host: str, domain: str) -> bool:
    """Section 5.1.3: the host itself, or a name below the domain."""
    if host == domain:
        return True
    return host.endswith(f".{domain}") and ":" not in host and not host.rpartition(".")[2].isdigit()


def path_matches(path: str, folder: str) -> bool:
    """Section 5.1.4: the folder itself, or something below it."""
    return path.startswith(folder) and (
        len(path) == len(folder) or folder.endswith("/") or path[len(folder)] == "/"
    )


def read_set_cookie(line: str, url: str, now: float) -> Cookie | None:
    """The cookie that the answer of `url` sets; None where it may not, or where the line is none.

    Args:
        line: the header's value, its octets as latin-1.
        url: canonical.
        now: the instant of the answer.
    """
    text = _decoded(line)
    if text is None or _CONTROLS.search(text):
        return None
    pair, *rest = text.split(";")
    name, equals, value = pair.partition("=")
    name, value = (name.strip(" \t"), value.strip(" \t")) if equals else ("", name.strip(" \t"))
    if len(f"{name}{value}".encode()) > MAX_COOKIE_BYTES or not (name or value):
        return None
    attributes = _attributes(rest)
    domain = _domain(attributes.get("domain", ""), hostname(url))
    if domain is None:
        return None
    path = attributes.get("path", "")
    cookie = Cookie(
        name=name,
        value=value,
        domain=domain or hostname(url),
        path=path if path.startswith("/") else _default_path(url),
        host_only=not domain,
        secure="secure" in attributes,
        expires_at=_expires_at(attributes, now),
    )
    return cookie if _may_be_set(cookie, attributes, url) else None


def _decoded(line: str) -> str | None:
    """The line's octets as UTF-8, which is how they go out again; a longer or another one is none."""
    if len(line) > _MAX_LINE_CHARS:
        return None
    if line.isascii():
        return line
    try:
        return line.encode("latin-1").decode()
    except UnicodeError:
        return None


def _attributes(parts: list[str]) -> dict[str, str]:
    """By lower-case name; the last of equals counts, one of more than 1,024 octets does not."""
    found = {}
    for part in parts:
        name, _, value = part.partition("=")
        value = value.strip(" \t")
        if len(value.encode()) <= _MAX_ATTRIBUTE_BYTES:
            found[name.strip(" \t").lower()] = value
    return found


def _domain(attribute: str, host: str) -> str | None:
    """The domain a cookie is for, "" for the host alone, None where it may not be set."""
    domain = attribute.removeprefix(".").lower()
    if not domain:
        return ""
    if not domain.isascii() or not domain_matches(host, domain):
        return None
    if is_public_suffix(domain):
        return "" if domain == host else None
    return domain


def _default_path(url: str) -> str:
    """Section 5.1.4: the folder that the URL lies in, without its last slash."""
    return path_of(url).rpartition("/")[0] or "/"


def _expires_at(attributes: dict[str, str], now: float) -> float:
    """Max-Age beats Expires; neither reaches further than 400 days."""
    age = attributes.get("max-age", "")
    if _MAX_AGE.fullmatch(age):
        # A number of a thousand digits is as good as one of twelve.
        seconds = float(age[:12])
        return -math.inf if seconds <= 0 else now + min(seconds, _LONGEST_SECONDS)
    date = read_cookie_date(attributes["expires"]) if "expires" in attributes else None
    return math.inf if date is None else min(date, now + _LONGEST_SECONDS)


def read_cookie_date(text: str) -> float | None:
    """The instant that a date of any of the usual spellings names (section 5.1.1), None if none."""
    time: tuple[int, int, int] | None = None
    day = month = year = None
    for token in _DELIMITERS.split(text):
        if time is None and (match := _TIME.match(token)):
            time = int(match[1]), int(match[2]), int(match[3])
        elif day is None and (match := _DAY.match(token)):
            day = int(match[1])
        elif month is None and token[:3].lower() in _MONTHS:
            month = _MONTHS.index(token[:3].lower()) + 1
        elif year is None and (match := _YEAR.match(token)):
            year = int(match[1])
    if time is None or day is None or month is None or year is None:
        return None
    year += 1900 if 70 <= year <= 99 else 2000 if year <= 69 else 0
    try:
        return float(timegm(datetime(year, month, day, *time).timetuple())) if year >= 1601 else None  # noqa: DTZ001 - timegm reads it as UTC
    except ValueError:
        return None


def _may_be_set(cookie: Cookie, attributes: dict[str, str], url: str) -> bool:
    """Section 5.7: what `Secure`, `SameSite=None` and the prefixes of the name ask for."""
    if cookie.secure and not is_confidential(url):
        return False
    if attributes.get("samesite", "").lower() == "none" and not cookie.secure:
        return False
    if not cookie.name and cookie.value.lower().startswith(("__secure-", "__host-")):
        return False
    if cookie.name.lower().startswith("__secure-"):
        return cookie.secure
    if cookie.name.lower().startswith("__host-"):
        return cookie.secure and cookie.host_only and attributes.get("path") == "/"
    return True
