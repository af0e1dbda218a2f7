"""Canonical URLs against the URL Standard's own vectors, and what is cut out of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from ada_url import URL
from hypothesis import given
from hypothesis import strategies as st

from crawler.urls import (
    MAX_URL_CHARS,
    canonicalize,
    host_key,
    hostname,
    identity,
    is_public_suffix,
    origin,
    path_of,
    port,
    registrable_domain,
    surt,
    target_of,
    wire_form,
)

VECTORS = Path(__file__).resolve().parents[2] / "shared" / "vectors"

HOSTS = st.sampled_from(
    [
        "example.org",
        "EXAMPLE.org.",
        "a..",
        "1..",
        "127.0.0.1",
        "[::1]",
        "münchen.de",
        "a.:81",
        "h:443",
        "[::1]:80",
    ]
)
TAILS = st.text(alphabet="aZ0~-._/?&=%2541feE7+;:@!é \\|", max_size=30)
URLS = st.builds("{}://{}/{}".format, st.sampled_from(["http", "HTTPS"]), HOSTS, TAILS)


def vectors(name: str) -> list[dict[str, Any]]:
    path = VECTORS / name
    if not path.is_file():
        pytest.skip(f"{name} absent")
    return [case for case in json.loads(path.read_text(encoding="utf-8")) if isinstance(case, dict)]


def fetchable(url: str) -> str:
    """What `canonicalize` promises of an href, worked out by the parser's own setters."""
    parsed = URL(url)
    parsed.username = ""
    parsed.password = ""
    del parsed.hash
    return parsed.href


def test_canonicalize_follows_the_url_standard() -> None:
    unreachable = {"http://f:0/c", "http://./"}
    wrong = []
    cases = [
        case
        for case in vectors("urltestdata.json")
        if str(case.get("href", "")).startswith(("http://", "https://"))
    ]
    for case in cases:
        href = fetchable(case["href"])
        expected = None if href in unreachable else href
        if canonicalize(case["input"], case.get("base")) != expected:
            wrong.append((case["input"], expected))
    assert len(cases) > 200
    assert wrong == []


def test_canonicalize_refuses_what_must_not_parse() -> None:
    cases = [case for case in vectors("urltestdata.json") if case.get("failure")]
    accepted = [case["input"] for case in cases if canonicalize(case["input"], case.get("base")) is not None]
    assert len(cases) > 100
    assert accepted == []


def test_canonicalize_gives_only_http() -> None:
    cases = [
        case for case in vectors("urltestdata.json") if not str(case.get("href", "http")).startswith("http")
    ]
    accepted = [case["input"] for case in cases if canonicalize(case["input"], case.get("base")) is not None]
    assert len(cases) > 100
    assert accepted == []


def test_canonicalize_hosts_by_uts46() -> None:
    wrong = []
    for case in vectors("toascii.json"):
        found = canonicalize(f"https://{case['input']}/x")
        expected = case["output"] and f"https://{case['output']}/x"
        if found != expected:
            wrong.append((case["input"], found, expected))
    assert wrong == []


