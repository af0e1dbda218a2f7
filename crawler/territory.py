"""Know what the seeds stand for: the scope, the private addresses they open, the hosts that are the user's."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from crawler.fetch.address import is_public
from crawler.fetch.credentials import Credentials
from crawler.fetch.guard import AddressGuard
from crawler.model import Candidate
from crawler.options import ScopeOptions
from crawler.scope import Scope
from crawler.seeds import Seed
from crawler.standing import SeedState
from crawler.urls import host_key, hostname, identity, port

__all__ = ["Territory"]

_NO_HTTPS = frozenset({"connect", "tls", "timeout", "empty_reply", "protocol"})


class Territory:
    """What follows from the seeds of one crawl.

    Args:
        options: which links to follow.
        guard: is told which hosts and ports were named.
        credentials: are told which origins were named.
    """

    def __init__(
        self, options: ScopeOptions, guard: AddressGuard, credentials: Credentials | None = None
    ) -> None:
        self.scope = Scope(options)
        self.guard = guard
        self.credentials = credentials or Credentials()
        self._hosts: set[str] = set()
        self._bare: set[str] = set()

    def claim(self, seeds: Iterable[Seed]) -> Iterator[Candidate]:
        """Take the seeds in, one by one, as candidates for the frontier."""
        for seed in seeds:
            candidate = Candidate(url=seed.url, key=identity(seed.url), host=host_key(seed.url), is_seed=True)
            self.scope.join(seed.url)
            self._hosts.add(candidate.host)
            self.guard.name(hostname(seed.url), port(seed.url))
            self.credentials.name(seed.url, is_bare=seed.is_bare, user=seed.user, password=seed.password)
            if seed.is_bare:
                self._bare.add(candidate.host)
                self.guard.name(hostname(seed.url), port(_over_http(seed.url)))
            yield candidate

    def inherit(self, seeds: Iterable[Seed], last: Iterable[SeedState]) -> None:
        """Where seeds that are still on the list redirected to in the last run belongs to the crawl."""
        redirected = [each for each in last if each.via is not None]
        named = {identity(seed.url) for seed in seeds} if redirected else set()
        for each in redirected:
            if each.via is not None and identity(each.via) in named:
                named.add(identity(each.url))
                self.scope.join(each.url)

    def facts(self) -> dict[str, Any]:
        """All that was taken in, in types of JSON, for a territory in another process; it holds passwords."""
        return {
            "hosts": [*self._hosts],
            "bare": [*self._bare],
            "places": self.scope.places(),
            "guard": self.guard.facts(),
            "credentials": self.credentials.facts(),
        }

    def learn(self, facts: Mapping[str, Any]) -> None:
        """Take in what another territory of the same crawl knows."""
        self._hosts.update(facts["hosts"])
        self._bare.update(facts["bare"])
        self.scope.add_places(facts["places"])
        self.guard.learn(facts["guard"])
        self.credentials.learn(facts["credentials"])

    def is_named(self, host: str) -> bool:
        """Whether a seed of the user's names this host."""
        return host in self._hosts

    def is_own(self, host: str, address: str) -> bool:
        """Whether a host is the user's: named as a seed, on a private address."""
        return self.is_named(host) and bool(address) and not is_public(address)

    def over_http(self, candidate: Candidate, failure: str) -> Candidate | None:
        """The same seed over http, if it was written without a scheme and its host speaks no https."""
        is_bare = candidate.is_seed and candidate.via is None and candidate.host in self._bare
        if not is_bare or not candidate.url.startswith("https:") or failure not in _NO_HTTPS:
            return None
        url = _over_http(candidate.url)
        return dataclasses.replace(
            candidate, url=url, key=identity(url), host=host_key(url), via=candidate.url
        )


def _over_http(url: str) -> str:
    return "http:" + url.removeprefix("https:")
