"""Speak to a server that may be away for a while: what passes by itself is asked again, for so long.

Every script can be asked twice: what it was to do is done once.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from redis.asyncio import Redis
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    ClusterDownError,
    MasterDownError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TryAgainError,
)
from redis.exceptions import (
    ConnectionError as NoConnectionError,
)
from redis.exceptions import (
    TimeoutError as NoAnswerError,
)
from tenacity import (
    AsyncRetrying,
    retry_if_exception,
    stop_after_delay,
    wait_random_exponential,
)

from crawler.errors import StorageError
from crawler.quantities import show_duration

__all__ = ["LOST", "Line"]

T = TypeVar("T")

_log = logging.getLogger(__name__)

LOST = "LOST"
"""What a script answers first where the server knows less of the crawl than we do."""
_REFUSES = (AuthenticationError, AuthorizationError, NoPermissionError)
_PASSES = (
    *(NoConnectionError, NoAnswerError, OSError, ReadOnlyError, ClusterDownError, MasterDownError),
    TryAgainError,
)
_BUSY = ("BUSY ", "LOADING ", "NOREPLICAS ")
_AGAIN = "then run the same line again: what was finished is kept"


class Line:
    """A way to one server.

    Args:
        client: of the library; it does not try again by itself.
        where: the server as it may be shown.
        patience_seconds: how long a server that is away is asked again.
    """

    def __init__(
        self, client: Redis, where: str = "the frontier's server", patience_seconds: float = 0.0
    ) -> None:
        self.client = client
        self.where = where
        self._patience_seconds = patience_seconds
        self.away_seconds = 0.0
        """For how long it was away, all in all."""

    async def ask(self, what: str, call: Callable[[], Awaitable[T]]) -> T:
        """What the call gives, once the server answers.

        Args:
            what: is asked, one word.
            call: asks it; may be called again.

        Raises:
            StorageError: it was away for too long, or refuses.
        """
        try:
            return await self._once(call)
        except (RedisError, OSError) as error:
            if not _passes(error) or not self._patience_seconds:
                raise StorageError(self._told(what, error)) from None
        began = time.monotonic()
        patience = AsyncRetrying(
            stop=stop_after_delay(self._patience_seconds),
            wait=wait_random_exponential(multiplier=0.1, max=2.0),
            retry=retry_if_exception(_passes),
            reraise=True,
        )
        _log.warning(
            "%s does not answer; asking again, for %s at most",
            self.where,
            show_duration(self._patience_seconds),
        )
        try:
            return await patience(self._once, call)
        except (RedisError, OSError) as error:
            raise StorageError(self._told(what, error)) from None
        finally:
            self.away_seconds += time.monotonic() - began

    async def _once(self, call: Callable[[], Awaitable[T]]) -> T:
        try:
            return await call()
        except ReadOnlyError:
            # Another one is the primary now: its name has to be looked up again.
            await self.client.connection_pool.disconnect()
            raise

    def _told(self, what: str, error: Exception) -> str:
        """What is wrong, and what to do about it; what the library says of a connection names no user."""
        said = str(error)
        if _passes(error):
            waited = f" for {show_duration(self._patience_seconds)}" if self._patience_seconds else ""
            return f"{self.where} has not answered{waited} ({type(error).__name__}): start it, {_AGAIN}"
        if isinstance(error, _REFUSES):
            return (
                f"{self.where} does not let this user do what a crawl needs: see docs/frontier.md, {_AGAIN}"
            )
        if isinstance(error, OutOfMemoryError):
            return f"{self.where} has no memory left: raise its maxmemory, {_AGAIN}"
        if said.startswith("MISCONF"):
            return f"{self.where} cannot write to its disk: look after that, {_AGAIN}"
        if said.startswith(LOST):
            return (
                f"{self.where} knows less of this crawl than it did: it was emptied, or started without its"
                " append-only file; bring that back, or begin anew under another name (#name behind the URL)"
            )
        return f"{self.where} failed at {what}: {said}"


def _passes(error: BaseException) -> bool:
    if isinstance(error, _REFUSES):
        return False
    return isinstance(error, _PASSES) or str(error).startswith(_BUSY)
