"""Say what a text gives to the crawl: links, title, encoding, as one value that can travel between processes."""

from __future__ import annotations

from dataclasses import dataclass

from crawler.links.allowance import Allowance, TooHeavyError
from crawler.links.document import GET_FORM, Document, Wish
from crawler.links.familiar import Familiar
from crawler.links.feed import FEED_TYPES
from crawler.links.reading import read_document
from crawler.links.sitemap import sitemap
from crawler.model import Outlink

__all__ = ["MAX_LIGHT_BYTES", "MAX_READ_BYTES", "Findings", "Text", "find", "find_in_place"]

MAX_READ_BYTES = 20_000_000
"""A longer text is kept but not read: nobody writes links into one by hand."""

# The figures are those of docs/decisions/0011: what is within them takes less than 100 ms, whatever it holds.
MAX_LIGHT_BYTES = 800_000
"""A longer text is never read in place."""

_LIGHT_MARKS = 40_000
_LIGHT_CSS_BYTES = 96 * 1024
_LIGHT_XML_BYTES = 40_000
_LIGHT_WORK = 2_500
_LIGHT_MICROSECONDS = 100_000
_BYTES_A_MICROSECOND = 10
_MARKS_A_MICROSECOND = 4
_MICROSECONDS_OF_WORK = 10
_LIGHT_LINK_CHARS = 400_000
_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What is to be read.

    Args:
        url: canonical, the base of relative links.
        media_type: essence of its type.
        content_type: the header as sent.
        is_manifest: read as a sitemap, whatever its type.
        asked_at: when it was asked for; dates in a sitemap that lie behind that say nothing.
    """

    url: str
    media_type: str
    content_type: str | None = None
    is_manifest: bool = False
    asked_at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What a text gave.

    Args:
        outlinks: each URL and hop once, in order.
        forms: URLs of forms that ask by URL: never followed, but a page in the dump can answer.
        title: of an HTML page.
        encoding: WHATWG name; "" for what is no text with places to rewrite.
        left_out: links beyond the most that one text may have.
        wishes: what the text must carry to show it once it is a file.
    """

    outlinks: tuple[Outlink, ...] = ()
    forms: tuple[str, ...] = ()
    title: str = ""
    encoding: str = ""
    left_out: int = 0
    wishes: tuple[Wish, ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether it can be written anew."""
        return bool(self.encoding)

    @property
    def urls(self) -> list[str]:
        """The distinct URLs that a rewritten text may lead elsewhere, in order."""
        return list(dict.fromkeys((*(each.url for each in self.outlinks), *self.forms)))


Found = tuple[Findings, Document | None]
"""What a text gave, and itself with the places of its references; None if nothing in it can be rewritten."""


def find_in_place(text: Text, body: bytes, familiar: Familiar | None = None) -> Found | None:
    """Read a body if that takes less than 100 ms, whatever it holds; None if it might not.

    Args:
        text: what is to be read.
        body: content-decoded.
        familiar: tags of pages that were read before.
    """
    if text.is_manifest or text.media_type in FEED_TYPES:
        is_light = len(body) <= _LIGHT_XML_BYTES and not body.startswith(_GZIP_MAGIC)
        return find(text, body) if is_light else None
    work = _LIGHT_WORK
    if len(body) > _LIGHT_CSS_BYTES:
        if text.media_type == "text/css" or len(body) > MAX_LIGHT_BYTES:
            return None
        if (marks := body.count(b"<")) > _LIGHT_MARKS:
            return None
        passing = len(body) // _BYTES_A_MICROSECOND + marks // _MARKS_A_MICROSECOND
        work = min(work, (_LIGHT_MICROSECONDS - passing) // _MICROSECONDS_OF_WORK)
    try:
        found = find(text, body, Allowance(most_work=work, most_chars=_LIGHT_LINK_CHARS), familiar)
    except TooHeavyError:
        return None
    return None if found[0].left_out else found


def find(
    text: Text, body: bytes, allowance: Allowance | None = None, familiar: Familiar | None = None
) -> Found:
    """Read a body, however long that takes. Never raises on any bytes.

    Raises:
        TooHeavyError: it holds more than the allowance.
    """
    if text.is_manifest:
        return Findings(outlinks=tuple(sitemap(body, text.url, text.asked_at))), None
    document = read_document(body, text.url, text.media_type, text.content_type, allowance, familiar=familiar)
    if document is None:
        return Findings(), None
    forms = dict.fromkeys(each.url for each in document.references() if each.context == GET_FORM)
    findings = Findings(
        outlinks=tuple(document.outlinks()),
        forms=tuple(forms),
        title=document.title,
        encoding=document.encoding,
        left_out=document.left_out,
        wishes=tuple(document.wishes()),
    )
    return findings, document
