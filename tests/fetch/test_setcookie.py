"""One `Set-Cookie` line after RFC 6265bis sections 5.1, 5.6 and 5.7."""

from __future__ import annotations

import math
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.fetch.setcookie import (
    Cookie,
    domain_matches,
    is_confidential,
    path_matches,
    read_cookie_date,
    read_set_cookie,
)

NOW = 1_700_000_000.0
PAGE = "https://www.example.org/a/b?c=d/e"
DAY = 86_400.0


def read(line: str, url: str = PAGE) -> Cookie | None:
    return read_set_cookie(line, url, NOW)


@pytest.mark.parametrize(
    ("line", "name", "value"),
    [
        ("id=1", "id", "1"),
        (" id \t= 1 2 ; x", "id", "1 2"),
        ("id=a=b", "id", "a=b"),
        ("id=", "id", ""),
        ('id="quoted"', "id", '"quoted"'),
        ("bare", "", "bare"),
        ("=bare", "", "bare"),
        ("id=caf\xc3\xa9", "id", "caf\u00e9"),
        ("id=1\t2", "id", "1\t2"),
    ],
)
def test_name_and_value(line: str, name: str, value: str) -> None:
    cookie = read(line)
    assert cookie is not None
    assert (cookie.name, cookie.value) == (name, value)


@pytest.mark.parametrize(
    "line", ["", "=", ";", "; Path=/", "id=1\x00", "id=1\x0b; Path=/", "id=\xe9", "a=\x7f"]
)
def test_what_is_no_cookie(line: str) -> None:
    assert read(line) is None


def test_name_and_value_are_held_to_4096_octets() -> None:
    assert read(f"id={'x' * 4094}") is not None
    assert read(f"id={'x' * 4095}") is None
    # Two octets a letter.
    assert read("id=" + "\xc3\xa9" * 2048) is None


@pytest.mark.parametrize(
    ("line", "domain", "host_only"),
    [
        ("id=1", "www.example.org", True),
        ("id=1; Domain=", "www.example.org", True),
        ("id=1; Domain=example.org", "example.org", False),
        ("id=1; domain=.EXAMPLE.org", "example.org", False),
        ("id=1; Domain=www.example.org", "www.example.org", False),
        ("id=1; Domain=other.org; Domain=example.org", "example.org", False),
        (f"id=1; Domain=example.org; Domain={'x' * 1025}", "example.org", False),
    ],
)
def test_the_domain(line: str, domain: str, host_only: bool) -> None:
    cookie = read(line)
    assert cookie is not None
    assert (cookie.domain, cookie.host_only) == (domain, host_only)


@pytest.mark.parametrize(
    "domain",
    ["org", ".org", "other.org", "ww.example.org", "a.www.example.org", "ample.org", "ex\xc3\xa4mple.org"],
)
def test_a_domain_that_is_not_the_hosts(domain: str) -> None:
    assert read(f"id=1; Domain={domain}") is None


def test_a_public_suffix_is_for_itself_alone() -> None:
    assert read("id=1; Domain=github.io", "https://me.github.io/") is None
    assert read("id=1; Domain=co.uk", "https://shop.co.uk/") is None
    cookie = read("id=1; Domain=github.io", "https://github.io/")
    assert cookie is not None
    assert (cookie.domain, cookie.host_only) == ("github.io", True)


def test_an_address_has_no_names_below_it() -> None:
    assert read("id=1; Domain=0.0.1", "https://127.0.0.1/") is None
    cookie = read("id=1; Domain=127.0.0.1", "https://127.0.0.1/")
    assert cookie is not None
    assert cookie.domain == "127.0.0.1"
    assert read("id=1", "https://[::1]:8000/") is not None


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ("id=1", "/a"),
        ("id=1; Path=/", "/"),
        ("id=1; Path=/x/y", "/x/y"),
        ("id=1; Path=x", "/a"),
        ("id=1; Path=", "/a"),
        ("id=1; Path=/x; Path", "/a"),
    ],
)
def test_the_path(line: str, path: str) -> None:
    cookie = read(line)
    assert cookie is not None
    assert cookie.path == path


def test_the_folder_of_a_page_at_the_root() -> None:
    cookie = read("id=1", "https://example.org/page")
    assert cookie is not None
    assert cookie.path == "/"


