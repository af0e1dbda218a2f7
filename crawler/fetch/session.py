"""Open the one aiohttp session: TLS, proxy, resolver, limits.

Nothing of it follows redirects, keeps cookies, decodes bodies, reads proxies from the environment or asks
again by itself: all that is decided in `crawler.fetch.client`, where it can be seen.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from functools import partial

import aiohttp
from aiohttp.abc import AbstractResolver

from crawler.errors import UsageError
from crawler.fetch.answer import Answer
from crawler.fetch.guard import AddressGuard, GuardedResolver
from crawler.fetch.proxies import NamesStay, Proxy, SocksConnector
from crawler.fetch.resolver import SystemResolver
from crawler.fetch.wire import Wire
from crawler.options import FetchOptions

__all__ = ["open_session", "tls_context"]

# curl reads an 18 KB header (its test 1205); aiohttp's default is 8 KB.
_MAX_HEADER_BYTES = 32_768
# aiohttp's default of 128 refuses sites that set many cookies.
_MAX_HEADERS = 512
_READ_BUFFER_BYTES = 1 << 17
_DNS_CACHE_SECONDS = 300
_DNS_CACHE_NAMES = 10_000
# So that a name that is not found in time is told apart from a connection that is not made in time.
_DNS_SHARE = 0.8


def open_session(
    options: FetchOptions,
    headers: Mapping[str, str],
    *,
    guard: AddressGuard,
    tls: ssl.SSLContext,
    proxy: Proxy | None,
    resolver: AbstractResolver | None = None,
) -> aiohttp.ClientSession:
    """The session, to be closed by the caller.

    Args:
        options: how requests are made.
        headers: of every request.
        guard: judges every address before it is connected to.
        tls: what certificates are checked with.
        proxy: every connection goes through it.
        resolver: finds addresses; None: the system's.
    """
    finder = resolver or SystemResolver(options.connect_timeout * _DNS_SHARE)
    connector = _connector(guard, tls, proxy, finder)
    new_wire = partial(Wire, loop=asyncio.get_running_loop())
    connector._factory = new_wire  # type: ignore[assignment]  # noqa: SLF001 - there is no public way
    session = aiohttp.ClientSession(
        connector=connector,
        headers=headers,
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
        max_headers=_MAX_HEADERS,
        read_bufsize=_READ_BUFFER_BYTES,
    )
    # aiohttp would ask again by itself, unseen and uncounted.
    session._retry_connection = False  # noqa: SLF001 - there is no public way
    return session


def _connector(
    guard: AddressGuard, tls: ssl.SSLContext, proxy: Proxy | None, finder: AbstractResolver
) -> aiohttp.TCPConnector:
    guarded = GuardedResolver(guard, finder, proxy=proxy.place if proxy else None)
    terms = {
        "limit": 0,
        "ttl_dns_cache": _DNS_CACHE_SECONDS,
        "dns_cache_max_size": _DNS_CACHE_NAMES,
        "ssl": tls,
    }
    if proxy is not None and proxy.is_socks:
        return SocksConnector(proxy, finder, resolver=NamesStay() if proxy.finds_names else guarded, **terms)
    return aiohttp.TCPConnector(resolver=guarded, **terms)  # type: ignore[arg-type]


def tls_context(ca: str | None) -> ssl.SSLContext:
    """What certificates are checked with: the system's authorities, and those of a PEM file.

    Raises:
        UsageError: the file cannot be used.
    """
    context = ssl.create_default_context()
    if ca is not None:
        try:
            context.load_verify_locations(ca)
        except (OSError, ssl.SSLError) as error:
            raise UsageError(f"ca {ca}: {error}; give a PEM file of certificates") from None
    return context
