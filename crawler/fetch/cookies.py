"""Keep the cookies of one run, in memory, and give each request those that are its own.

aiohttp's jar knows neither public suffixes nor a bound. This one follows RFC 6265bis, holds 50 cookies a
domain and 3,000 in all (section 5.7: what was not used longest goes first), and writes nothing to disk.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass

from crawler.clock import Clock
from crawler.fetch.setcookie import Cookie, domain_matches, is_confidential, path_matches, read_set_cookie
from crawler.urls import hostname, path_of

__all__ = ["MAX_COOKIES", "MAX_COOKIES_PER_DOMAIN", "CookieJar"]

MAX_COOKIES_PER_DOMAIN = 50
MAX_COOKIES = 3000
_MAX_HEADER_BYTES = 16_384
_MAX_LINES = 200

_Key = tuple[str, bool, str, str]


@dataclass(frozen=True, slots=True)
class _Kept:
    cookie: Cookie
    number: int


class CookieJar:
    """The cookies of one run.

    Args:
        clock: tells which have expired.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        # Both in the order of the last use; a domain's keys are its cookies'.
        self._kept: OrderedDict[_Key, _Kept] = OrderedDict()
        self._of_domain: dict[str, OrderedDict[_Key, None]] = {}
        self._number = 0

    def __len__(self) -> int:
        """How many there are."""
        return len(self._kept)

    def cookies(self) -> tuple[Cookie, ...]:
        """All of them, the one used longest ago first."""
        return tuple(kept.cookie for kept in self._kept.values())

    def take(self, url: str, lines: Iterable[str]) -> None:
        """Take what an answer sets; two hundred lines at most are read.

        Args:
            url: canonical, what answered.
            lines: values of its `Set-Cookie` headers, octets as latin-1.
        """
        now = self._clock.now()
        for line, _ in zip(lines, range(_MAX_LINES), strict=False):
            cookie = read_set_cookie(line, url, now)
            if cookie is not None and (is_confidential(url) or not self._hides_secure(cookie)):
                self.add(cookie)

    def add(self, cookie: Cookie) -> None:
        """Keep a cookie in place of its namesake; one that has expired only removes that."""
        key = _key(cookie)
        old = self._kept.get(key)
        self._drop(key)
        if cookie.expires_at <= self._clock.now():
            return
        self._number += 1
        # Section 5.7: a cookie that is replaced keeps its age, and with it its place in the header.
        self._kept[key] = _Kept(cookie, self._number if old is None else old.number)
        mine = self._of_domain.setdefault(cookie.domain, OrderedDict())
        mine[key] = None
        if len(mine) > MAX_COOKIES_PER_DOMAIN:
            self._drop(self._least(mine))
        if len(self._kept) > MAX_COOKIES:
            self._drop(next(iter(self._kept)))

    def header(self, url: str, *, beside: str = "") -> str | None:
        """The `Cookie` header of a request (section 5.8.3); None: there is nothing to say.

        Args:
            url: canonical, what is asked.
            beside: cookies that the user gives this request, which stand first and win.
        """
        given = {pair.partition("=")[0].strip() for pair in beside.split(";")} if beside else set()
        pairs = [beside] if beside else []
        size_bytes = len(beside)
        for kept in self._fitting(url):
            if kept.cookie.name in given:
                continue
            size_bytes += len(kept.cookie.pair.encode()) + 2
            if size_bytes > _MAX_HEADER_BYTES:
                break
            pairs.append(kept.cookie.pair)
            self._touch(_key(kept.cookie))
        return "; ".join(pairs) or None

    def _fitting(self, url: str) -> list[_Kept]:
        """Longer paths first, among equals the older first."""
        host, path, now = hostname(url), path_of(url), self._clock.now()
        is_safe = is_confidential(url)
        found = []
        for domain in _domains(host):
            for key in [*self._of_domain.get(domain, ())]:
                kept = self._kept[key]
                if kept.cookie.expires_at <= now:
                    self._drop(key)
                elif _is_for(kept.cookie, host, path) and (is_safe or not kept.cookie.secure):
                    found.append(kept)
        return sorted(found, key=lambda kept: (-len(kept.cookie.path), kept.number))

    def _hides_secure(self, cookie: Cookie) -> bool:
        """Section 5.7: who can write on an open line must not replace what only a safe one may set."""
        for domain in (*_domains(cookie.domain), *self._below(cookie.domain)):
            for key in self._of_domain.get(domain, ()):
                other = self._kept[key].cookie
                if other.secure and other.name == cookie.name and path_matches(cookie.path, other.path):
                    return True
        return False

    def _below(self, domain: str) -> list[str]:
        return [each for each in self._of_domain if each != domain and domain_matches(each, domain)]

    def _least(self, keys: OrderedDict[_Key, None]) -> _Key:
        """Whom to give up: the expired, then those not secure, then those not used longest."""
        now = self._clock.now()
        ranked = ((kept.expires_at > now, kept.secure) for kept in (self._kept[key].cookie for key in keys))
        return min(zip(ranked, range(len(keys)), keys, strict=True))[2]

    def _touch(self, key: _Key) -> None:
        self._kept.move_to_end(key)
        self._of_domain[key[0]].move_to_end(key)

    def _drop(self, key: _Key) -> None:
        if self._kept.pop(key, None) is None:
            return
        mine = self._of_domain[key[0]]
        del mine[key]
        if not mine:
            del self._of_domain[key[0]]


def _key(cookie: Cookie) -> _Key:
    return cookie.domain, cookie.host_only, cookie.path, cookie.name


def _is_for(cookie: Cookie, host: str, path: str) -> bool:
    return path_matches(path, cookie.path) and (cookie.domain == host or not cookie.host_only)


def _domains(host: str) -> list[str]:
    """The host and every name above it; an address has none above."""
    if ":" in host or host.rpartition(".")[2].isdigit():
        return [host]
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]
