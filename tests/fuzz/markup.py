"""What must hold of everything that has references, whatever it is made of."""

from __future__ import annotations

import math
import re
from collections.abc import Callable

from hypothesis import strategies as st
from lxml import etree

from crawler.carried import MOST_CARRIED_BYTES
from crawler.links.document import CLOSED, Document
from crawler.links.familiar import Familiar
from crawler.links.html import read_html
from crawler.links.reading import outlinks, read_document
from crawler.links.refresh import meta_refresh, refresh_span
from crawler.links.srcset import srcset, srcset_spans
from crawler.links.stylesheet import read_css
from crawler.media import sniff_media_type
from crawler.rewrite import rewrite, undo
from crawler.sprite import PREFIX, Sprite
from crawler.urls import canonicalize
from tests.fuzz import corpora
from tests.fuzz.mutation import damaged, damaged_text
from tests.fuzz.target import PAGE, Target

__all__ = ["BODIES", "PAGES", "TARGETS"]

FAMILIAR = Familiar()
ADDRESS = "http://n.test/moved"
MARKUP = f'<defs><g id="{PREFIX}0"></g></defs>'
# What cannot be decoded of these in an address is written in another way, or not at all.
STATEFUL = frozenset({"replacement"})

PAGE_SIGNS = [
    *b'<>"\'=/&;#!-? \n\0'.decode(), "<a href=", "<img srcset='", "<style>", "</style>", "<script>", "</script>", "<!--", "-->", "<![CDATA[",
    "]]>", "<svg>", "</svg>", "<math>", "<template>", "</template>", "<noscript>", "<base href='", "<iframe srcdoc='", "<meta http-equiv=refresh content='",
    "<meta charset=", "style='a:url(", "&quot;", "&amp;", "&#x2f;", "&copy", "&#55296;", "xlink:href=", "<use href='s.svg#a'/>", "<script type=module src='m.js'>", "<title>", "<?xml-stylesheet href='", "é", "<p>", "url(", "file:",
]  # fmt: skip
HTML = "text/html; charset="
PAGE_TYPES = st.sampled_from(
    [
        *(None, "text/html", "application/xhtml+xml", "image/svg+xml"),
        *(HTML + "utf-8", HTML + "shift_jis", HTML + "gbk", HTML + "utf-16le", HTML + "windows-1252"),
        *(HTML + "iso-2022-jp", HTML + "replacement", HTML + "x-user-defined", HTML + "euc-kr"),
    ]
)
# Among them bytes that are no character, and a character that most encodings cannot write.
PAGES = damaged(
    corpora.pages(), [*(each.encode() for each in PAGE_SIGNS), b"\x81", b"\xff", b"&#9731;", b"\x81&#9731;"]
)


def check_page(given: tuple[bytes, str | None]) -> None:
    """References lie in order inside the body; rewriting touches nothing else, and is read again as it was meant."""
    body, content_type = given
    document = read_html(body, PAGE, content_type)
    # What the examples before this one held changes nothing.
    assert read_html(body, PAGE, content_type, familiar=FAMILIAR) == document
    names_one = re.search(rb"charset|encoding", body, re.IGNORECASE) is not None
    is_certain = not names_one or "=" in (content_type or "")
    check_document(document, body, lambda text: read_html(text, PAGE, content_type), is_certain=is_certain)


STYLES = damaged(corpora.stylesheets(), [each.encode() for each in [*"'\"()\\/*{};@-<! \n\0", "url(", "@import ", "image-set(", "\\75", "/*", "*/", "\\\n", "é", "<!--", "@charset "]])  # fmt: skip


def check_stylesheet(body: bytes) -> None:
    """The same of CSS."""
    is_certain = not body.startswith((b"@charset", b"\xfe\xff", b"\xff\xfe"))
    check_document(read_css(body, PAGE), body, lambda text: read_css(text, PAGE), is_certain=is_certain)


def check_document(
    document: Document, body: bytes, read: Callable[[bytes], Document], *, is_certain: bool
) -> None:
    """What holds of every text with references.

    Args:
        document: of `body`.
        body: as it came.
        read: reads another text like it.
        is_certain: what names the encoding stands outside of the text, and was not damaged or moved.
    """
    end = 0
    for place in document.places:
        assert end <= place.start <= place.end <= len(document.body)
        end = place.end
        positions = [at for each in place.references for at in (each.start, each.end)]
        assert place.inner is not None or positions == sorted(positions)
    # Of what a copy may not load nothing is left to be read again.
    references = [each for each in document.references() if each.context != CLOSED]
    assert all(canonicalize(each.url) == each.url for each in references)
    assert len(document.title) <= 300
    once = rewrite(document, body, lambda _: None)
    room = 8 * len(body) + sum(10 * (len(each.url) + len(each.fragment)) + 20 for each in references)
    assert len(once.body) <= room
    assert undo(once) == body
    rewritten = rewrite(document, body, lambda _: ADDRESS)
    moved = rewritten.body
    assert undo(rewritten) == body
    assert len(rewritten.edits) <= len(document.places)
    wishes = document.wishes()
    loaded = rewrite(document, body, lambda _: ADDRESS, dict.fromkeys(wishes, MARKUP))
    assert undo(loaded) == body
    assert len(loaded.body) - len(moved) <= MOST_CARRIED_BYTES * 8
    if not is_certain or document.encoding in STATEFUL:
        return
    again = read(moved)
    wanted = [each.url if each.is_live else ADDRESS for each in references]
    assert [each.url for each in again.references()] == wanted
    assert rewrite(again, moved, lambda url: url).body == moved