@pytest.mark.parametrize(
    ("url", "base", "expected"),
    [
        ("HTTP://Example.ORG:80/a/../b", None, "http://example.org/b"),
        ("https://example.org:0443", None, "https://example.org/"),
        ("https://example.org:00444/", None, "https://example.org:444/"),
        ("../b?c#d", "https://example.org/x/y/z", "https://example.org/x/b?c"),
        ("", "https://example.org/x?y#z", "https://example.org/x?y"),
        ("#top", "https://example.org/x?y", "https://example.org/x?y"),
        ("?q", "https://example.org/x?y", "https://example.org/x?q"),
        ("//other.org", "https://example.org/x", "https://other.org/"),
        ("\thttp:\\\\a\\b ", None, "http://a/b"),
        ("http:x", "http://example.org/y/", "http://example.org/y/x"),
        ("http:///x", None, "http://x/"),
        ("ht\ntp://a/b\r\nc", None, "http://a/bc"),
        ("http://u:p@example.org/", None, "http://example.org/"),
        ("http://u@evil@example.org/@x", None, "http://example.org/@x"),
        ("http://u;p@example.org/", None, "http://example.org/"),
        ("http://u;p:80@example.org;x/", None, "http://example.org;x/"),
        ("http://evil.org\\@good.org/", None, "http://evil.org/@good.org/"),
        ("#!/page", "https://example.org/x?y", "https://example.org/x?y"),
        (
            "http://a/x;jsessionid=1?PHPSESSID=2&utm_source=z&a=1&a=0",
            None,
            "http://a/x;jsessionid=1?PHPSESSID=2&utm_source=z&a=1&a=0",
        ),
        ("http://a/b\r\nHost: evil", None, "http://a/bHost:%20evil"),
        ("http://a/b\0c", None, "http://a/b%00c"),
        ("http://a\r\nb/", None, "http://ab/"),
        ("http://example.org/@x", None, "http://example.org/@x"),
        ("http://good#@evil", None, "http://good/"),
        ("http://evil\\@good", None, "http://evil/@good"),
        ("http://a/%41%2f%zz%00%2525", None, "http://a/%41%2f%zz%00%2525"),
        ("http://a/%2e%2E/b/.%2e/c", None, "http://a/c"),
        ("http://0x7f.1/", None, "http://127.0.0.1/"),
        ("http://faß.ExAmPlE/", None, "http://xn--fa-hia.example/"),
        ("http://a。b/", None, "http://a.b/"),
        ("http://a.org./", None, "http://a.org./"),
        ("http://a/\ud800\udc00x\udc80", None, "http://a/%F0%90%80%80x%EF%BF%BD"),
        ("b", "http://a/\udc80/", "http://a/%EF%BF%BD/b"),
        ("http://a/?a b'ü", None, "http://a/?a%20b%27%C3%BC"),
        ("http://a/?", None, "http://a/?"),
    ],
)
def test_canonicalize_examples(url: str, base: str | None, expected: str) -> None:
    assert canonicalize(url, base) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "x",
        "//a/b",
        "mailto:a@b.org",
        "javascript:alert(1)",
        "data:text/html,x",
        "ftp://a/",
        "file:///etc/passwd",
        "blob:https://a/b",
        "about:blank",
        "ws://a/",
        "http://",
        "http://a:0/",
        "http://[::1]:0/",
        "http://a:65536/",
        "http://a:-1/",
        "http://./",
        "http://.:81/",
        "http://a b/",
        "http://%00/",
        "http://1.2.3.256/",
        "http://[::1/",
        "\udc80",
    ],
)
def test_canonicalize_gives_none(url: str) -> None:
    assert canonicalize(url) is None


def test_canonicalize_with_a_base_that_is_none() -> None:
    assert canonicalize("x", "mailto:a@b") is None
    assert canonicalize("x", "") is None
    assert canonicalize("//a/b", "ftp://c/") is None


def test_length_is_bounded_and_never_cut() -> None:
    stem = "http://example.org/"
    longest = stem + "x" * (MAX_URL_CHARS - len(stem))
    assert canonicalize(longest) == longest
    assert canonicalize(longest + "x") is None
    assert canonicalize(stem + "é" * (MAX_URL_CHARS // 4)) is None
    assert canonicalize(longest + "#" + "f" * 100_000) == longest
    assert canonicalize("x", longest) == "http://example.org/x"


def test_port_and_root_dot_checks_do_not_look_into_the_path() -> None:
    assert canonicalize("http://a/b:0/") == "http://a/b:0/"
    assert canonicalize("http://a//./") == "http://a//"
    assert canonicalize("http://a/?x=//.") == "http://a/?x=//."


@given(URLS)
def test_canonicalize_is_idempotent_and_bare(url: str) -> None:
    href = canonicalize(url)
    if href is None:
        return
    assert canonicalize(href) == href
    assert "#" not in href
    assert "@" not in href.split("/", 3)[2]


@given(st.text(), st.none() | st.text() | URLS)
def test_canonicalize_takes_any_text(url: str, base: str | None) -> None:
    canonicalize(url, base)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a/b?c", "http://a/b?c"),
        ("http://a/%41%7e%2D", "http://a/A~-"),
        ("http://a/%2f%3fx?%26y", "http://a/%2F%3Fx?%26y"),
        ("http://a/?q=%61", "http://a/?q=a"),
        ("http://a/%zz%", "http://a/%zz%"),
        ("http://a/%2525", "http://a/%2525"),
        ("http://a/%2%65", "http://a/%2%65"),
        ("http://a/%%41%42", "http://a/%%41B"),
        ("http://a/%e9", "http://a/%E9"),
        ("http://a/x%2e", "http://a/x."),
        ("http://a.org./b./c", "http://a.org/b./c"),
        ("http://a.org.:81/", "http://a.org:81/"),
        ("http://1../", "http://1../"),
        ("http://a/B?b=2&a=1", "http://a/B?b=2&a=1"),
    ],
)
def test_identity_examples(url: str, expected: str) -> None:
    assert identity(url) == expected


@given(URLS)
def test_identity_is_idempotent_and_canonical(url: str) -> None:
    href = canonicalize(url)
    if href is None:
        return
    key = identity(href)
    assert identity(key) == key
    assert canonicalize(key) == key
    assert key.count("/") == href.count("/")
    assert key.count("%2F") == href.count("%2F") + href.count("%2f")


