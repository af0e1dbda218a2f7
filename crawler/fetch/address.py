"""Tell public addresses from those that lead into the crawler's own network."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

__all__ = ["is_public"]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = (ipaddress.IPv6Network("64:ff9b::/96"), ipaddress.IPv6Network("64:ff9b:1::/48"))
_IPV4_COMPATIBLE = ipaddress.IPv6Network("::/96")
_NOT_GLOBAL = tuple(
    ipaddress.ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",
        "192.0.0.0/24",
        "192.88.99.0/24",
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)


def _unwrapped(address: _Address) -> _Address:
    """The IPv4 address inside a mapped, compatible, NAT64, 6to4 or Teredo one."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if any(address in network for network in _NAT64) or (address in _IPV4_COMPATIBLE and int(address) > 1):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


@lru_cache(maxsize=4096)
def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody on the internet may be asked at.

    Loopback, private, link-local, shared (RFC 6598), multicast, reserved and documentation addresses
    are not, nor are IPv6 addresses that carry such an IPv4 address (RFC 4291, 6052, 3056, 4380). Text
    that is no IP address is not public.
    """
    try:
        parsed = _unwrapped(ipaddress.ip_address(address.strip("[]").partition("%")[0]))
    except ValueError:
        return False
    is_listed = any(parsed.version == network.version and parsed in network for network in _NOT_GLOBAL)
    return parsed.is_global and not parsed.is_multicast and not is_listed