SPRITE = (
    b"<svg xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'><style>.c{fill:red}</style>"
    b"<linearGradient id='g' xlink:href='#h'><stop style='stop-color:red'/></linearGradient><linearGradient id='h'/>"
    b"<symbol id='a' viewBox='0 0 1 1'><path class='c' d='M0 0' fill='url(#g)' onload='x()'/><use href='#a'/></symbol>"
    b"<g id='b'><text>x<tspan>y</tspan></text><script>x()</script><a href='javascript:x()'/></g></svg>"
)
SPRITES = damaged(
    [SPRITE],
    [each.encode() for each in [*"<>'\"=/&;#!-(){}:.\\", "url(", "<script>", "<image href='x'/>", "<foreignObject>", "onclick='x'", "id='a'", "href='#b'", "href='x'", "style='", "<!DOCTYPE ", "<!ENTITY ", "<![CDATA[", "]]>", "&#0;", "é"]],
)  # fmt: skip


def check_sprite(body: bytes) -> None:
    """Whatever is given out of a file is whole, refers to nothing outside of itself, and does nothing."""
    sprite = Sprite(body)
    for name in ("a", "b", "g"):
        markup = sprite.element(name)
        if markup is None:
            continue
        assert markup.isascii()
        root = etree.fromstring(markup.replace(PREFIX, "x"))
        for each in root.iter():
            assert etree.QName(each).localname not in {"script", "a", "image", "foreignObject", "style"}
            assert not [key for key in each.attrib if str(key).lower().startswith("on")]
            assert each.get("href", "#x").startswith("#x")
            assert not re.search(r"url\((?!#x)|@|\\|javascript:", each.get("style", ""))


def check_any_type(given: tuple[bytes, str | None]) -> None:
    """The front door."""
    body, content_type = given
    found = outlinks(body, PAGE, content_type)
    assert len({(each.url, each.hop) for each in found}) == len(found)
    assert all(canonicalize(each.url) == each.url for each in found)
    media_type = sniff_media_type(content_type, body)
    document = read_document(body, PAGE, media_type, content_type)
    if document is not None:
        assert undo(rewrite(document, body, lambda _: ADDRESS)) == body


def check_srcset(text: str) -> None:
    """Candidates lie in order, and hold no space."""
    spans = srcset_spans(text)
    assert [at for span in spans for at in span] == sorted(at for span in spans for at in span)
    assert [text[start:end] for start, end in spans] == srcset(text)
    assert all(url and not set(url) & set(" \t\n\f\r") for url in srcset(text))


def check_refresh(text: str) -> None:
    """A delay is a time, and the URL lies in the text."""
    found = meta_refresh(text)
    span = refresh_span(text)
    if found is None:
        assert span is None
        return
    assert 0 <= found[0] < math.inf
    assert len(found[1]) <= len(text)
    assert span is None or 0 <= span[0] < span[1] <= len(text)


BODIES = st.one_of(PAGES, STYLES, damaged(corpora.sitemaps(), [each.encode() for each in [*'<>/&;"[]{}:,\\\n', "<!DOCTYPE ", "<![CDATA[", "]]>", "<url><loc>", "</loc>", "&#0;", "<?", "icons"]]))  # fmt: skip
ANY_TYPES = st.sampled_from([None, "", "text/html", "text/css", "application/xml", "application/rss+xml", "application/json", "application/manifest+json", "image/svg+xml", "application/octet-stream"])  # fmt: skip


SRCSETS = damaged_text(["a.png 1x, b.png 2x", "data:,a 1x", "a (,b) 5w 6h,c"], [*", \t()xwh0.-e", "data:,"])
REFRESHES = damaged_text(["5; url='a'", "0,b", '1.5 URL = "c'], [*";,.'\"= \t\n0", "url", "9" * 400])

TARGETS = {
    "page": Target(st.tuples(PAGES, PAGE_TYPES), check_page),
    "stylesheet": Target(STYLES, check_stylesheet),
    "any type": Target(st.tuples(BODIES, ANY_TYPES), check_any_type),
    "srcset": Target(SRCSETS, check_srcset),
    "sprite": Target(SPRITES, check_sprite),
    "refresh": Target(REFRESHES, check_refresh),
}
