"""Remember who has shown the token: for programs the token comes with each request, for people a session does."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict

from crawler.clock import Clock

__all__ = ["SESSION_SECONDS", "Sessions"]

SESSION_SECONDS = 12 * 3600.0
_MOST = 1000


class Sessions:
    """The sessions of one server; they end with it.

    Args:
        token: that opens one; None: none is needed.
        clock: ends them.
    """

    def __init__(self, token: str | None, clock: Clock) -> None:
        self._token = None if token is None else _digest(token)
        self._clock = clock
        self._ends: OrderedDict[bytes, float] = OrderedDict()

    def is_token(self, given: str) -> bool:
        """Whether this is the token; how long that takes tells nothing about it."""
        return self._token is not None and hmac.compare_digest(_digest(given), self._token)

    def open(self) -> str:
        """A new session; the oldest ends when there are very many."""
        name = secrets.token_urlsafe(32)
        self._ends[_digest(name)] = self._clock.monotonic() + SESSION_SECONDS
        while len(self._ends) > _MOST:
            self._ends.popitem(last=False)
        return name

    def holds(self, name: str) -> bool:
        """Whether this is a session that has not ended."""
        return self._ends.get(_digest(name), -1.0) > self._clock.monotonic()

    def end(self, name: str) -> None:
        """End a session."""
        self._ends.pop(_digest(name), None)


def _digest(text: str) -> bytes:
    """What is compared and kept in place of a secret: always of one length."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).digest()
