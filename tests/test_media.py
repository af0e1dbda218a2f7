"""`crawler.media`: classes of media types, and a look at bodies without one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.media import essence, is_css, is_html, media_class, sniff_media_type
from crawler.options import MEDIA_CLASSES


@pytest.mark.parametrize(
    ("header", "expected"),
    [(None, ""), ("", ""), (" Text/HTML ; charset=x", "text/html"), ("image/png", "image/png"), (";", "")],
)
def test_essence(header: str | None, expected: str) -> None:
    assert essence(header) == expected


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [
        ("text/html", "html"),
        ("application/xhtml+xml", "html"),
        ("text/css", "css"),
        ("text/javascript", "script"),
        ("application/javascript", "script"),
        ("application/x-javascript", "script"),
        ("font/woff2", "font"),
        ("application/font-woff", "font"),
        ("application/vnd.ms-fontobject", "font"),
        ("image/svg+xml", "image"),
        ("video/mp4", "media"),
        ("application/ogg", "media"),
        ("text/plain", "document"),
        ("application/pdf", "document"),
        ("application/rss+xml", "document"),
        ("application/x+json", "document"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document"),
        ("application/zip", "other"),
        ("", "other"),
    ],
)
def test_class(media_type: str, expected: str) -> None:
    assert media_class(media_type) == expected
    assert expected in MEDIA_CLASSES


def test_pages_and_stylesheets() -> None:
    assert is_html("text/html")
    assert not is_html("text/css")
    assert is_css("text/css")
    assert not is_css("text/html")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"\x89PNG\r\n\x1a\n...", "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\0\0\0\0WEBPVP8", "image/webp"),
        (b"RIFF\0\0\0\0WAVE", "application/octet-stream"),
        (b"%PDF-1.7", "application/pdf"),
        (b"wOF2", "font/woff2"),
        (b"PK\x03\x04", "application/zip"),
        (b"\n <!DocType HTML>", "text/html"),
        (b"\xef\xbb\xbf<html >", "text/html"),
        (b"<!-- x", "text/html"),
        (b"<p>", "text/html"),
        (b"<pre>", "text/plain"),
        (b"<?xml version='1.0'?><rss>", "application/xml"),
        (b"<?xml version='1.0'?>\n<svg>", "image/svg+xml"),
        (b"<svg>", "image/svg+xml"),
        (b"hello\tworld\n\x1b[0m", "text/plain"),
        (b"\xff\xfeh\0i\0", "text/plain"),
        (b"a\0b", "application/octet-stream"),
        (b"a\x0bb", "application/octet-stream"),
        (b"", ""),
    ],
)
def test_a_body_without_a_type_is_looked_at(body: bytes, expected: str) -> None:
    assert sniff_media_type(None, body) == expected


def test_a_type_that_says_nothing_is_looked_at_too() -> None:
    assert sniff_media_type("application/octet-stream", b"GIF89a") == "image/gif"
    assert sniff_media_type("*/*", b"<html>") == "text/html"
    assert sniff_media_type("application/octet-stream", b"a\0b") == "application/octet-stream"


@given(st.binary(max_size=40))
def test_a_type_that_is_sent_is_believed(body: bytes) -> None:
    assert sniff_media_type("Image/PNG; x=y", body) == "image/png"
    assert isinstance(sniff_media_type("application/octet-stream", body), str)