@pytest.mark.parametrize(
    ("line", "expires_at"),
    [
        ("id=1", math.inf),
        ("id=1; Max-Age=60", NOW + 60),
        ("id=1; Max-Age=0", -math.inf),
        ("id=1; Max-Age=-1", -math.inf),
        (f"id=1; Max-Age={'9' * 1000}", NOW + 400 * DAY),
        ("id=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT", NOW + 60),
        ("id=1; Max-Age=soon; Expires=Thu, 01 Jan 1970 00:00:01 GMT", 1.0),
        ("id=1; Max-Age=+5", math.inf),
        ("id=1; Expires=Fri, 31 Dec 9999 23:59:59 GMT", NOW + 400 * DAY),
        ("id=1; Expires=whenever", math.inf),
    ],
)
def test_when_it_expires(line: str, expires_at: float) -> None:
    cookie = read(line)
    assert cookie is not None
    assert cookie.expires_at == expires_at


@pytest.mark.parametrize(
    "text",
    [
        "Sun, 06 Nov 1994 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "06 nov 1994 08:49:37",
        "8:49:37;November/6/94",
    ],
)
def test_a_date_in_any_spelling(text: str) -> None:
    assert read_cookie_date(text) == 784_111_777.0


@pytest.mark.parametrize(
    "text",
    [
        "",
        "06 Nov 1994",
        "08:49:37 1994 Nov",
        "32 Nov 1994 08:49:37",
        "06 Nov 1600 08:49:37",
        "6 Nov 1994 24:00:00",
    ],
)
def test_what_is_no_date(text: str) -> None:
    assert read_cookie_date(text) is None


def test_years_of_two_digits() -> None:
    assert read_cookie_date("1 Jan 70 00:00:00") == 0.0
    assert read_cookie_date("1 Jan 69 00:00:00") == 3_124_224_000.0


@pytest.mark.parametrize(
    ("line", "url", "is_taken"),
    [
        ("id=1; Secure", "http://example.org/", False),
        ("id=1; Secure", "https://example.org/", True),
        ("id=1; Secure", "http://localhost:8000/", True),
        ("id=1; Secure", "http://127.0.0.1:8000/", True),
        ("id=1; SameSite=None", "https://example.org/", False),
        ("id=1; SameSite=None; Secure", "https://example.org/", True),
        ("__Secure-id=1", "https://example.org/", False),
        ("__secure-id=1; Secure", "https://example.org/", True),
        ("__Host-id=1; Secure; Path=/", "https://example.org/", True),
        ("__Host-id=1; Secure", "https://example.org/", False),
        ("__HOST-id=1; Path=/", "https://example.org/", False),
        ("__Host-id=1; Secure; Path=/; Domain=example.org", "https://www.example.org/", False),
        ("=__Host-id=1; Secure; Path=/", "https://example.org/", False),
    ],
)
def test_what_may_be_set_where(line: str, url: str, is_taken: bool) -> None:
    assert (read(line, url) is not None) is is_taken


def test_domains_and_paths_match() -> None:
    assert domain_matches("a.example.org", "example.org")
    assert not domain_matches("example.org", "a.example.org")
    assert not domain_matches("badexample.org", "example.org")
    assert not domain_matches("1.127.0.0.1", "127.0.0.1")
    assert path_matches("/a/b", "/a")
    assert path_matches("/a/b", "/a/")
    assert path_matches("/a", "/a")
    assert not path_matches("/ab", "/a")
    assert not path_matches("/", "/a")


def test_where_nobody_reads_along() -> None:
    assert is_confidential("https://example.org/")
    assert is_confidential("http://[::1]/")
    assert not is_confidential("http://10.0.0.1/")
    assert not is_confidential("http://localhost.example.org/")


@pytest.mark.parametrize(
    "line",
    [
        "x" * 1_000_000,
        "id=1;" * 200_000,
        "id=1; Expires=" + "1 " * 500_000,
        "id=1; Max-Age=" + "9" * 1_000_000,
    ],
)
def test_a_megabyte_takes_no_time(line: str) -> None:
    began = time.process_time()
    read(line)
    assert time.process_time() - began < 0.5


@given(st.text(st.characters(max_codepoint=255), max_size=200))
def test_any_line_is_read(line: str) -> None:
    cookie = read(line)
    assert cookie is None or "; " not in cookie.pair or "\r" not in cookie.pair


@given(st.text(max_size=60))
def test_any_date_is_read(text: str) -> None:
    read_cookie_date(text)
