"""`crawler.links.reading`: the right reader for each media type."""

from __future__ import annotations

import pytest

import crawler.links
from crawler.links.reading import is_text_with_links, outlinks, read_document

URL = "http://site.test/dir/page"
X = "http://site.test/dir/x"


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"<a href=x>", "text/html"),
        (b"<a href=x>", "Text/HTML; charset=utf-8"),
        (b"<!-- -->\n<a href=x>", None),
        (b"<a href='x'/>", "application/xhtml+xml"),
        (b"<svg><a href='x'/></svg>", "image/svg+xml"),
        (b"<?xml version='1.0'?><svg><a href='x'/></svg>", None),
        (b"a { b: url(x) }", "text/css"),
        (b"<rss><link>x</link></rss>", "application/rss+xml"),
        (b'{"icons": [{"src": "x"}]}', "application/manifest+json"),
        (b"<urlset><url><loc>http://site.test/dir/x</loc></url></urlset>", "application/xml"),
    ],
)
def test_outlinks_by_type(body: bytes, content_type: str | None) -> None:
    assert [each.url for each in outlinks(body, URL, content_type)] == [X]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/ld+json", "image/png", "application/javascript"]
)
def test_other_types_lead_nowhere(content_type: str) -> None:
    assert outlinks(b"<a href=x>", URL, content_type) == []
    assert not is_text_with_links(content_type)
    assert read_document(b"<a href=x>", URL, content_type, content_type) is None


def test_what_is_read_is_text_with_links() -> None:
    for media_type in ("text/html", "application/xhtml+xml", "image/svg+xml", "text/css"):
        assert is_text_with_links(media_type)
        assert read_document(b"", URL, media_type, None) is not None


def test_the_front_door() -> None:
    assert crawler.links.outlinks is outlinks
    assert all(hasattr(crawler.links, name) for name in crawler.links.__all__)
