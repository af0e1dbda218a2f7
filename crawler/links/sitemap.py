"""Read a site's own list of its pages: sitemaps, sitemap indexes, feeds and plain lists of URLs.

The body is what a stranger sent, in a format with a history of attacks, so nothing is expanded, loaded
or fetched, every size has a bound, and what was read before a fault is kept: half a sitemap is worth
more than none.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from lxml.etree import XMLPullParser, XMLSyntaxError, _Element

from crawler.links.encoding import decode, xml_encoding
from crawler.links.lastmod import modified_at
from crawler.model import Hop, Outlink
from crawler.urls import canonicalize

__all__ = ["is_sitemap", "sitemap"]

# The sitemap protocol allows a file 50,000 entries and 50 MB uncompressed (sitemaps.org).
MAX_ENTRIES = 50_000
MAX_BYTES = 50 * 1024 * 1024
# Room for a full sitemap with twenty elements an entry; parsing this many takes about two seconds.
MAX_ELEMENTS = 1_000_000
MAX_GZIP_MEMBERS = 10_000
HEAD_BYTES = 1024

_GZIP_MAGIC = b"\x1f\x8b"
_GZIP_BITE_BYTES = 4096
_GZIP_TRAILER_BYTES = 8
_CHUNK_BYTES = 65_536
_UNFIT_TYPES = ("image/", "audio/", "video/", "font/")

# What may stand before the root element: XML 1.0 section 2.8.
_PROLOG = re.compile(r"(?s:\s++|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+>)*+")
_ROOT = re.compile(r"<(?:[^\s<>/:]++:)?(?:urlset|sitemapindex)[\s/>]", re.IGNORECASE)
_CDATA_OR_AMPERSAND = re.compile(
    r"<!\[CDATA\[(?s:.*?\]\]>|.*+)|&(?:(?:amp|lt|gt|quot|apos|#([0-9]{1,7})|#x([0-9A-Fa-f]{1,6}));)?+"
)
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_IS_MARKUP = re.compile(r"\s*+<")
_LINE = re.compile(r"(?:\A|[\r\n])[\t ]*+(https?://[^\r\n]++)", re.IGNORECASE)

_CONTAINERS = {"urlset": "url", "sitemapindex": "sitemap"}
_FEEDS = frozenset(("rss", "rdf", "feed"))
# What holds an address and, before or behind it, when that was last modified.
_ENTRIES = frozenset(("url", "item", "entry"))
_DATES = frozenset(("lastmod", "pubdate", "updated"))
_MOST_IN_AN_ENTRY = 100

Entry = tuple[str, str, str]
"""Context, address, date; each as it stands there."""


def sitemap(body: bytes, url: str, asked_at: float = 0.0) -> list[Outlink]:
    """Give the entries of a sitemap, each URL once, in order.

    Understood are `urlset`, `sitemapindex` (in any namespace), RSS, Atom, and plain text with a URL a
    line (sitemaps.org, "Other Sitemap formats"); each of them plain or in gzip. A document with an
    internal DTD subset, the home of entity attacks, is refused: it gives nothing.

    Args:
        body: as fetched; past 50 MB uncompressed and 50,000 entries nothing is read.
        url: where it came from, the base of relative entries.
        asked_at: when it was asked for; dates after that say nothing.
    """
    text = _text(_unzipped(body, MAX_BYTES))
    entries = _xml_entries(text) if _IS_MARKUP.match(text) else _lines(text)
    found: dict[str, Outlink] = {}
    for count, (context, address, date) in enumerate(entries, start=1):
        canonical = canonicalize(address, url)
        if canonical and canonical not in found:
            hop = Hop.PREREQUISITE if context == "sitemapindex loc" else Hop.MANIFEST
            changed_at = modified_at(date, asked_at) if date and hop is Hop.MANIFEST else None
            found[canonical] = Outlink(url=canonical, hop=hop, context=context, modified_at=changed_at)
        if count == MAX_ENTRIES:
            break
    return list(found.values())


def is_sitemap(body: bytes, media_type: str) -> bool:
    """Whether the first kilobyte shows the root element of a sitemap or a sitemap index.

    Args:
        body: as fetched.
        media_type: essence of the content type, "" if unknown; wrong ones are common and forgiven.
    """
    if media_type.startswith(_UNFIT_TYPES):
        return False
    text = _text(_unzipped(body[:_CHUNK_BYTES], HEAD_BYTES)[:HEAD_BYTES])
    return bool(_ROOT.match(text, _prolog_end(text)))


def _unzipped(body: bytes, max_bytes: int) -> bytes:
    """Undo gzip, of any number of members, up to `max_bytes`; keep what comes before a fault."""
    if not body.startswith(_GZIP_MAGIC):
        return body[:max_bytes]
    parts: list[bytes] = []
    room, position, members = max_bytes, 0, 0
    while members < MAX_GZIP_MEMBERS and body.startswith(_GZIP_MAGIC, position):
        members += 1
        member = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
        while room > 0 and position < len(body) and not member.eof:
            # Small bites, because a fault costs a whole one, and the checksum, last, must cost none.
            checksum_at = len(body) - _GZIP_TRAILER_BYTES
            end = min(position + _GZIP_BITE_BYTES, checksum_at) if position < checksum_at else len(body)
            bite = body[position:end]
            try:
                parts.append(member.decompress(bite, room))
            except zlib.error:
                return b"".join(parts)
            room -= len(parts[-1])
            position += len(bite) - len(member.unused_data)
    return b"".join(parts)


def _text(raw: bytes) -> str:
    return decode(raw, xml_encoding(raw))


def _prolog_end(text: str) -> int:
    prolog = _PROLOG.match(text)
    assert prolog is not None
    return prolog.end()


def _lines(text: str) -> Iterator[Entry]:
    for line in _LINE.finditer(text):
        yield "sitemap text", line[1].strip(), ""


def _xml_entries(text: str) -> Iterator[Entry]:
    """Parse up to the first fault."""
    prolog_end = _prolog_end(text)
    if text.startswith("<!", prolog_end):
        return
    parser = XMLPullParser(
        events=("start", "end"),
        encoding="utf-8",
        resolve_entities=False,
        load_dtd=False,
        dtd_validation=False,
        no_network=True,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    # Without its prolog a document has no DTD, whatever a parser would make of one.
    markup = _repaired(text[prolog_end:]).encode()
    walk = _Walk()
    for start in range(0, len(markup), _CHUNK_BYTES):
        try:
            parser.feed(markup[start : start + _CHUNK_BYTES])
            is_sound = True
        except XMLSyntaxError:
            is_sound = False
        for event, element in parser.read_events():
            assert isinstance(element, _Element)
            if event == "start":
                walk.enter(element)
            else:
                yield from walk.leave(element)
                _forget(element)
        if not is_sound or walk.elements > MAX_ELEMENTS:
            break
    yield from walk.rest()


class _Walk:
    """Where in a document the parser is. Addresses of an entry are held until it ends, as its date may stand behind."""

    def __init__(self) -> None:
        self.elements = 0
        self._path: list[str] = []
        self._open_entries = 0
        self._held: list[tuple[str, str]] = []
        self._date = ""

    def enter(self, element: _Element) -> None:
        """An element begins."""
        self.elements += 1
        self._path.append(str(element.tag).rpartition("}")[2].lower())
        self._open_entries += self._path[-1] in _ENTRIES

    def leave(self, element: _Element) -> Iterator[Entry]:
        """An element ends; gives what is whole by now."""
        path = self._path
        if path[-1] in _DATES and len(path) > 1 and path[-2] in _ENTRIES:
            self._date = element.text or ""
        if address := _address(path, element):
            self._held.append(address)
        self._open_entries -= path.pop() in _ENTRIES
        if self._open_entries == 0 or len(self._held) == _MOST_IN_AN_ENTRY:
            yield from self.rest()
        if self._open_entries == 0:
            self._date = ""

    def rest(self) -> Iterator[Entry]:
        """What is held, whole or not."""
        yield from ((*each, self._date) for each in self._held)
        self._held.clear()


def _repaired(text: str) -> str:
    """Make entities and stray ampersands (`?a=1&b=2`) plain text, drop characters XML forbids."""
    if _NOT_XML.search(text):
        text = _NOT_XML.sub("", text)
    if "&" not in text:
        return text
    return _CDATA_OR_AMPERSAND.sub(_repaired_piece, text)


def _repaired_piece(match: re.Match[str]) -> str:
    if match[0] == "&":
        return "&amp;"
    if match[1] or match[2]:
        code = int(match[1]) if match[1] else int(match[2], 16)
        return "" if code > 0x10FFFF or _NOT_XML.match(chr(code)) else match[0]
    return match[0]


def _address(path: list[str], element: _Element) -> tuple[str, str] | None:
    """Context and address, of an element that has one."""
    root, name = path[0], path[-1]
    address = None
    context = f"{root} {name}"
    if root in _CONTAINERS:
        address = element.text if path[1:] == [_CONTAINERS[root], "loc"] else None
    elif root in _FEEDS and name == "link":
        is_page = element.get("rel", "alternate") == "alternate"
        address = element.get("href") or element.text if is_page else None
        context = "atom link" if root == "feed" else "rss link"
    address = (address or "").strip()
    return (context, address) if address else None


def _forget(element: _Element) -> None:
    """Free what was read, so that memory holds one branch and not the document."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]
