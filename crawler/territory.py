"""Know what the seeds stand for: the scope, the private addresses they open, the hosts that are the user's.

And the traps that lie within it.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crawler.clock import Clock
from crawler.errors import UsageError
from crawler.fetch.address import is_public
from crawler.fetch.credentials import Credentials
from crawler.fetch.guard import AddressGuard
from crawler.frontier.protocol import Ledger
from crawler.model import Candidate, Decision
from crawler.options import ScopeOptions
from crawler.scope import Scope
from crawler.seeds import Seed, SeedList, SpooledSeeds
from crawler.standing import SeedState
from crawler.traps import NO_TRAPS, Traps
from crawler.urls import host_key, hostname, identity, port

__all__ = ["Territory", "seeds_of_the_last_run"]

_NO_HTTPS = frozenset({"connect", "tls", "timeout", "empty_reply", "protocol"})
# What is known of a host: which of its origins were named, and whether without a scheme.
_HTTP, _HTTPS, _BARE = 1, 2, 4


class Territory:
    """What follows from the seeds of one crawl; kept by host, because of seeds there may be ten million.

    Args:
        options: which links to follow.
        guard: is told which hosts and ports were named.
        credentials: are told which origins were named.
        clock: tells the year, from which calendars are measured; None: no trap is known.
    """

    def __init__(
        self,
        options: ScopeOptions,
        guard: AddressGuard,
        credentials: Credentials | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        self.scope = Scope(options)
        self.traps = Traps(0, off=NO_TRAPS) if clock is None else Traps(_year(clock), off=options.traps_off)
        self.guard = guard
        self.credentials = credentials or Credentials()
        self._hosts: dict[str, int] = {}
        self._heard = 0

    def claim(self, seeds: Iterable[Seed]) -> Iterator[Candidate]:
        """Take the seeds in, one by one, as candidates for the frontier."""
        for seed in seeds:
            url = seed.url
            host = host_key(url)
            self._take(seed, host)
            yield Candidate(url=url, key=identity(url), host=host, is_seed=True)

    def _take(self, seed: Seed, host: str) -> None:
        """What a seed stands for, once an origin; folders are joined one by one."""
        url = seed.url
        known = self._hosts.get(host, 0)
        signs = (_HTTPS if url.startswith("https:") else _HTTP) | (_BARE if seed.is_bare else 0)
        is_new = known | signs != known
        if is_new or self.scope.is_by_folder:
            self.scope.join(url)
        # A port of the other scheme (http://host:443) is another origin of the same host.
        is_usual = url.startswith(f"{host}/", url.index("/") + 2)
        if not is_new and is_usual and not seed.user and not seed.password:
            return
        self._hosts[host] = known | signs
        self.guard.name(hostname(url), port(url))
        self.credentials.name(url, is_bare=seed.is_bare, user=seed.user, password=seed.password)
        if seed.is_bare:
            self.guard.name(hostname(url), port(_over_http(url)))

    def inherit(self, way: Sequence[SeedState]) -> None:
        """Where a seed led when it was last asked belongs to the crawl.

        Args:
            way: the seed, then what its way led over.
        """
        for step in way[1:]:
            self.scope.join(step.url)

    async def hear(self, ledger: Ledger, seeds: int) -> None:
        """Where a seed led to in another process belongs to the crawl here, too.

        Args:
            ledger: knows where.
            seeds: the number of the last seed.
        """
        if seeds > self._heard:
            while rows := await ledger.joined(self._heard):
                for self._heard, url in rows:
                    self.scope.join(url)
            self._heard = max(self._heard, seeds)

    def facts(self) -> dict[str, Any]:
        """All that was taken in, in types of JSON, for a territory in another process; it holds passwords."""
        return {
            "hosts": self._hosts,
            "places": self.scope.places(),
            "guard": self.guard.facts(),
            "credentials": self.credentials.facts(),
        }

    def learn(self, facts: Mapping[str, Any]) -> None:
        """Take in what another territory of the same crawl knows."""
        self._hosts.update(facts["hosts"])
        self.scope.add_places(facts["places"])
        self.guard.learn(facts["guard"])
        self.credentials.learn(facts["credentials"])

    def judge(self, candidate: Candidate, *, is_stored: bool) -> Decision:
        """Whether what is queued still belongs to the crawl: options may have changed since.

        Args:
            candidate: as it was queued.
            is_stored: there is a good copy of it.
        """
        decision = self.scope.judge(candidate.url, candidate.hops, candidate.depth, is_seed=candidate.is_seed)
        return self.traps.admit(candidate, is_stored=is_stored) if decision.accepted else decision

    def is_named(self, host: str) -> bool:
        """Whether a seed of the user's names this host."""
        return host in self._hosts

    def is_own(self, host: str, address: str) -> bool:
        """Whether a host is the user's: named as a seed, on a private address."""
        return self.is_named(host) and bool(address) and not is_public(address)

    def over_http(self, candidate: Candidate, failure: str) -> Candidate | None:
        """The same seed over http, if it was written without a scheme and its host speaks no https."""
        is_named = candidate.is_seed and candidate.via is None
        is_bare = is_named and bool(self._hosts.get(candidate.host, 0) & _BARE)
        if not is_bare or not candidate.url.startswith("https:") or failure not in _NO_HTTPS:
            return None
        url = _over_http(candidate.url)
        return dataclasses.replace(
            candidate, url=url, key=identity(url), host=host_key(url), via=candidate.url
        )


async def seeds_of_the_last_run(ledger: Ledger, kept: Path) -> SpooledSeeds:
    """The seeds that were named last.

    Args:
        ledger: knows them, unless a crawl was killed while it named them anew.
        kept: a list of them that is there in that case.

    Raises:
        UsageError: there are none, or the list cannot be read.
    """
    if (handed := _read_kept(kept)).count:
        return handed
    seeds = SpooledSeeds()
    async for each in ledger.seeds():
        if each.via is None:
            # One that was asked over http in place of https was written without either.
            seeds.add(_written(each.url, is_bare=each.reason.startswith("no https (")))
    if not seeds.count:
        raise UsageError("no seeds; give a URL, a file of URLs, or put them into seeds.txt here")
    return seeds


def _read_kept(kept: Path) -> SpooledSeeds:
    seeds = SpooledSeeds()
    if kept.is_file():
        for seed in SeedList([str(kept)]):
            seeds.add(_written(seed.url, is_bare=seed.is_bare))
    return seeds


def _written(url: str, *, is_bare: bool) -> str:
    """A seed as it would stand in a list."""
    return url.removeprefix("https://") if is_bare else url


def _year(clock: Clock) -> int:
    return datetime.fromtimestamp(clock.now(), UTC).year


def _over_http(url: str) -> str:
    return "http:" + url.removeprefix("https:")
