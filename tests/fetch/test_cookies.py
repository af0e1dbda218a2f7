"""The jar: who gets which cookie, in which order, and how many there may be."""

from __future__ import annotations

import time

import pytest

from crawler.clock import ManualClock
from crawler.fetch.cookies import MAX_COOKIES, MAX_COOKIES_PER_DOMAIN, CookieJar
from crawler.fetch.setcookie import Cookie

ORG = "https://example.org/"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def jar(clock: ManualClock) -> CookieJar:
    return CookieJar(clock)


@pytest.mark.parametrize(
    ("line", "url", "sent"),
    [
        ("id=1", "https://example.org/x/y?z", True),
        ("id=1", "https://example.org:8443/", True),
        ("id=1", "http://example.org/", True),
        ("id=1", "https://www.example.org/", False),
        ("id=1; Domain=example.org", "https://a.www.example.org/", True),
        ("id=1; Domain=example.org", "https://badexample.org/", False),
        ("id=1; Path=/x", "https://example.org/x/y", True),
        ("id=1; Path=/x", "https://example.org/xy", False),
        ("id=1; Secure", "https://example.org/", True),
        ("id=1; Secure", "http://example.org/", False),
        ("id=1; Max-Age=0", "https://example.org/", False),
    ],
)
def test_who_gets_a_cookie(jar: CookieJar, line: str, url: str, sent: bool) -> None:
    jar.take(ORG, [line])
    assert jar.header(url) == ("id=1" if sent else None)


def test_a_trailing_dot_names_the_same_host(jar: CookieJar) -> None:
    jar.take("https://example.org./", ["id=1"])
    assert jar.header(ORG) == "id=1"


def test_longer_paths_come_first_and_older_before_younger(jar: CookieJar) -> None:
    jar.take(
        "https://example.org/a/b/", ["new=1; Path=/", "old=2; Path=/", "deep=3; Path=/a/b", "wide=4; Path=/a"]
    )
    jar.take("https://example.org/a/b/", ["new=5; Path=/"])
    assert jar.header("https://example.org/a/b/c") == "deep=3; wide=4; new=5; old=2"


def test_a_cookie_expires(jar: CookieJar, clock: ManualClock) -> None:
    jar.take(ORG, ["id=1; Max-Age=60", "other=2"])
    clock.advance(60)
    assert jar.header(ORG) == "other=2"
    assert len(jar) == 1


def test_a_site_takes_its_cookie_back(jar: CookieJar) -> None:
    jar.take(ORG, ["id=1", "keep=1"])
    jar.take(ORG, ["id=; Expires=Thu, 01 Jan 1970 00:00:00 GMT"])
    assert jar.header(ORG) == "keep=1"


def test_an_open_line_cannot_replace_what_is_secure(jar: CookieJar) -> None:
    jar.take("https://www.example.org/", ["id=good; Secure; Domain=example.org; Path=/"])
    for url in ("http://example.org/", "http://www.example.org/", "http://a.www.example.org/"):
        jar.take(url, ["id=evil; Path=/", "id=evil; Domain=example.org; Path=/"])
    assert jar.header("https://www.example.org/") == "id=good"
    jar.take("https://www.example.org/", ["id=better; Domain=example.org; Path=/; Secure"])
    assert jar.header("https://www.example.org/") == "id=better"


def test_what_the_user_gives_stands_first_and_wins(jar: CookieJar) -> None:
    jar.take(ORG, ["id=theirs", "more=1"])
    assert jar.header(ORG, beside="id=mine; b=2") == "id=mine; b=2; more=1"
    assert jar.header("https://other.org/", beside="id=mine") == "id=mine"


def test_a_domain_has_at_most_fifty_and_those_not_used_longest_go(jar: CookieJar) -> None:
    jar.take(ORG, [f"c{n}={n}; Path=/p{n}" for n in range(MAX_COOKIES_PER_DOMAIN)])
    assert jar.header("https://example.org/p0") == "c0=0"
    jar.take(ORG, ["new=1"])
    assert len(jar) == MAX_COOKIES_PER_DOMAIN
    assert jar.header("https://example.org/p0") == "c0=0; new=1"
    assert jar.header("https://example.org/p1") == "new=1"


def test_secure_cookies_stay_longer_than_others(jar: CookieJar) -> None:
    jar.take(ORG, ["safe=1; Secure", *(f"c{n}={n}" for n in range(MAX_COOKIES_PER_DOMAIN + 10))])
    assert (jar.header(ORG) or "").startswith("safe=1; ")


def test_the_whole_jar_is_bounded(jar: CookieJar) -> None:
    for n in range(MAX_COOKIES + 100):
        jar.take(f"https://h{n}.example.org/", ["id=1"])
    assert len(jar) == MAX_COOKIES
    assert jar.header("https://h0.example.org/") is None
    assert jar.header(f"https://h{MAX_COOKIES}.example.org/") == "id=1"


def test_a_header_stays_below_what_servers_take(jar: CookieJar) -> None:
    jar.take(ORG, [f"c{n}={'x' * 4000}" for n in range(40)])
    assert len(jar.header(ORG) or "") < 16_384


def test_a_flood_takes_no_time(jar: CookieJar) -> None:
    began = time.process_time()
    for _ in range(20):
        jar.take("http://example.org/", [f"c{n}={n}" for n in range(10_000)])
        jar.take(ORG, ["id=" + "x" * 1_000_000])
    assert time.process_time() - began < 1.0
    assert len(jar) == MAX_COOKIES_PER_DOMAIN


def test_a_value_is_not_shown() -> None:
    assert "sesame" not in repr(Cookie(name="id", value="sesame", domain="example.org"))
