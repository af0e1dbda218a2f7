"""Give each request the headers and the credentials that the user meant for its origin, and no other.

An origin is scheme, host and port (RFC 6454). Nothing is carried along a redirect: its target is a
request of its own and gets what its own origin is due. What goes over plain http was asked for by name;
only on this machine itself is it the same as https, because nobody reads along.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

from crawler.auth import Auth
from crawler.errors import UsageError
from crawler.exchange import Headers
from crawler.fetch.address import is_loopback
from crawler.urls import canonicalize, hostname, origin, target_of

__all__ = ["Credentials", "basic"]

_SECRET = frozenset({"authorization", "proxy-authorization", "cookie"})
# What a header of the user's tells about itself: these are no secrets, and the archive needs them.
_OPEN = ("accept", "dnt", "origin", "referer", "user-agent", "cache-control", "pragma", "range", "te")


class Credentials:
    """What is said beyond the headers of every request, by origin.

    Args:
        headers: lines `Name: value`, for the origins of seeds.
        auths: who the user is, and where.

    Raises:
        UsageError: the place of one is no origin.
    """

    def __init__(self, headers: Iterable[str] = (), auths: Iterable[Auth] = ()) -> None:
        pairs = (line.partition(":") for line in headers)
        self._headers: Headers = tuple((name.strip(), value.strip()) for name, _, value in pairs)
        self._open_headers = tuple(pair for pair in self._headers if pair[0].lower() not in _SECRET)
        self._masked = {name.lower() for name, _ in self._headers if not name.lower().startswith(_OPEN)}
        self._seeds: set[str] = set()
        self._twins: set[str] = set()
        self._said: dict[str, str] = {}
        self._unsent: set[str] = set()
        for auth in auths:
            said = f"Bearer {auth.bearer}" if auth.bearer else basic(auth.user, auth.password)
            self._said.update(dict.fromkeys(_origins(auth.place), said))

    def name(self, url: str, *, is_bare: bool = False, user: str = "", password: str = "") -> None:
        """The user named this URL as a seed.

        Args:
            url: canonical.
            is_bare: without a scheme: http may be asked instead, and gets what is no secret.
            user: that stood in the URL.
            password: the same.
        """
        place = origin(url)
        if user or password:
            self._said[place] = basic(user, password)
        if self._headers:
            self._seeds.add(place)
            if is_bare:
                self._twins.add(_over_http(place))
        if place.startswith("http:") and place not in self._said and _over_https(place) in self._said:
            self._unsent.add(place)

    def facts(self) -> dict[str, Any]:
        """What was named, in types of JSON, for another process; it holds passwords."""
        return {"seeds": [*self._seeds], "twins": [*self._twins], "said": self._said}

    def learn(self, facts: Mapping[str, Any]) -> None:
        """Take in what others were told."""
        self._seeds.update(facts["seeds"])
        self._twins.update(facts["twins"])
        self._said.update(facts["said"])

    def headers_for(self, url: str) -> Headers:
        """What a request for a canonical URL says besides; the user's own lines go before `--auth`."""
        place = origin(url)
        headers: Headers = ()
        if place in self._seeds:
            headers = self._headers
        elif place in self._twins:
            headers = self._open_headers
        said = self._said.get(place)
        if said is None or any(name.lower() == "authorization" for name, _ in headers):
            return headers
        return (*headers, ("Authorization", said))

    def masked(self, headers: Headers) -> Headers:
        """The same headers as they may be shown and archived."""
        hidden = _SECRET | self._masked
        return tuple((name, "masked" if name.lower() in hidden else value) for name, value in headers)

    def warnings(self) -> list[str]:
        """Seeds that will be asked without the credentials that may have been meant for them."""
        return [
            f"{place} is asked without its --auth, which goes over https alone;"
            f" write USER:PASS@{place} to send it in the clear"
            for place in sorted(self._unsent)
        ]


def basic(user: str, password: str) -> str:
    """The credentials of RFC 7617, in UTF-8."""
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode('ascii')}"


def _origins(place: str) -> list[str]:
    """The origins that the place of an `Auth` means.

    Raises:
        UsageError: none.
    """
    has_scheme = place.startswith(("https://", "http://"))
    url = canonicalize(place if has_scheme else f"https://{place}/")
    if url is None or target_of(url) != "/" or set(place) & set("@?#\\"):
        raise UsageError(f"auth: {place!r} is no origin; write HOST, HOST:PORT or https://HOST")
    if has_scheme or not is_loopback(hostname(url)):
        return [origin(url)]
    bare = canonicalize(f"http://{place}/")
    return [origin(url), *([origin(bare)] if bare else [])]


def _over_http(place: str) -> str:
    return "http:" + place.removeprefix("https:")


def _over_https(place: str) -> str:
    return "https:" + place.removeprefix("http:")
