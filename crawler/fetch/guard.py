"""Let connections go only where they may: public addresses, and private ones the user named.

Checked on the literal in the URL and on every address a name resolves to, in the resolver that the
connection itself uses, so that what was checked is what is connected to.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from crawler.errors import PermanentError, UsageError
from crawler.fetch.address import is_public

__all__ = ["AddressGuard", "GuardedResolver"]

_MAX_REMEMBERED = 10_000
_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class AddressGuard:
    """Which private addresses may be reached.

    Args:
        allowed: host names, addresses or networks (CIDR) that the user opened.

    Raises:
        UsageError: an entry is none of these.
    """

    def __init__(self, allowed: Iterable[str] = ()) -> None:
        self._networks: list[_Network] = []
        self._hosts: set[str] = set()
        self._named: set[tuple[str, int]] = set()
        self._resolved: dict[str, frozenset[str]] = {}
        for entry in allowed:
            self._allow(entry)

    def _allow(self, entry: str) -> None:
        try:
            self._networks.append(ipaddress.ip_network(entry.strip("[]"), strict=False))
        except ValueError:
            if "/" in entry or not entry:
                raise UsageError(
                    f"allow-private {entry!r} is neither a host nor a network; write for example 10.0.0.0/8"
                ) from None
            self._hosts.add(entry.lower())

    def name(self, host: str, port: int) -> None:
        """The user named this host and port as a seed: it may be private."""
        self._named.add((host.strip("[]").lower(), port))

    def check(self, host: str, port: int, address: str) -> None:
        """Refuse a private address that the user did not name.

        Raises:
            PermanentError: `blocked`.
        """
        if is_public(address) or self._is_opened(host.strip("[]").lower(), port, address):
            return
        raise PermanentError(
            "blocked",
            f"{host} is the private address {address}; --allow-private {host} would open it",
        )

    def check_literal(self, host: str, port: int) -> None:
        """The same for a host that is an address itself; names are checked when they are resolved."""
        bare = host.strip("[]")
        try:
            ipaddress.ip_address(bare)
        except ValueError:
            return
        self.check(host, port, bare)

    def resolved(self, host: str, addresses: frozenset[str]) -> None:
        """Remember what a name resolved to last."""
        if len(self._resolved) >= _MAX_REMEMBERED:
            self._resolved.clear()
        self._resolved[host.lower()] = addresses

    def address_of(self, host: str) -> str:
        """The address that a host must have been asked at; "" if it is not known for certain."""
        try:
            return str(ipaddress.ip_address(host.strip("[]")))
        except ValueError:
            addresses = self._resolved.get(host.lower(), frozenset())
            return next(iter(addresses)) if len(addresses) == 1 else ""

    def _is_opened(self, host: str, port: int, address: str) -> bool:
        if (host, port) in self._named or host in self._hosts:
            return True
        parsed = ipaddress.ip_address(address.partition("%")[0])
        return any(parsed.version == each.version and parsed in each for each in self._networks)


class GuardedResolver(AbstractResolver):
    """Resolves names for the connector and lets only checked addresses through."""

    def __init__(self, guard: AddressGuard) -> None:
        self._guard = guard
        self._resolver = ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The addresses of `host`; one private address among them refuses all (faults: rebinding)."""
        found = await self._resolver.resolve(host, port, family)
        for each in found:
            self._guard.check(host, port, each["host"])
        self._guard.resolved(host, frozenset(each["host"] for each in found))
        return found

    async def close(self) -> None:
        """Nothing is held."""
        await self._resolver.close()
