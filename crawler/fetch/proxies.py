"""Go through the proxy that the user named, and through nothing else where it fails.

An HTTP proxy is asked for http pages and tunnels https (CONNECT); it finds the addresses of names itself.
A SOCKS proxy (RFC 1928) is told an address that was found and checked here (`socks5://`), or the name
(`socks5h://`), which then cannot be checked. What the user says to the proxy goes to the proxy alone.
"""

from __future__ import annotations

import importlib
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.client_proto import ResponseHandler
from aiohttp.helpers import is_ip_address

from crawler.errors import TransientError, UsageError
from crawler.exchange import Headers
from crawler.fetch.credentials import basic
from crawler.fetch.shortage import is_shortage
from crawler.urls import canonicalize, hostname, port, target_of, userinfo

__all__ = ["NamesStay", "Proxy", "SocksConnector", "read_proxy"]

_SOCKS = {"socks5": False, "socks5h": True}
_SOCKS_PORT = 1080
_MOST_ADDRESSES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy.

    Args:
        scheme: `http`, `https`, `socks5` or `socks5h`.
        host: name or address, without brackets.
        port: where it listens.
        user: what it is told of the user; nobody else is.
        password: the same.
    """

    scheme: str
    host: str
    port: int
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)

    @property
    def is_socks(self) -> bool:
        """Whether it speaks SOCKS."""
        return self.scheme in _SOCKS

    @property
    def finds_names(self) -> bool:
        """Whether it is told names, whose addresses nobody here sees."""
        return _SOCKS.get(self.scheme, True)

    @property
    def place(self) -> tuple[str, int]:
        """Host and port: it may be on a private address."""
        return self.host, self.port

    @property
    def url(self) -> str:
        """Without user and password."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        """What it is told of the user (RFC 9110 section 11.7.2)."""
        if not (self.user or self.password):
            return {}
        return {"Proxy-Authorization": basic(self.user, self.password)}

    def terms(self, url: str) -> dict[str, Any]:
        """What aiohttp is told with a request for `url`; of SOCKS, which lies below HTTP, nothing."""
        if self.is_socks:
            return {}
        return {"proxy": self.url, "proxy_headers": self.headers if url.startswith("https:") else {}}

    def headers_for(self, url: str) -> Headers:
        """What the request for `url` says to the proxy; one through a tunnel is not seen by it."""
        return () if self.is_socks or url.startswith("https:") else tuple(self.headers.items())


def read_proxy(text: str) -> Proxy:
    """The proxy that a URL names; HOST:PORT alone is an HTTP proxy, as curl has it.

    Raises:
        UsageError: it names none, or the library for SOCKS is missing; the URL is not repeated.
    """
    scheme, slashes, rest = text.strip().partition("://")
    if not slashes:
        scheme, rest = "http", text.strip()
    scheme = scheme.lower()
    # The URL Standard parses ports and userinfo of schemes it knows alone.
    spelled = f"{'http' if scheme in _SOCKS else scheme}://{rest}"
    url = canonicalize(spelled)
    has_port = rest.rpartition("@")[2].rstrip("/").rpartition("]")[2].partition(":")[2] != ""
    is_known = scheme in {"http", "https", *_SOCKS} and bool(slashes or has_port)
    if url is None or not is_known or target_of(url) != "/":
        raise UsageError("proxy is none; write for example http://127.0.0.1:3128 or socks5://127.0.0.1:1080")
    user, password = userinfo(spelled)
    if scheme in _SOCKS:
        _python_socks()
        if not f"{user}{password}".isascii() or max(len(user), len(password)) > 255:
            raise UsageError("proxy: user and password of a SOCKS proxy are ASCII of at most 255 characters")
    at = _SOCKS_PORT if scheme in _SOCKS and not has_port else port(url)
    return Proxy(scheme=scheme, host=hostname(url), port=at, user=user, password=password)


def _python_socks() -> Any:
    try:
        return importlib.import_module("python_socks.async_.asyncio")
    except ImportError:
        raise UsageError(
            "proxy: SOCKS needs a library that is not installed; pip install 'crawler[socks]'"
        ) from None


class NamesStay(AbstractResolver):
    """Leaves names as they are, for a proxy that finds their addresses."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """The name itself in the place of an address."""
        return [ResolveResult(hostname=host, host=host, port=port, family=family, proto=0, flags=0)]

    async def close(self) -> None:
        """Nothing is held."""


class SocksConnector(aiohttp.TCPConnector):
    """Opens every connection through a SOCKS proxy.

    Args:
        proxy: that speaks SOCKS.
        finder: finds the proxy's own address.
        **terms: of `aiohttp.TCPConnector`; its resolver finds what the proxy is told to connect to.
    """

    def __init__(self, proxy: Proxy, finder: AbstractResolver, **terms: Any) -> None:
        super().__init__(**terms)
        self._through = proxy
        self._finder = finder
        self._socks = _python_socks()

    async def _wrap_create_connection(  # the one place where aiohttp opens sockets; there is no public way
        self,
        *args: Any,
        addr_infos: Sequence[Any],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the signature is aiohttp's
        **terms: Any,
    ) -> tuple[Any, ResponseHandler]:
        """A connection to the first of the addresses that the proxy reaches.

        Raises:
            TransientError: `proxy`: it refuses, cannot be reached, or takes too long.
        """
        refusals: list[TransientError] = []
        for info in addr_infos[:_MOST_ADDRESSES]:
            try:
                tunnel = await self._tunnel(info[4][0], info[4][1], timeout.sock_connect)
            except TransientError as error:
                refusals.append(error)
                continue
            try:
                return await self._wrap_existing_connection(*args, sock=tunnel, timeout=timeout, **terms)
            except BaseException:
                tunnel.close()
                raise
        raise refusals[0]

    async def _tunnel(self, host: str, at: int, timeout_seconds: float | None) -> socket.socket:
        proxy = self._through
        try:
            way = self._socks.Proxy(
                importlib.import_module("python_socks").ProxyType.SOCKS5,
                await self._address(),
                proxy.port,
                proxy.user or None,
                proxy.password or None,
                rdns=proxy.finds_names,
            )
            tunnel: socket.socket = await way.connect(host, at, timeout=timeout_seconds)
        except Exception as error:
            if is_shortage(error):
                raise
            said = " ".join(str(error).split()) or type(error).__name__
            raise TransientError("proxy", f"{proxy.url}: {said:.200}") from error
        return tunnel

    async def _address(self) -> str:
        proxy = self._through
        if is_ip_address(proxy.host):
            return proxy.host
        found = await self._finder.resolve(proxy.host, proxy.port, socket.AF_UNSPEC)
        return found[0]["host"]
