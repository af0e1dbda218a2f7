"""What must hold of robots.txt, sitemaps, headers, codings and encodings."""

from __future__ import annotations

import contextlib
import math

from hypothesis import strategies as st

from crawler.clock import ManualClock
from crawler.coding import BodyTooLargeError, CodingError, decode_small, decoded, layers_of
from crawler.fetch.cookies import MAX_COOKIES_PER_DOMAIN, CookieJar
from crawler.links.encoding import decode, header_encoding, python_codec, sniff_encoding
from crawler.links.headers import header_links, is_nofollow, redirect_target
from crawler.links.sitemap import MAX_ENTRIES, is_sitemap, sitemap
from crawler.media import essence, media_class, sniff_media_type
from crawler.options import MEDIA_CLASSES
from crawler.patience import retry_after_seconds
from crawler.robots import parse
from crawler.urls import canonicalize
from tests.fuzz import corpora
from tests.fuzz.addresses import URLS
from tests.fuzz.markup import BODIES, PAGES
from tests.fuzz.mutation import damaged, damaged_text
from tests.fuzz.target import PAGE, Target

__all__ = ["TARGETS"]

ROBOTS_SIGNS = [each.encode() for each in ["\n", "\r", ":", "*", "$", "#", "%", "%2f", "%zz", " ", "\t", "\0", "é", "/", "User-agent: ", "Disallow: ", "Allow: ", "Crawl-delay: ", "Sitemap: ", "*" * 50, "a" * 200, "\ufeff", "<html>"]]  # fmt: skip


def check_robots(given: tuple[bytes, str, str]) -> None:
    """Every URL has a verdict, in either spelling, and every line can be shown."""
    body, agent, url = given
    robots = parse(body)
    for where in (url, canonicalize(url) or "/"):
        verdict = robots.verdict(agent, where)
        assert verdict.accepted is robots.can_fetch(agent, where)
        assert verdict.detail.isprintable()
        assert len(verdict.detail) < 400
    delay = robots.crawl_delay(agent)
    assert delay is None or 0 <= delay < math.inf
    assert all(each.encode() for each in robots.sitemaps)
    assert parse(body.replace(b"\n", b"\r\n").replace(b"\r\r", b"\r")).sitemaps is not None


def check_sitemap(body: bytes) -> None:
    """Entries are URLs, each once."""
    found = sitemap(body, PAGE)
    assert len({each.url for each in found}) == len(found) <= MAX_ENTRIES
    assert all(canonicalize(each.url) == each.url for each in found)
    assert is_sitemap(body, "text/xml") in {True, False}


HEADERS = damaged_text(corpora.header_values(), [*"<>;,=\"'\\/: \t\0é", "rel=", "charset=", "url=", "nofollow", "9" * 50, "\u00ff"]).map(
    lambda text: text.encode("utf-8", "surrogateescape").decode("latin-1")
)  # fmt: skip


def check_headers(value: str) -> None:
    """Any value of any header that is read."""
    names = ("link", "refresh", "x-robots-tag", "location")
    headers = [(name, value) for name in names]
    assert all(canonicalize(each.url) == each.url for each in header_links(headers, PAGE))
    assert is_nofollow(headers) in {True, False}
    target = redirect_target(301, headers, PAGE)
    assert target is None or canonicalize(target) == target
    assert media_class(essence(value)) in MEDIA_CLASSES
    named = header_encoding(value)
    assert named is None or python_codec(named)
    assert 0 <= retry_after_seconds(value, 1_700_000_000.0, 300.0) <= 300.0
    assert isinstance(sniff_media_type(value, b""), str)


def check_coding(given: tuple[bytes, str]) -> None:
    """What comes out is bounded and the same in pieces and at once, or the fault has one of two names."""
    body, codings = given
    with contextlib.suppress(CodingError, BodyTooLargeError):
        layers = layers_of(codings)
        content = b"".join(decoded((body[at : at + 7] for at in range(0, len(body), 7)), layers, 10_000))
        assert len(content) <= max(10_000, len(body))
        assert decode_small(body, layers, 10_000) in {None, content}


def check_encoding(given: tuple[bytes, str | None]) -> None:
    """An encoding is known, and reads anything."""
    body, content_type = given
    name = sniff_encoding(body, content_type)
    assert name == name.lower()
    "".encode(python_codec(name))
    text = decode(body, name)
    assert len(text) <= len(body)
    assert decode(body, "no-such-encoding") is not None


COOKIE_SIGNS = [
    *"=;,. \t\0\x7fé/",
    "Domain=",
    "Path=/",
    "Expires=",
    "Max-Age=",
    "Secure",
    "__Host-",
    "9" * 400,
    "a" * 5000,
]
COOKIES = damaged_text(
    [
        "a=b; Domain=site.test; Path=/dir; Secure; HttpOnly",
        "c=d; Expires=Wed, 21 Oct 2099 07:28:00 GMT",
        "e=f; Max-Age=60",
    ],
    COOKIE_SIGNS,
).map(lambda text: text.encode("utf-8", "surrogateescape").decode("latin-1"))


def check_cookies(lines: list[str]) -> None:
    """What is sent back cannot end its line, and there is a most of it."""
    jar = CookieJar(ManualClock())
    jar.take(PAGE.replace("http:", "https:"), lines)
    assert len(jar) <= MAX_COOKIES_PER_DOMAIN
    sent = jar.header(PAGE.replace("http:", "https:")) or ""
    assert not set(sent) & set("\r\n\0")
    assert len(sent) <= 17_000
    assert jar.header("https://other.test/") is None


ROBOTS = damaged(corpora.robots_files(), ROBOTS_SIGNS)
AGENTS = st.text(max_size=20) | st.just("crawler/0.1")
CODED = damaged(corpora.coded_bodies(), [b"\x1f\x8b\x08", b"\x78\x9c", b"\0", b"\xff" * 9])
CODINGS = st.sampled_from(["gzip", "deflate", "br", "zstd", "x-gzip", "identity", "none", "", "x"])

TARGETS = {
    "robots": Target(st.tuples(ROBOTS, AGENTS, URLS), check_robots),
    "sitemap": Target(BODIES, check_sitemap),
    "headers": Target(HEADERS, check_headers),
    "coding": Target(st.tuples(CODED, st.lists(CODINGS, max_size=6).map(", ".join)), check_coding),
    "encoding": Target(st.tuples(PAGES, st.none() | HEADERS), check_encoding),
    "cookies": Target(st.lists(COOKIES, max_size=60), check_cookies),
}
