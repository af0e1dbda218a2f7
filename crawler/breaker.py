"""Give up for a while on hosts that nobody answers for, so that one dead host costs minutes, not a night.

Every request passes here on its way to the web. A host that has failed ten times in a row, and for a
minute at least, is not asked for five minutes: what would be asked fails at once as `host_down`. Its next
chance is a single request. A short restart costs nobody anything: its failures are tried again as ever.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.clock import Clock
from crawler.errors import PermanentError, SiteError
from crawler.exchange import Fetch, Request, Response
from crawler.urls import host_key

__all__ = ["Breaker"]

_NO_ANSWER = frozenset({"connect", "dns", "empty_reply", "timeout", "tls"})
_LEAST_FAILURES = 10
_LEAST_SECONDS = 60.0
_REST_SECONDS = 300.0
_MAX_HOSTS = 10_000


@dataclass(slots=True)
class _Trouble:
    since: float
    failures: int = 0
    last: str = ""
    rests_until: float = 0.0


class Breaker:
    """A way to the web that leaves dead hosts alone.

    Args:
        fetch: the way itself.
        clock: tells how long a host has been silent.
    """

    def __init__(self, fetch: Fetch, clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._troubles: dict[str, _Trouble] = {}

    async def fetch(self, request: Request) -> Response:
        """The answer to one request.

        Raises:
            SiteError: there is none; `host_down`: nobody was asked.
        """
        host = host_key(request.url)
        self._check(host)
        try:
            response = await self._fetch(request)
        except SiteError as error:
            self._note(host, error)
            raise
        self._troubles.pop(host, None)
        return response

    def _check(self, host: str) -> None:
        trouble = self._troubles.get(host)
        if trouble is None:
            return
        now = self._clock.monotonic()
        if now < trouble.rests_until:
            raise PermanentError(
                "host_down", f"{host} failed {trouble.failures} times in a row, last with {trouble.last}"
            )
        if trouble.rests_until:
            trouble.rests_until = now + _REST_SECONDS

    def _note(self, host: str, error: SiteError) -> None:
        if error.failure not in _NO_ANSWER:
            self._troubles.pop(host, None)
            return
        now = self._clock.monotonic()
        if host not in self._troubles and len(self._troubles) >= _MAX_HOSTS:
            del self._troubles[next(iter(self._troubles))]
        trouble = self._troubles.setdefault(host, _Trouble(since=now))
        trouble.failures += 1
        trouble.last = str(error)
        if trouble.failures >= _LEAST_FAILURES and now - trouble.since >= _LEAST_SECONDS:
            trouble.rests_until = now + _REST_SECONDS
