"""`crawler.links.feed`: feeds that pages link to lead to their entries, and stay as they are."""

from __future__ import annotations

import pytest

from crawler.links.feed import read_feed
from crawler.links.reading import outlinks
from crawler.rewrite import rewrite

URL = "http://site.test/feed"
RSS = b"<?xml version='1.0'?><rss version='2.0'><channel><link>http://site.test/</link><item><link>/a</link></item></channel></rss>"
ATOM = b"<feed xmlns='http://www.w3.org/2005/Atom'><link rel='self' href='/feed'/><entry><link href='/a'/></entry></feed>"
RDF = b"<rdf:RDF xmlns:rdf='r' xmlns='http://purl.org/rss/1.0/'><item><link>/a</link></item></rdf:RDF>"


@pytest.mark.parametrize("body", [RSS, ATOM, RDF, b"\xff\xfe" + RSS.decode().encode("utf-16-le")])
@pytest.mark.parametrize(
    "content_type", ["application/rss+xml", "application/atom+xml", "text/xml; charset=x"]
)
def test_entries_are_links(body: bytes, content_type: str) -> None:
    found = outlinks(body, URL, content_type)
    assert [each.url for each in found][-1] == "http://site.test/a"
    assert {each.hop.value for each in found} == {"L"}


def test_the_text_stays() -> None:
    document = read_feed(RSS, URL)
    assert document is not None
    assert rewrite(document, RSS, lambda _: "X") == (RSS, ())


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<opml><link>/a</link></opml>", "text/xml"),
        (b"<!DOCTYPE rss [<!ENTITY a 'http://x/'>]><rss><link>&a;</link></rss>", "application/rss+xml"),
        (b"<rss><link>/a</link></rss>", "text/plain"),
        (b"", "application/rss+xml"),
        (b"<rss", "application/rss+xml"),
    ],
)
def test_other_xml_leads_nowhere(body: bytes, content_type: str) -> None:
    assert outlinks(body, URL, content_type) == []
