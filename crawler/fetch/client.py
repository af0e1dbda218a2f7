"""Ask the web: one shared aiohttp session, one request at a time, every answer bounded.

Redirects are not followed here: a redirect is an answer, and its target a link like any other, so that
scope, robots.txt and politeness are asked again. Bodies come undecoded, because the archive keeps what
was sent.
"""

from __future__ import annotations

import asyncio
import ssl
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random
from yarl import URL

from crawler.body import EMPTY, Body, Spool
from crawler.clock import Clock
from crawler.coding import ACCEPTED_CODINGS, BodyTooLargeError, CodingError, decode_body
from crawler.errors import PermanentError, SiteError, StateError, TransientError, UsageError
from crawler.exchange import Head, Headers, Request, Response
from crawler.fetch.answer import Answer, read_wire
from crawler.fetch.cookiefile import read_cookie_file
from crawler.fetch.cookies import CookieJar
from crawler.fetch.credentials import Credentials
from crawler.fetch.failures import heals_at_once, site_error
from crawler.fetch.guard import AddressGuard, GuardedResolver
from crawler.options import FetchOptions
from crawler.urls import canonicalize, hostname, port, target_of, wire_form

__all__ = ["Client"]

# curl reads an 18 KB header (its test 1205); aiohttp's default is 8 KB.
_MAX_HEADER_BYTES = 32_768
_READ_BUFFER_BYTES = 1 << 17
_DNS_CACHE_SECONDS = 300
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/*;q=0.8,*/*;q=0.7"
_TRIES = 2
_LONGEST_PAUSE_SECONDS = 0.3


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
        self._proxy = _proxy(options.proxy)
        self._user_agent = user_agent
        self._guard = guard
        self._clock = clock
        self._credentials = credentials or Credentials(auths=options.auth)
        self._insecure = frozenset(host.strip("[]").lower() for host in options.insecure)
        self._tls = _tls_context(options.ca)
        self._jar = CookieJar(clock)
        for cookie in read_cookie_file(options.cookies) if options.cookies else ():
            self._jar.add(cookie)
        self._semaphore = asyncio.BoundedSemaphore(options.concurrency)
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        options = self._options
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                resolver=GuardedResolver(self._guard, self._resolver, proxy=self._proxy),
                ttl_dns_cache=_DNS_CACHE_SECONDS,
                ssl=self._tls,
            ),
            headers={
                "User-Agent": self._user_agent,
                "Accept": _ACCEPT,
                "Accept-Language": "en;q=0.8, *;q=0.5",
                "Accept-Encoding": ACCEPTED_CODINGS,
            },
            timeout=aiohttp.ClientTimeout(
                total=options.timeout,
                connect=options.connect_timeout,
                sock_connect=options.connect_timeout,
                sock_read=options.read_timeout,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            response_class=Answer,
            auto_decompress=False,
            max_line_size=_MAX_HEADER_BYTES,
            max_field_size=_MAX_HEADER_BYTES,
            read_bufsize=_READ_BUFFER_BYTES,
        )
        # aiohttp would ask again by itself, unseen and uncounted; `_ask_again` decides about that.
        self._session._retry_connection = False  # noqa: SLF001 - there is no public way
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def fetch(self, request: Request) -> Response:
        """The answer to one request, whatever its status; a connection that broke at once is tried twice.

        Raises:
            SiteError: there is no whole answer; `failure` names why.
            StorageError: a large body could not be written.
        """
        self._guard.check_literal(hostname(request.url), port(request.url))
        async with self._semaphore:
            try:
                return await self._ask_twice(request)
            except (SiteError, StateError):
                raise
            except Exception as error:
                raise site_error(error) from error

    async def _ask_twice(self, request: Request) -> Response:
        try:
            return await self._ask(request)
        except (aiohttp.ClientError, OSError) as error:
            if not heals_at_once(error):
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

    async def _ask(self, request: Request) -> Response:
        started_at, began = self._clock.now(), self._clock.monotonic()
        url = URL(wire_form(request.url), encoded=True)
        async with self._session.get(
            url,
            headers=self._headers(request),
            allow_redirects=False,
            proxy=self._options.proxy,
            ssl=hostname(request.url) not in self._insecure,
        ) as answer:
            assert isinstance(answer, Answer)
            latency = self._clock.monotonic() - began
            head = Head(status=answer.status, headers=_pairs(answer.raw_headers))
            self._jar.take(request.url, head.values("set-cookie"))
            refusal = request.admit(head)
            wire = body = EMPTY
            if refusal.accepted:
                wire = await read_wire(answer, self._options.max_body, self._spool)
                body = self._decoded(wire, head)
            else:
                answer.close()
            ended = self._clock.monotonic() - began
            return Response(
                url=request.url,
                head=head,
                reason=answer.reason_octets,
                protocol=answer.protocol,
                wire=wire,
                body=body,
                request_line=f"{answer.method} {target_of(str(url))} HTTP/1.1",
                request_headers=self._credentials.masked(tuple(answer.request_info.headers.items())),
                address="" if self._proxy else answer.peer_address,
                started_at=started_at,
                ended_at=started_at + ended,
                latency_seconds=latency,
                refusal=refusal,
            )

    def _headers(self, request: Request) -> Headers:
        """The request's own, what the user says to this origin, and the cookies that are for it."""
        headers = (*self._credentials.headers_for(request.url), *request.headers)
        own = "; ".join(value for name, value in headers if name.lower() == "cookie")
        cookies = self._jar.header(request.url, beside=own)
        if cookies is None:
            return headers
        return (*(pair for pair in headers if pair[0].lower() != "cookie"), ("Cookie", cookies))

    def _decoded(self, wire: Body, head: Head) -> Body:
        coding = head.joined("content-encoding")
        if coding is None:
            return wire
        try:
            return Body.of(decode_body(wire.read(), coding, self._options.max_body))
        except BodyTooLargeError:
            raise PermanentError(
                "too_large", f"decoded to more than {self._options.max_body} bytes"
            ) from None
        except CodingError as error:
            raise TransientError("incomplete", f"content coding: {error}") from None


def _tls_context(ca: str | None) -> ssl.SSLContext:
    context = ssl.create_default_context()
    if ca is not None:
        try:
            context.load_verify_locations(ca)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"ca {ca}: {error}; give a PEM file of certificates") from None
    return context


def _pairs(raw_headers: tuple[tuple[bytes, bytes], ...]) -> Headers:
    return tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in raw_headers)


def _proxy(url: str | None) -> tuple[str, int] | None:
    """Host and port of the proxy.

    Raises:
        UsageError: the URL has none.
    """
    if url is None:
        return None
    canonical = canonicalize(url)
    if canonical is None:
        raise UsageError("proxy is no http URL; write for example http://127.0.0.1:3128")
    return hostname(canonical), port(canonical)