@given(URLS)
def test_slices_agree_with_a_parser(url: str) -> None:
    href = canonicalize(url)
    if href is None:
        return
    key = identity(href)
    parsed = URL(key)
    assert origin(href) == parsed.origin
    assert hostname(href) == parsed.hostname.strip("[]")
    assert port(href) == (urlsplit(key).port or {"http:": 80, "https:": 443}[parsed.protocol])
    assert path_of(key) == parsed.pathname
    assert target_of(key) == key.removeprefix(f"{parsed.protocol}//{parsed.host}")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://example.org/", "example.org"),
        ("http://example.org./", "example.org"),
        ("http://127.0.0.1:8801/x:80", "127.0.0.1:8801"),
        ("http://example.org:443/", "example.org"),
        ("https://example.org:80/", "example.org"),
        ("https://example.org:8080/", "example.org:8080"),
        ("https://example.org.:8443/", "example.org:8443"),
        ("http://[::1]/", "[::1]"),
        ("http://[::1]:8801/", "[::1]:8801"),
        ("http://[2001:db8::80]/", "[2001:db8::80]"),
        ("http://[2001:db8::80]:443/", "[2001:db8::80]"),
    ],
)
def test_host_key(url: str, expected: str) -> None:
    assert canonicalize(url) == url
    assert host_key(url) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a.org/x", ("http://a.org", "a.org", 80)),
        ("https://a.org/x", ("https://a.org", "a.org", 443)),
        ("https://a.org.:80/x", ("https://a.org:80", "a.org", 80)),
        ("http://[::1]:81/x", ("http://[::1]:81", "::1", 81)),
        ("https://[::1]/x", ("https://[::1]", "::1", 443)),
    ],
)
def test_origin_hostname_port(url: str, expected: tuple[str, str, int]) -> None:
    assert (origin(url), hostname(url), port(url)) == expected


def test_path_and_target() -> None:
    assert path_of("http://a/b/c?d=/e?f") == "/b/c"
    assert target_of("http://a/b/c?d=/e?f") == "/b/c?d=/e?f"
    assert target_of("https://a/") == "/"


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("a.b.example.co.uk", "example.co.uk"),
        ("www.example.org", "example.org"),
        ("www.example.org.", "example.org"),
        ("user.github.io", "user.github.io"),
        ("co.uk", "co.uk"),
        ("localhost", "localhost"),
        ("a.b.intranet", "b.intranet"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("www.xn--85x722f.xn--55qx5d.cn", "xn--85x722f.xn--55qx5d.cn"),
    ],
)
def test_registrable_domain(host: str, expected: str) -> None:
    assert registrable_domain(host) == expected


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://Example.org/Path/?Q=B", "org,example)/path?q=b"),
        ("http://www2.example.org/?", "org,example)/"),
        ("http://example.org:8080/a/?b=2&a=1&a=0", "org,example:8080)/a?a=0&a=1&b=2"),
        ("http://127.0.0.1:8801/a", "1,0,0,127:8801)/a"),
        ("http://[::1]:81/a", "::1:81)/a"),
        ("http://a.org//b//c/", "org,a)/b/c"),
        ("http://a.org/%E9%2541%2f?%GH=%26", "org,a)/%e9a?&%25gh="),
        ("http://a.org/?x=1&PHPSESSID=0123456789abcdef0123456789abcdef", "org,a)/?x=1"),
        ("http://a.org/a%20b%0a%23", "org,a)/a%20b%0a%23"),
    ],
)
def test_surt_as_replay_tools_compute_it(url: str, expected: str) -> None:
    canonical = canonicalize(url)
    assert canonical is not None
    assert surt(canonical) == expected


@given(URLS)
def test_surt_fits_an_index_line(url: str) -> None:
    href = canonicalize(url)
    if href is None:
        return
    key = surt(href)
    assert key.isascii()
    assert key.isprintable()
    assert " " not in key
    assert key == key.lower()


def test_surt_of_deep_escapes_is_quick() -> None:
    assert surt("http://a/" + "%25" * 2700).startswith("a)/%25")


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://a/b%20c", "http://a/b%20c"),
        ("http://a/operator%.html", "http://a/operator%25.html"),
        ("http://a/100%?%zz=%4", "http://a/100%25?%25zz=%254"),
        ("http://a/%%41", "http://a/%25%41"),
    ],
)
def test_wire_form(url: str, expected: str) -> None:
    assert wire_form(url) == expected
    assert wire_form(expected) == expected


@pytest.mark.parametrize(
    ("host", "is_one"),
    [
        ("org", True),
        ("co.uk", True),
        ("github.io", True),
        ("localhost", True),
        ("example.org", False),
        ("a.github.io", False),
        ("127.0.0.1", False),
        ("::1", False),
    ],
)
def test_public_suffixes(host: str, is_one: bool) -> None:
    assert is_public_suffix(host) is is_one
