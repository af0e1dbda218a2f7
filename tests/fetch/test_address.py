"""`is_public` against the special-purpose registries of IANA and the forms that carry an IPv4 address."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetch.address import is_loopback, is_public

PUBLIC = {
    "1.1.1.1": "a resolver everybody may ask",
    "8.8.8.8": "another",
    "93.184.216.34": "a web server",
    "9.255.255.255": "just below 10.0.0.0/8",
    "11.0.0.0": "just above 10.0.0.0/8",
    "100.63.255.255": "just below 100.64.0.0/10",
    "100.128.0.0": "just above 100.64.0.0/10",
    "126.255.255.255": "just below 127.0.0.0/8",
    "128.0.0.1": "just above 127.0.0.0/8",
    "169.253.255.255": "just below 169.254.0.0/16",
    "169.255.0.0": "just above 169.254.0.0/16",
    "172.15.255.255": "just below 172.16.0.0/12",
    "172.32.0.0": "just above 172.16.0.0/12",
    "192.167.255.255": "just below 192.168.0.0/16",
    "192.169.0.0": "just above 192.168.0.0/16",
    "198.17.255.255": "just below 198.18.0.0/15",
    "198.20.0.0": "just above 198.18.0.0/15",
    "223.255.255.255": "just below multicast",
    "2606:4700:4700::1111": "global unicast",
    "2a00:1450:4001:81b::200e": "global unicast",
    "::ffff:8.8.8.8": "RFC 4291 2.5.5.2: mapped, public inside",
    "::ffff:808:808": "the same in hexadecimal",
    "64:ff9b::808:808": "RFC 6052: NAT64, public inside",
    "2002:808:808::1": "RFC 3056: 6to4, public inside",
    "2001:0:4136:e378:8000:63bf:f7f7:f7f7": "RFC 4380: Teredo, client 8.8.8.8",
}

CLOSED = {
    "0.0.0.0": "RFC 1122 3.2.1.3: this host; Linux connects to itself",
    "0.1.2.3": "RFC 791 3.2: this network",
    "10.0.0.0": "RFC 1918",
    "10.255.255.255": "RFC 1918",
    "100.64.0.1": "RFC 6598: shared by carriers",
    "100.100.100.200": "RFC 6598, and a cloud's metadata",
    "100.127.255.255": "RFC 6598",
    "127.0.0.1": "RFC 1122 3.2.1.3: loopback",
    "127.255.255.254": "RFC 1122 3.2.1.3: loopback",
    "169.254.0.1": "RFC 3927: link-local",
    "169.254.169.254": "RFC 3927, and a cloud's metadata",
    "172.16.0.1": "RFC 1918",
    "172.31.255.255": "RFC 1918",
    "192.0.0.1": "RFC 6890: protocol assignments",
    "192.0.0.8": "RFC 7600: dummy",
    "192.0.0.170": "RFC 7050: NAT64 discovery",
    "192.0.2.1": "RFC 5737: documentation",
    "192.88.99.1": "RFC 7526: 6to4 relays, deprecated",
    "192.168.0.1": "RFC 1918",
    "192.168.255.255": "RFC 1918",
    "198.18.0.1": "RFC 2544: benchmarks",
    "198.19.255.255": "RFC 2544: benchmarks",
    "198.51.100.1": "RFC 5737: documentation",
    "203.0.113.1": "RFC 5737: documentation",
    "224.0.0.1": "RFC 5771: multicast",
    "239.255.255.255": "RFC 2365: multicast",
    "240.0.0.1": "RFC 1112 4: reserved",
    "255.255.255.255": "RFC 919: broadcast",
    "::": "RFC 4291 2.5.2: unspecified",
    "::1": "RFC 4291 2.5.3: loopback",
    "::7f00:1": "RFC 4291 2.5.5.1: IPv4-compatible, loopback inside",
    "::808:808": "RFC 4291 2.5.5.1: IPv4-compatible, deprecated altogether",
    "::ffff:127.0.0.1": "RFC 4291 2.5.5.2: mapped loopback",
    "::ffff:10.0.0.1": "RFC 4291 2.5.5.2: mapped RFC 1918",
    "::ffff:a9fe:a9fe": "RFC 4291 2.5.5.2: mapped link-local",
    "::ffff:0:10.0.0.1": "RFC 2765: translated, outside 2000::/3",
    "64:ff9b::a00:1": "RFC 6052: NAT64 of 10.0.0.1",
    "64:ff9b::7f00:1": "RFC 6052: NAT64 of loopback",
    "64:ff9b:1::808:808": "RFC 8215: NAT64 for local use",
    "2002:a00:1::": "RFC 3056: 6to4 of 10.0.0.1",
    "2002:7f00:1::1": "RFC 3056: 6to4 of loopback",
    "2002:c0a8:101::1": "RFC 3056: 6to4 of 192.168.1.1",
    "2001:0:4136:e378:8000:63bf:f5ff:fffe": "RFC 4380: Teredo, client 10.0.0.1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe": "RFC 4380: Teredo, client 127.0.0.1",
    "2001:2::1": "RFC 5180: benchmarks",
    "2001:10::1": "RFC 4843: ORCHID",
    "2001:20::1": "RFC 7343: ORCHIDv2",
    "2001:db8::1": "RFC 3849: documentation",
    "3fff::1": "RFC 9637: documentation",
    "5f00::1": "RFC 9602: segment routing",
    "100::1": "RFC 6666: discard",
    "400::1": "IANA: reserved",
    "4000::1": "IANA: not assigned",
    "fc00::1": "RFC 4193: unique local",
    "fd12:3456:789a::1": "RFC 4193: unique local",
    "fd00:ec2::254": "RFC 4193, and a cloud's metadata",
    "fe80::1": "RFC 4291 2.5.6: link-local",
    "fe80::1%eth0": "RFC 4007 11: link-local with its zone",
    "febf:ffff::1": "RFC 4291 2.5.6: link-local",
    "fec0::1": "RFC 3879: site-local, deprecated",
    "ff02::1": "RFC 4291 2.7: multicast",
    "ff0e::1": "RFC 4291 2.7: multicast of global scope",
}

NOT_ADDRESSES = [
    "",
    "localhost",
    "example.org",
    "1.2.3",
    "2130706433",
    "0x7f.1",
    "01.1.1.1",
    "8.8.8.8 ",
    "8.8.8.8%1",
]


@pytest.mark.parametrize(("address", "why"), PUBLIC.items())
def test_anybody_may_be_asked_there(address: str, why: str) -> None:
    assert is_public(address), why


@pytest.mark.parametrize(("address", "why"), CLOSED.items())
def test_nobody_is_asked_there(address: str, why: str) -> None:
    assert not is_public(address), why


@pytest.mark.parametrize("text", NOT_ADDRESSES)
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert not is_public(text)


def test_brackets_change_nothing() -> None:
    assert is_public("[2606:4700:4700::1111]")
    assert not is_public("[::1]")


@given(st.ip_addresses(v=4))
def test_no_wrapping_opens_a_closed_address(inner: ipaddress.IPv4Address) -> None:
    number = int(inner)
    wrapped = (
        f"::ffff:{inner}",
        str(ipaddress.IPv6Address((0x64FF9B << 96) | number)),
        str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80) | 1)),
    )
    assert [is_public(each) for each in wrapped] == [is_public(str(inner))] * 3


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    wraps = ("ipv4_mapped", "teredo", "sixtofour")
    if address.is_private and not any(getattr(address, each, None) for each in wraps):
        assert not is_public(str(address))


@given(st.text())
def test_any_text_is_judged(text: str) -> None:
    assert is_public(text) in {True, False}


@pytest.mark.parametrize(
    ("host", "is_it"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("[::1]", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("LOCALHOST.", True),
        ("a.localhost", True),
        ("10.0.0.1", False),
        ("localhost.test", False),
        ("", False),
    ],
)
def test_what_is_this_machine_by_its_name(host: str, is_it: bool) -> None:
    assert is_loopback(host) is is_it
