"""Ask the web: one shared aiohttp session, one request at a time, every answer bounded.

Redirects are not followed here: a redirect is an answer, and its target a link like any other, so that
scope, robots.txt and politeness are asked again. Bodies come undecoded, because the archive keeps what
was sent.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Iterable
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random
from yarl import URL

from crawler.body import EMPTY, Spool
from crawler.clock import Clock
from crawler.coding import ACCEPTED_CODINGS
from crawler.errors import SiteError, StateError, TransientError
from crawler.exchange import Head, Headers, Request, Response
from crawler.fetch.answer import Answer, read_wire
from crawler.fetch.cookiefile import read_cookie_file
from crawler.fetch.cookies import CookieJar
from crawler.fetch.credentials import Credentials
from crawler.fetch.decoding import decode
from crawler.fetch.failures import heals_at_once, site_error
from crawler.fetch.guard import AddressGuard
from crawler.fetch.proxies import read_proxy
from crawler.fetch.session import open_session, tls_context
from crawler.fetch.setcookie import Cookie
from crawler.fetch.shortage import is_shortage, raise_limit
from crawler.options import FetchOptions
from crawler.urls import hostname, target_of, wire_form

__all__ = ["Client"]

_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/*;q=0.8,*/*;q=0.7"
_TRIES = 2
_LONGEST_PAUSE_SECONDS = 0.3
_SHORTAGE_PAUSES = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)


class Client:
    """The shared session. Use it as an async context manager.

    Args:
        options: how a request is made.
        user_agent: sent with every request.
        guard: where connections may go.
        clock: for the instants of the response.
        credentials: what the user says to which origin.
        resolver: finds the addresses of names; None: the system's.
        spool: where large bodies lie; None: the system's folder for temporary files.

    Raises:
        UsageError: the file of certificate authorities, that of cookies, or the proxy's URL cannot be used.
    """

    def __init__(
        self,
        options: FetchOptions,
        user_agent: str,
        guard: AddressGuard,
        clock: Clock,
        credentials: Credentials | None = None,
        *,
        resolver: AbstractResolver | None = None,
        spool: Spool | None = None,
    ) -> None:
        self._spool = spool or Spool()
        self._options = options
        self._resolver = resolver
        self._proxy = None if options.proxy is None else read_proxy(options.proxy)
        self._user_agent = user_agent
        self._guard = guard
        self._clock = clock
        self._credentials = credentials or Credentials(auths=options.auth)
        self._insecure = frozenset(host.strip("[]").lower() for host in options.insecure)
        self._tls = tls_context(options.ca)
        self._jar = CookieJar(clock)
        self.remember(read_cookie_file(options.cookies) if options.cookies else ())
        self._semaphore = asyncio.BoundedSemaphore(options.concurrency)
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        raise_limit(self._options.concurrency)
        self._session = open_session(
            self._options,
            {
                "User-Agent": self._user_agent,
                "Accept": _ACCEPT,
                "Accept-Language": "en;q=0.8, *;q=0.5",
                "Accept-Encoding": ACCEPTED_CODINGS,
            },
            guard=self._guard,
            tls=self._tls,
            proxy=self._proxy,
            resolver=self._resolver,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    def cookies(self) -> tuple[Cookie, ...]:
        """Those of the jar, for another client of the same crawl."""
        return self._jar.cookies()

    def remember(self, cookies: Iterable[Cookie]) -> None:
        """Put cookies into the jar."""
        for cookie in cookies:
            self._jar.add(cookie)

    async def lend(self, requests: int) -> None:
        """Give up a part of the requests at once; waits until so many are free."""
        for _ in range(requests):
            await self._semaphore.acquire()

    def take_back(self, requests: int) -> None:
        """Have back so many of those that were lent."""
        for _ in range(requests):
            self._semaphore.release()

    async def fetch(self, request: Request) -> Response:
        """The answer to one request, whatever its status; a connection that broke at once is tried twice.

        Raises:
            SiteError: there is no whole answer; `failure` names why.
            StorageError: a large body could not be written.
        """
        self._guard.check_url(request.url)
        async with self._semaphore:
            try:
                return await self._ask_patiently(request)
            except (SiteError, StateError):
                raise
            except Exception as error:
                raise site_error(error) from error

    async def _ask_patiently(self, request: Request) -> Response:
        """Where this machine lacks sockets, wait in our turn until others have given theirs back."""
        for pause_seconds in _SHORTAGE_PAUSES:
            try:
                return await self._ask_twice(request)
            except OSError as error:
                if not is_shortage(error):
                    raise
            await asyncio.sleep(pause_seconds)
        try:
            return await self._ask_twice(request)
        except OSError as error:
            if is_shortage(error):
                raise TransientError("machine", f"{error}; a smaller --concurrency needs less") from error
            raise

    async def _ask_twice(self, request: Request) -> Response:
        try:
            response = await self._ask(request)
            if response.status == 421:
                # RFC 9110 section 15.5.20: the same request on another connection may do.
                return await self._ask(request, afresh=True)
            return response  # noqa: TRY300 - only asking fails
        except (aiohttp.ClientError, OSError) as error:
            # What was posted may have arrived.
            if request.is_posted or not heals_at_once(error):
                raise
            return await self._ask_again(request, error)

    async def _ask_again(self, request: Request, broken: Exception) -> Response:
        """Hand a failed first try to tenacity, which makes one more if it heals.

        The first try itself needs no such machinery, and most requests have no second.
        """
        failures = [broken]

        async def ask() -> Response:
            if failures:
                raise failures.pop()
            return await self._ask(request)

        retrying = AsyncRetrying(
            stop=stop_after_attempt(_TRIES),
            wait=wait_random(0, _LONGEST_PAUSE_SECONDS),
            retry=retry_if_exception(heals_at_once),
            reraise=True,
        )
        return await retrying(ask)

    async def _ask(self, request: Request, *, afresh: bool = False) -> Response:
        started_at, began = self._clock.now(), self._clock.monotonic()
        url = URL(wire_form(request.target or request.url), encoded=True)
        async with self._session.request(
            "POST" if request.is_posted else "GET",
            url,
            data=_posted(request),
            headers=self._headers(request),
            allow_redirects=False,
            **(self._proxy.terms(request.url) if self._proxy else {}),
            ssl=self._verification(request.url, afresh=afresh),
        ) as answer:
            assert isinstance(answer, Answer)
            latency = self._clock.monotonic() - began
            if self._proxy is not None and answer.status == 407:
                raise TransientError("proxy", f"{self._proxy.url}: 407 {answer.reason_octets:.100}")
            head = Head(status=answer.status, headers=_pairs(answer.raw_headers))
            self._jar.take(request.url, head.values("set-cookie"))
            refusal = request.admit(head)
            wire = EMPTY
            if refusal.accepted:
                wire = await read_wire(answer, self._options, self._clock, self._spool)
            else:
                answer.close()
            ended = self._clock.monotonic() - began
            body = await decode(wire, head, self._options.max_body, self._spool)
            return Response(
                url=request.url,
                head=head,
                reason=answer.reason_octets,
                protocol=answer.protocol,
                wire=wire,
                body=body,
                request_line=f"{answer.method} {target_of(str(url))} HTTP/1.1",
                request_headers=self._credentials.masked(tuple(answer.request_info.headers.items())),
                request_body=request.content or b"",
                address="" if self._proxy else answer.peer_address,
                started_at=started_at,
                ended_at=started_at + ended,
                latency_seconds=latency,
                refusal=refusal,
            )

    def _verification(self, url: str, *, afresh: bool) -> bool | ssl.SSLContext:
        """How aiohttp checks certificates; connections that do so in another way are pooled apart."""
        if hostname(url) in self._insecure:
            return False
        return self._tls if afresh else True

    def _headers(self, request: Request) -> Headers:
        """The request's own, what the user says to this origin, and the cookies that are for it."""
        to_proxy = self._proxy.headers_for(request.url) if self._proxy else ()
        headers = (*to_proxy, *self._credentials.headers_for(request.url), *request.headers)
        own = "; ".join(value for name, value in headers if name.lower() == "cookie")
        cookies = self._jar.header(request.url, beside=own)
        if cookies is None:
            return headers
        return (*(pair for pair in headers if pair[0].lower() != "cookie"), ("Cookie", cookies))


def _posted(request: Request) -> aiohttp.FormData | bytes | None:
    return request.content if request.fields is None else aiohttp.FormData(request.fields, charset="utf-8")


def _pairs(raw_headers: tuple[tuple[bytes, bytes], ...]) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw_headers)
