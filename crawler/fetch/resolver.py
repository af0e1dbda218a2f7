"""Ask the system for the addresses of names, in threads of its own, with an end to every wait.

`getaddrinfo` cannot be cancelled, and may hang for as long as the resolver pleases. In asyncio's own pool
of threads a few hanging names would stall the archive, which writes there. Here at most sixteen threads
wait; they are daemons, so the process ends without them.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

__all__ = ["LONGEST_SECONDS", "MAX_THREADS", "SystemResolver"]

LONGEST_SECONDS = 10.0
"""A lookup that takes longer has failed, and may be tried again."""

MAX_THREADS = 16

_Found = list[tuple[Any, Any, int, str, Any]]


class SystemResolver(AbstractResolver):
    """The system's resolver.

    Args:
        timeout_seconds: the longest wait for an answer, that for a free thread included.
        getaddrinfo: another than the system's, for tests.
    """

    def __init__(
        self,
        timeout_seconds: float = LONGEST_SECONDS,
        *,
        getaddrinfo: Callable[..., _Found] = socket.getaddrinfo,
    ) -> None:
        self._timeout_seconds = min(timeout_seconds, LONGEST_SECONDS)
        self._getaddrinfo = getaddrinfo
        self._free = asyncio.Semaphore(MAX_THREADS)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The addresses of `host`, in the order the system gives them (RFC 6724).

        Raises:
            OSError: there is none; with `EAI_AGAIN` it may heal.
        """
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._free.acquire()
                found = await self._look_up(host, port, family)
        except TimeoutError:
            said = f"the resolver gave no answer in {self._timeout_seconds:g} s"
            raise socket.gaierror(socket.EAI_AGAIN, said) from None
        return [_result(host, port, each_family, address) for each_family, _, _, _, address in found]

    async def close(self) -> None:
        """Nothing is held; threads that still wait end by themselves."""

    async def _look_up(self, host: str, port: int, family: socket.AddressFamily) -> _Found:
        """Run one lookup in a thread, which gives its place back when it ends, however late."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[_Found] = loop.create_future()

        def settle(found: _Found | None, error: Exception | None) -> None:
            self._free.release()
            if answer.done():
                return
            if error is not None:
                answer.set_exception(error)
            elif found is not None:
                answer.set_result(found)

        def look_up() -> None:
            found, failed = None, None
            try:
                found = self._getaddrinfo(
                    host, port, type=socket.SOCK_STREAM, family=family, flags=socket.AI_ADDRCONFIG
                )
            except Exception as error:  # noqa: BLE001 - it belongs to who asked
                failed = error
            with suppress(RuntimeError):  # the loop has ended meanwhile
                loop.call_soon_threadsafe(settle, found, failed)

        try:
            threading.Thread(target=look_up, name=f"resolve {host}"[:40], daemon=True).start()
        except RuntimeError as error:
            self._free.release()
            raise OSError(errno.EAGAIN, f"no thread for the resolver: {error}") from error
        return await answer


def _result(host: str, port: int, family: int, address: Any) -> ResolveResult:
    text = str(address[0])
    if family == socket.AF_INET6 and len(address) > 3 and address[3] and "%" not in text:
        # The zone of a link-local address (RFC 4007 section 11).
        text = f"{text}%{address[3]}"
    return ResolveResult(
        hostname=host, host=text, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )
