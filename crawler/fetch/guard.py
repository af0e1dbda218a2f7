"""Let connections go only where they may: public addresses, and private ones the user named.

Checked on the literal in the URL and on every address a name resolves to, in the resolver that the
connection itself uses, so that what was checked is what is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from crawler.errors import PermanentError, UsageError
from crawler.fetch.address import is_public
from crawler.fetch.resolver import SystemResolver
from crawler.ports import is_blocked_port
from crawler.urls import canonicalize, hostname, port

__all__ = ["AddressGuard", "GuardedResolver"]

_Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_LOOPBACK = "127.0.0.1"
_USUAL: tuple[tuple[int, ...], ...] = ((443,), (80,), (443, 80), (80, 443))
_USUAL_PORTS = {ports: ports for ports in _USUAL}


class AddressGuard:
    """Which private addresses may be reached.

    Args:
        allowed: host names, addresses or networks (CIDR) that the user opened.
        opens_named: naming a host as a seed opens it too; else who may name seeds may not open anything.

    Raises:
        UsageError: an entry is none of these.
    """

    def __init__(self, allowed: Iterable[str] = (), *, opens_named: bool = True) -> None:
        self._opens_named = opens_named
        self._networks: list[_Network] = []
        self._hosts: set[str] = set()
        # By host, and few different tuples: there may be very many seeds.
        self._named: dict[str, tuple[int, ...]] = {}
        for entry in allowed:
            self._allow(entry)

    def _allow(self, entry: str) -> None:
        try:
            self._networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
        except ValueError:
            self._hosts.add(_host_name(entry))

    def name(self, host: str, port: int) -> None:
        """The user named this host and port as a seed: it may be private."""
        if not self._opens_named:
            return
        host = _plain(host)
        ports = self._named.get(host, ())
        if port not in ports:
            self._named[host] = _USUAL_PORTS.get((*ports, port), (*ports, port))

    def facts(self) -> list[list[Any]]:
        """What the user named, in types of JSON, for a guard in another process."""
        return [[host, port] for host, ports in self._named.items() for port in ports]

    def learn(self, facts: Iterable[Sequence[Any]]) -> None:
        """Take in what another guard was told."""
        for host, at in facts:
            self.name(str(host), int(at))

    def check(self, host: str, port: int, address: str) -> None:
        """Refuse a private address that the user did not name.

        Raises:
            PermanentError: `blocked`.
        """
        if is_public(address) or self._is_opened(_plain(host), port, address):
            return
        raise _blocked(f"{host} is the private address {address}; --allow-private {host} would open it")

    def check_url(self, url: str) -> None:
        """Refuse what no request may be made for, whoever asks: the one door of pages, robots.txt and all else.

        Other schemes than http and https, ports of other protocols, and hosts that name a private address
        themselves; what names stand for is checked when they are resolved.

        Raises:
            PermanentError: `blocked`.
        """
        if not url.startswith(("http://", "https://")):
            raise _blocked("only http and https are asked")
        at = port(url)
        if is_blocked_port(at):
            raise _blocked(f"port {at} belongs to another protocol than the web's")
        self.check_literal(hostname(url), at)

    def check_literal(self, host: str, port: int) -> None:
        """The same for a host that says its address itself; names are checked when they are resolved.

        Besides IP addresses that is `localhost` and all below it, which no resolver is to be trusted
        with (RFC 6761 section 6.3).
        """
        bare = _plain(host)
        if bare == "localhost" or bare.endswith(".localhost"):
            self.check(host, port, _LOOPBACK)
            return
        try:
            ipaddress.ip_address(bare)
        except ValueError:
            return
        self.check(host, port, bare)

    def _is_opened(self, host: str, port: int, address: str) -> bool:
        if port in self._named.get(host, ()) or host in self._hosts:
            return True
        try:
            parsed = ipaddress.ip_address(address)
        except ValueError:
            return False
        if isinstance(parsed, ipaddress.IPv6Address):
            parsed = parsed.ipv4_mapped or parsed
        return any(parsed.version == each.version and parsed in each for each in self._networks)


class GuardedResolver(AbstractResolver):
    """Resolves names for the connector and lets only checked addresses through.

    Args:
        guard: judges the addresses.
        resolver: finds them; None: the system's, in a thread.
        proxy: host and port of the proxy, which the user named and which may be private.
    """

    def __init__(
        self,
        guard: AddressGuard,
        resolver: AbstractResolver | None = None,
        *,
        proxy: tuple[str, int] | None = None,
    ) -> None:
        self._guard = guard
        self._resolver = resolver if resolver is not None else SystemResolver()
        self._proxy = proxy

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of `host`; one private address among them refuses all of them.

        Raises:
            PermanentError: `blocked`.
            OSError: there is none.
        """
        found = await self._resolver.resolve(host, port, family)
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no address")
        if (host, port) != self._proxy:
            for each in found:
                self._guard.check(host, port, each["host"])
        return found

    async def close(self) -> None:
        """Close the resolver that was asked."""
        await self._resolver.close()


def _plain(host: str) -> str:
    """One spelling: lower case, without brackets and the root's dot."""
    return host.strip("[]").lower().removesuffix(".")


def _host_name(entry: str) -> str:
    """The host name that an entry of --allow-private is, as it stands in canonical URLs.

    Raises:
        UsageError: it is none.
    """
    url = None if set(entry) & set("/\\?#@:*") else canonicalize(f"http://{entry}/")
    if url is None:
        raise UsageError(
            f"allow-private {entry!r} is neither a host nor a network; write for example 10.0.0.0/8"
        )
    return hostname(url)


def _blocked(why: str) -> PermanentError:
    """The refusal; nobody was asked, so nobody is to rest from it."""
    return PermanentError("blocked", why, was_asked=False)
