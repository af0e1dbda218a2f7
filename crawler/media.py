"""Sort media types into the classes that options speak of, and look at a body whose type is not told."""

from __future__ import annotations

from functools import lru_cache

__all__ = [
    "CSS_TYPES",
    "HTML_TYPES",
    "SNIFFED_BYTES",
    "essence",
    "is_css",
    "is_html",
    "media_class",
    "sniff_media_type",
]

SNIFFED_BYTES = 512
"""`sniff_media_type` looks at no more of a body."""

HTML_TYPES = frozenset({"text/html", "application/xhtml+xml"})
CSS_TYPES = frozenset({"text/css"})
_DOCUMENTS = frozenset(
    {"application/pdf", "application/json", "application/ld+json", "application/xml", "application/rtf"}
    | {"application/rss+xml", "application/atom+xml", "application/msword", "application/epub+zip"}
    | {"application/postscript", "application/manifest+json"}
)
_SCRIPTS = frozenset({"application/javascript", "application/x-javascript", "application/ecmascript"})
_UNKNOWN = frozenset({"", "application/octet-stream", "unknown/unknown", "application/unknown", "*/*"})
_HTML_STARTS = tuple(
    b"<" + name
    for name in (
        *(b"!doctype html", b"html", b"head", b"script", b"iframe", b"h1", b"div", b"font", b"table"),
        *(b"a", b"style", b"title", b"b", b"body", b"br", b"p", b"!--"),
    )
)
# MIME Sniffing Standard, section 3: binary data bytes.
_BINARY = frozenset({*range(9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)})
_TEXT_MARKS = (b"\xfe\xff", b"\xff\xfe", b"\xef\xbb\xbf")
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
    (b"\x00\x00\x01\x00", "image/x-icon"),
    (b"%PDF-", "application/pdf"),
    (b"wOFF", "font/woff"),
    (b"wOF2", "font/woff2"),
    (b"\x00\x01\x00\x00", "font/ttf"),
    (b"OTTO", "font/otf"),
    (b"OggS\x00", "application/ogg"),
    (b"\x1aE\xdf\xa3", "video/webm"),
    (b"ID3", "audio/mpeg"),
    (b"PK\x03\x04", "application/zip"),
    (b"\x1f\x8b\x08", "application/gzip"),
)


@lru_cache(maxsize=1024)
def essence(content_type: str | None) -> str:
    """`type/subtype` of a Content-Type header, lower case; "" if there is none."""
    return (content_type or "").partition(";")[0].strip().lower()


def is_html(media_type: str) -> bool:
    """Whether it is a page."""
    return media_type in HTML_TYPES


def is_css(media_type: str) -> bool:
    """Whether it is a stylesheet."""
    return media_type in CSS_TYPES


@lru_cache(maxsize=1024)
def media_class(media_type: str) -> str:
    """The class (`crawler.options.MEDIA_CLASSES`) of a media type."""
    major, _, minor = media_type.partition("/")
    if media_type in HTML_TYPES:
        return "html"
    if media_type in CSS_TYPES:
        return "css"
    if media_type in _SCRIPTS or minor in {"javascript", "ecmascript"}:
        return "script"
    if major == "font" or "font" in minor:
        return "font"
    if major == "image":
        return "image"
    if major in {"audio", "video"} or media_type == "application/ogg":
        return "media"
    is_office = "officedocument" in minor or "opendocument" in minor
    if major == "text" or media_type in _DOCUMENTS or minor.endswith(("+xml", "+json")) or is_office:
        return "document"
    return "other"


def sniff_media_type(content_type: str | None, body: bytes) -> str:
    """The media type of an answer: as sent, or by its first bytes where that says nothing.

    A small part of the MIME Sniffing Standard (section 7): types that are sent are believed.
    """
    sent = essence(content_type)
    if sent not in _UNKNOWN:
        return sent
    for magic, media_type in _MAGIC:
        if body.startswith(magic):
            return media_type
    if body[:4] == b"RIFF" and body[8:12] == b"WEBP":
        return "image/webp"
    head = body[:SNIFFED_BYTES].removeprefix(b"\xef\xbb\xbf").lstrip(b"\t\n\f\r ").lower()
    if any(_opens(head, start) for start in _HTML_STARTS):
        return "text/html"
    if head.startswith(b"<?xml"):
        return "image/svg+xml" if b"<svg" in head else "application/xml"
    if head.startswith(b"<svg"):
        return "image/svg+xml"
    if sent or not body:
        return sent
    if body.startswith(_TEXT_MARKS):
        return "text/plain"
    is_binary = not _BINARY.isdisjoint(body[:SNIFFED_BYTES])
    return "application/octet-stream" if is_binary else "text/plain"


def _opens(head: bytes, start: bytes) -> bool:
    """Whether `head` begins with the tag `start`, ended as the standard demands."""
    after = head[len(start) : len(start) + 1]
    return head.startswith(start) and (after in {b" ", b">"} or start == b"<!--")
