"""No regular expression and no loop of a reader takes more than linear time: four times the input, no more than ten times the time.

What made other readers hang (unclosed comments, nested quotes, runs of blanks before a sign that never
comes) is repeated, alone and in pairs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import product

import pytest

from crawler.clock import ManualClock
from crawler.fetch.cookies import CookieJar
from crawler.links.encoding import header_encoding, sniff_encoding
from crawler.links.feed import read_feed
from crawler.links.headers import header_links, is_nofollow
from crawler.links.html import read_html
from crawler.links.manifest import read_manifest
from crawler.links.refresh import meta_refresh
from crawler.links.sitemap import sitemap
from crawler.links.srcset import srcset
from crawler.links.stylesheet import read_css
from crawler.media import essence, sniff_media_type
from crawler.paths import mirror_path
from crawler.rewrite import rewrite
from crawler.robots import parse
from crawler.urls import canonicalize, identity, surt, wire_form
from tests.fuzz.target import PAGE

pytestmark = pytest.mark.long

UNITS = ["<", "<a ", "<a href=", "<!--", "<![CDATA[", "<?", "</", "<b>", "&", "&#", "&amp", '"', "'", "=", " ", "\t\n", "\\", "\\7", "(", ")",
         "url(", "/*", "*/", "@import ", "{", "[", ",", ";", ":", "0", "a", "%", "%41", "/", "../", "//", "?", "#", "@", ".", "-", "é", "charset="]  # fmt: skip
STARTS = [
    "",
    "<style>",
    "<a href='",
    "<meta http-equiv=refresh content='",
    "url(",
    "<urlset>",
    "0;url=",
    "<",
    "User-agent: *\nDisallow: /",
]
SMALL = 20_000
# Shorter than this is noise on a busy machine.
LEAST_SECONDS = 0.01


def ask_robots(text: str) -> None:
    robots = parse(text.encode())
    robots.verdict("crawler/0.1", "http://site.test/" + text[:8000])
    robots.crawl_delay(text[:8000])


def read_page(text: str, content_type: str = "text/html") -> None:
    body = text.encode()
    rewrite(read_html(body, PAGE, content_type), body, lambda _: "x")


def read_headers(text: str) -> None:
    headers = [("Link", text), ("Refresh", text), ("X-Robots-Tag", text)]
    list(header_links(headers, PAGE))
    is_nofollow(headers)
    header_encoding(text)
    essence(text)
    CookieJar(ManualClock()).take(PAGE, [text])


def read_url(text: str) -> None:
    for start in ("http://", "http://h/", "http://h/?"):
        url = canonicalize((start + text)[:8192])
        if url is not None:
            identity(url)
            surt(url)
            wire_form(url)
            mirror_path(url)


READERS: dict[str, Callable[[str], object]] = {
    "html": read_page,
    "xml": lambda text: read_page(text, "image/svg+xml"),
    "css": lambda text: read_css(text.encode(), PAGE),
    "srcset": srcset,
    "refresh": meta_refresh,
    "robots": ask_robots,
    "sitemap": lambda text: sitemap(text.encode(), PAGE),
    "feed": lambda text: read_feed(b"<rss>" + text.encode(), PAGE),
    "manifest": lambda text: read_manifest(b'{"icons":' + text.encode()[:60_000], PAGE),
    "headers": read_headers,
    "encoding": lambda text: sniff_encoding(text.encode()),
    "type": lambda text: sniff_media_type(None, text.encode()),
    "url": read_url,
}


def seconds(read: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    read(text)
    return time.process_time() - started


@pytest.mark.parametrize("name", READERS)
def test_time_is_linear(name: str) -> None:
    read = READERS[name]
    slow = []
    for start, unit in product(STARTS, UNITS):
        small = max(seconds(read, start + unit * (SMALL // len(unit))), LEAST_SECONDS)
        large = start + unit * (4 * SMALL // len(unit))
        # Once more where it was slow: the machine may have been.
        if seconds(read, large) > 10 * small and min(seconds(read, large) for _ in range(3)) > 10 * small:
            slow.append((start, unit))
    assert slow == []
