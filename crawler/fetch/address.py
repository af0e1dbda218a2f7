"""Tell public addresses from those that lead into the crawler's own network."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

__all__ = ["is_loopback", "is_public"]

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
# Written out, because Python's own table changed between 3.11 and 3.13.
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
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
    )
)


def _unwrapped(address: _Address) -> _Address:
    """The IPv4 address inside a mapped, NAT64, 6to4 or Teredo one."""
    if not isinstance(address, ipaddress.IPv6Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address.teredo is not None:
        return address.teredo[1]
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


@lru_cache(maxsize=4096)
def is_public(address: str) -> bool:
    """Whether an IP address is one that anybody on the internet may be asked at.

    Loopback, private, link-local, shared (RFC 6598), multicast, reserved and documentation addresses
    are not, nor are IPv6 addresses that carry such an IPv4 address (RFC 4291, 6052, 3056, 4380), nor any
    other outside 2000::/3 (IANA's global unicast space). Text that is no IP address is not public.
    """
    try:
        parsed = _unwrapped(ipaddress.ip_address(address.strip("[]")))
    except ValueError:
        return False
    if isinstance(parsed, ipaddress.IPv6Address) and parsed not in _GLOBAL_UNICAST:
        return False
    is_listed = any(parsed.version == network.version and parsed in network for network in _NOT_GLOBAL)
    return parsed.is_global and not parsed.is_multicast and not is_listed


def is_loopback(host: str) -> bool:
    """Whether a host, as it stands in a canonical URL, is this machine by its spelling alone.

    127.0.0.0/8, ::1, `localhost` and all below it (RFC 6761 section 6.3): what is sent there cannot be
    read on the way, which is why browsers trust it like https.
    """
    bare = host.strip("[]").lower().removesuffix(".")
    if bare == "localhost" or bare.endswith(".localhost"):
        return True
    try:
        return _unwrapped(ipaddress.ip_address(bare)).is_loopback
    except ValueError:
        return False
