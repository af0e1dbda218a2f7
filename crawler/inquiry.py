"""Ask an origin for its robots.txt as RFC 9309 says: redirects, trouble, and when to give up for a while.

What is remembered of redirects and troubles is this process's, and bounded; what the answer said lies in the
frontier.
"""

from __future__ import annotations

import dataclasses
import math
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

from crawler.clock import Clock
from crawler.errors import PermanentError, SiteError, TransientError
from crawler.exchange import Fetch, Request, Response
from crawler.model import Candidate
from crawler.patience import retry_after_seconds
from crawler.tempo import SILENT
from crawler.territory import Territory
from crawler.urls import canonicalize, host_key, origin

__all__ = ["Inquiry", "Told"]

_MAX_REDIRECTS = 5
_MAX_ORIGINS = 10_000
_GIVEN_UP_SECONDS = 300.0

Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What came of asking.

    Args:
        response: the last answer; its address is that of the origin, wherever redirects led.
        asked: the number of requests.
        is_last: False: it redirects within the host, which is to rest before it is asked on.
    """

    response: Response
    asked: int
    is_last: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trouble:
    """A robots.txt that could not be had: when it was last asked for, how often in a row, what came of it."""

    at: float
    tries: int
    error: SiteError


@dataclass(frozen=True, slots=True, kw_only=True)
class _Detour:
    """Where a robots.txt redirects to: what is to be asked next, after how many redirects, since when."""

    url: str
    hops: int = 0
    address: str = ""
    at: float = math.inf


class Inquiry:
    """Asks for robots.txt, an origin at a time.

    Args:
        territory: which hosts are the user's, and which seeds are bare.
        fetch: the way to the web.
        clock: tells how old a trouble is.
        max_tries: of a robots.txt, before its origin is left alone for five minutes.
    """

    def __init__(self, territory: Territory, fetch: Fetch, clock: Clock, *, max_tries: int) -> None:
        self._territory = territory
        self._fetch = fetch
        self._clock = clock
        self._max_tries = max_tries
        self._troubles: OrderedDict[str, _Trouble] = OrderedDict()
        self._detours: OrderedDict[str, _Detour] = OrderedDict()

    async def ask(self, candidate: Candidate, most_seconds: float) -> Told:
        """The next answer to the robots.txt of a URL's origin.

        Args:
            candidate: what it is asked for.
            most_seconds: the longest `Retry-After` that is granted.

        Raises:
            SiteError: the origin is in trouble (network, 5xx, 429), or was a moment ago and was not asked.
        """
        now = self._clock.now()
        self._check_trouble(candidate, now)
        try:
            return await self._follow(origin(candidate.url), most_seconds)
        except SiteError as error:
            self._note_trouble(origin(candidate.url), now, error)
            raise

    async def _follow(self, asked_origin: str, most_seconds: float) -> Told:
        """Follow at most five redirects: at once to another host or on one of the user's, else one a visit."""
        start = _Detour(url=f"{asked_origin}/robots.txt")
        way = self._detours.pop(asked_origin, start)
        if self._clock.now() - way.at >= _GIVEN_UP_SECONDS:
            way = start
        for asked in range(1, _MAX_REDIRECTS + 2):
            try:
                response = await self._fetch(Request(url=way.url))
            except SiteError as error:
                error.was_asked = error.was_asked or asked > 1
                raise
            if response.status >= 500 or response.status == 429:
                rest = retry_after_seconds(response.header("retry-after"), response.ended_at, most_seconds)
                said = f"{way.url} answered {response.status}; nothing may be asked"
                raise TransientError("robots", said, rest_seconds=rest)
            here, address = host_key(way.url), response.address
            response = dataclasses.replace(response, address=way.address if way.hops else address)
            target = response.header("location") if 300 <= response.status < 400 else None
            following = canonicalize(target, way.url) if target else None
            if following is None or way.hops == _MAX_REDIRECTS:
                break
            way = _Detour(url=following, hops=way.hops + 1, address=response.address, at=response.ended_at)
            if host_key(following) == here and not self._territory.is_own(here, address):
                _remember(self._detours, asked_origin, way)
                return Told(response=response, asked=asked, is_last=False)
        return Told(response=response, asked=asked, is_last=True)

    def _check_trouble(self, candidate: Candidate, now: float) -> None:
        """Give up at once on an origin that was given up a moment ago.

        Silence is counted by the host's row, for both of its origins; only where a bare seed's https is
        silent, and http is still to be asked, it is counted nowhere.
        """
        trouble = self._troubles.get(origin(candidate.url))
        if trouble is None or now - trouble.at >= _GIVEN_UP_SECONDS or trouble.tries < self._max_tries:
            return
        error = trouble.error
        if error.failure not in SILENT or self._territory.over_http(candidate, error.failure) is not None:
            raise PermanentError(error.failure, error.detail, was_asked=False)

    def _note_trouble(self, asked_origin: str, now: float, error: SiteError) -> None:
        """Count the tries of a robots.txt, whichever URLs they were made for."""
        before = self._troubles.pop(asked_origin, None)
        tries = 1 if before is None or now - before.at >= _GIVEN_UP_SECONDS else before.tries + 1
        if isinstance(error, PermanentError):
            tries = self._max_tries
        _remember(self._troubles, asked_origin, _Trouble(at=now, tries=tries, error=error))


def _remember(things: OrderedDict[str, Thing], asked_origin: str, thing: Thing) -> None:
    things[asked_origin] = thing
    if len(things) > _MAX_ORIGINS:
        things.popitem(last=False)
