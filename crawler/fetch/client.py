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
from tenacity import AsyncRetrying, retry_if_exception, stop_after_attempt, wait_random
from yarl import URL

from crawler.clock import Clock
from crawler.coding import ACCEPTED_CODINGS, BodyTooLargeError, CodingError, decode_body
from crawler.errors import PermanentError, TransientError, UsageError
from crawler.exchange import Head, Headers, Request, Response
from crawler.fetch.failures import heals_at_once, site_error
from crawler.fetch.guard import AddressGuard, GuardedResolver
from crawler.options import FetchOptions
from crawler.urls import hostname, port, target_of, wire_form

__all__ = ["Client"]

# curl reads an 18 KB header (its test 1205); aiohttp's default is 8 KB.
_MAX_HEADER_BYTES = 32_768
_READ_BUFFER_BYTES = 1 << 17
_DNS_CACHE_SECONDS = 300
_ACCEPT = "text/html,application/xhtml+xml,application/xml;q=0.9,image/*;q=0.8,*/*;q=0.7"


class Client:
    """The shared session. Use it as an async context manager.

    Args:
        options: how a request is made.
        user_agent: sent with every request.
        guard: where connections may go.
        clock: for the instants of the response.
    """

    def __init__(self, options: FetchOptions, user_agent: str, guard: AddressGuard, clock: Clock) -> None:
        self._options = options
        self._user_agent = user_agent
        self._guard = guard
        self._clock = clock
        self._insecure = frozenset(host.lower() for host in options.insecure)
        self._tls = _tls_context(options.ca)
        self._semaphore = asyncio.BoundedSemaphore(options.concurrency)
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        options = self._options
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                limit=0,
                resolver=GuardedResolver(self._guard),
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
            auto_decompress=False,
            max_line_size=_MAX_HEADER_BYTES,
            max_field_size=_MAX_HEADER_BYTES,
            read_bufsize=_READ_BUFFER_BYTES,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._session.close()

    async def fetch(self, request: Request) -> Response:
        """The answer to one request, whatever its status; a connection that broke at once is tried twice.

        Raises:
            SiteError: there is no whole answer; `failure` names why.
        """
        self._guard.check_literal(hostname(request.url), port(request.url))
        async with self._semaphore:
            try:
                return await self._ask(request)
            except Exception as error:
                if not heals_at_once(error):
                    raise site_error(error) from error
            try:
                return await self._ask_again(request)
            except Exception as error:
                raise site_error(error) from error

    async def _ask_again(self, request: Request) -> Response:
        """One more try a moment later, with tenacity; the first try needs no such machinery."""
        retrying = AsyncRetrying(
            stop=stop_after_attempt(2),
            wait=wait_random(0, 0.3),
            retry=retry_if_exception(heals_at_once),
            reraise=True,
        )
        return await retrying(self._ask, request)

    async def _ask(self, request: Request) -> Response:
        started_at, began = self._clock.now(), self._clock.monotonic()
        url = URL(wire_form(request.url), encoded=True)
        async with self._session.get(
            url,
            headers=request.headers,
            allow_redirects=False,
            proxy=self._options.proxy,
            ssl=hostname(request.url) not in self._insecure,
        ) as answer:
            latency = self._clock.monotonic() - began
            address = _peer(answer) or self._guard.address_of(hostname(request.url))
            head = Head(status=answer.status, headers=_pairs(answer.raw_headers))
            refusal = request.admit(head)
            wire = body = b""
            if refusal.accepted:
                wire = await self._read(answer)
                body = self._decoded(wire, head)
            else:
                answer.close()
            ended = self._clock.monotonic() - began
            return Response(
                url=request.url,
                head=head,
                reason=answer.reason or "",
                wire=wire,
                body=body,
                request_line=f"{answer.method} {target_of(str(url))} HTTP/1.1",
                request_headers=tuple(answer.request_info.headers.items()),
                address=address,
                started_at=started_at,
                ended_at=started_at + ended,
                latency_seconds=latency,
                refusal=refusal,
            )

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        limit = self._options.max_body
        if (answer.content_length or 0) > limit:
            answer.close()
            raise PermanentError("too_large", f"{answer.content_length} bytes; --max-body is {limit}")
        pieces: list[bytes] = []
        size = 0
        async for piece in answer.content.iter_any():
            size += len(piece)
            if size > limit:
                answer.close()
                raise PermanentError("too_large", f"more than --max-body {limit}")
            pieces.append(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def _decoded(self, wire: bytes, head: Head) -> bytes:
        coding = head.header("content-encoding")
        if coding is None:
            return wire
        try:
            return decode_body(wire, coding, self._options.max_body)
        except BodyTooLargeError:
            raise PermanentError(
                "too_large", f"decoded to more than {self._options.max_body} bytes"
            ) from None
        except CodingError as error:
            raise TransientError("incomplete", f"content coding {coding}: {error}") from None


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


def _peer(answer: aiohttp.ClientResponse) -> str:
    """The address that answered; "" when the whole answer came at once and freed the connection."""
    connection = answer.connection
    if connection is None or connection.transport is None:
        return ""
    peer = connection.transport.get_extra_info("peername")
    return str(peer[0]) if peer else ""
