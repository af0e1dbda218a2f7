"""Find every reference of an HTML (or SVG) document, through BeautifulSoup, with its place.

Which attributes hold URLs says `crawler.links.elements`. Links inside comments, scripts and templates are
none; those inside `noscript` are, except a refresh, because an archive serves readers without scripts too.
"""

from __future__ import annotations

from operator import itemgetter

from bs4.element import Tag as SoupTag

from crawler.links.allowance import Allowance
from crawler.links.baseurl import base_of
from crawler.links.document import CARRIED, CLOSED, Document, Place, Reference, Syntax
from crawler.links.elements import ANYWHERE, ELEMENTS, Kind
from crawler.links.encoding import python_codec, sniff_encoding
from crawler.links.familiar import Familiar, Ground, KnownLink
from crawler.links.meaning import STRIPPED, is_nofollow, meant, word
from crawler.links.prolog import stylesheet_instructions
from crawler.links.refresh import refresh_span
from crawler.links.relations import is_page_image, link_hop
from crawler.links.resolving import EMPTY_URL, is_local, resolve
from crawler.links.scan import Attribute, Tag
from crawler.links.soup import link_soup
from crawler.links.srcset import srcset_spans
from crawler.links.stylesheet import css_references, stylesheet_places
from crawler.links.tagpattern import tag_patterns
from crawler.links.text import is_stateful, scannable
from crawler.links.title import title
from crawler.media import essence
from crawler.model import Hop

__all__ = ["read_html"]

_XML_TYPES = frozenset({"application/xhtml+xml", "image/svg+xml"})
# Where an empty URL means a page; anywhere else a browser does not ask for it (e.g. 4.8.4.3, 4.8.5).
_MAY_BE_EMPTY = frozenset({"a", "area"})
# A frame in a frame in a frame has content; deeper ones only cost time.
_MAX_FRAMES = 3
_CHARS_OF_WORK = 20
_CSS_CHARS_OF_WORK = 30
_STATEFUL_BYTES_OF_WORK = 40
# By a browser that shows the page, without a click.
_LOADED = frozenset({Hop.EMBED, Hop.REDIRECT})
_TOLD_APART = ("canonical", "manifest", "modulepreload")

_Attributes = dict[str, Attribute]
_Span = tuple[int, int]


def read_html(
    body: bytes,
    url: str,
    content_type: str | None = None,
    allowance: Allowance | None = None,
    *,
    frames: int = 0,
    familiar: Familiar | None = None,
) -> Document:
    """The document's references; never raises on any bytes but for the allowance.

    Args:
        body: content-decoded.
        url: canonical URL it was fetched from.
        content_type: the Content-Type header as sent.
        allowance: what it may hold.
        frames: in how many `srcdoc` it stands.
        familiar: tags of pages that were read before.

    Raises:
        TooHeavyError: it holds more than the allowance.
    """
    allowance = allowance or Allowance()
    untouched = None if familiar is None else allowance.copy()
    encoding = sniff_encoding(body, content_type)
    if is_stateful(encoding):
        allowance.spend(len(body) // _STATEFUL_BYTES_OF_WORK)
    scanned, codec = scannable(body, encoding)
    is_xml = essence(content_type) in _XML_TYPES
    query_codec = "utf-8" if encoding.startswith("utf-") else python_codec(encoding)
    patterns = tag_patterns(scanned)
    ground = None
    if familiar is not None and not patterns.may_have_base:
        ground = Ground.of(url, f"{codec} {query_codec} {'xml' if is_xml else 'html'}")
    builder = link_soup(
        scanned, codec, allowance, is_xml=is_xml, familiar=familiar, ground=ground, patterns=patterns
    )[1]
    reader = _Reader(scanned, codec, url, base_of(builder.made(), url), allowance)
    reader.query_codec = query_codec
    reader.frames = frames
    prolog = reader.read_prolog() if is_xml else ()
    places = [tuple(reader.read(soup_tag, tag, spans)) for soup_tag, tag, spans in builder.made()]
    placed = [*builder.placed(places, map(reader.read_link, builder.links()))]
    if allowance.left_out and untouched is not None:
        # What is familiar was counted first: not the first links would be kept but others.
        return read_html(body, url, content_type, untouched, frames=frames)
    return Document(
        body=scanned,
        codec=codec,
        encoding=encoding,
        places=(*prolog, *placed),
        title=title(scanned, codec, builder.tags, is_xml=is_xml),
        nofollow=reader.nofollow,
        left_out=allowance.left_out,
    )


class _Reader:
    """Finds the places of one document's tags."""

    def __init__(self, body: bytes, codec: str, url: str, base: str, allowance: Allowance) -> None:
        self.nofollow = False
        self.query_codec = "utf-8"
        self.frames = 0
        self._body = body
        self._codec = codec
        self._base = base
        self._allowance = allowance
        self._is_rebased = base != url
        self._resolved: dict[str, tuple[str, str] | None] = {}

    def read_prolog(self) -> list[Place]:
        """The stylesheets that stand before the root element of XML."""
        instructions = stylesheet_instructions(self._body, self._codec)
        hrefs = (each["href"] for each in instructions if "href" in each)
        places = (self._url("?xml-stylesheet", "href", href, Hop.EMBED) for href in hrefs)
        return [place for place in places if place is not None]

    def read(self, soup_tag: SoupTag, tag: Tag, spans: _Attributes) -> list[Place]:
        """The places of one tag, counted from the beginning of its attributes."""
        places: list[Place] = []
        if tag.is_inert:
            return places
        removed: list[str] = []
        name = tag.name
        uses = ELEMENTS.get(name, ANYWHERE)
        for attribute, found in spans.items():
            if (use := uses.get(attribute)) is not None:
                kind, hop = use
                element = meant(name, attribute, soup_tag)
                place = (
                    self._url(element, attribute, found, hop, is_nofollow=is_nofollow(soup_tag))
                    if kind == "url"
                    else self._read(kind, attribute, found, soup_tag, tag)
                )
                if place is not None:
                    places.append(place)
                    if place.syntax == "remove":
                        removed.append(attribute)
        if removed:
            # Without the first, a browser would obey the next of the same name.
            places += (_removed(each) for key, each in spans.items() if _repeats(key, removed))
            places.sort(key=itemgetter(0))
        if name == "use" and tag.is_foreign and any(_is_carried(place) for place in places):
            # Right before the start tag; places are counted from behind its name.
            start = -len("<use")
            places.insert(0, Place(start, start, "", "", "room"))
        if name == "style" and tag.text[0] < tag.text[1]:
            self._allowance.spend((tag.text[1] - tag.text[0]) // _CSS_CHARS_OF_WORK)
            places += stylesheet_places(
                self._body, tag.text, self._codec, self._base, "style url()", allowance=self._allowance
            )
        return places

    def read_link(self, soup_tag: SoupTag) -> KnownLink | None:
        """What a plain link without a fragment is."""
        text = str(soup_tag["href"])
        resolved = self._resolve(text)
        return None if resolved is None else KnownLink.to(resolved[0], text, "")

    def _read(
        self, kind: Kind, attribute: str, found: Attribute, soup_tag: SoupTag, tag: Tag
    ) -> Place | None:
        name = tag.name
        match kind:
            case "srcset":
                self._allowance.spend(len(found.value) // _CHARS_OF_WORK)
                return self._place(
                    found, "srcset", srcset_spans(found.value), Hop.EMBED, f"{name}[{attribute}]"
                )
            case "css":
                return self._css(name, attribute, found)
            case "background":
                if "url(" in found.value.lower():
                    return self._css(name, attribute, found)
                return self._url(name, attribute, found, Hop.EMBED)
            case "link":
                return self._link(soup_tag, found)
            case "content":
                return self._meta(soup_tag, tag, found)
            case "srcdoc":
                return self._srcdoc(found)
            case _:
                return _removed(found)

    def _url(
        self, name: str, attribute: str, found: Attribute, hop: Hop | None, *, is_nofollow: bool = False
    ) -> Place | None:
        text = found.value
        if not text or text[0] in STRIPPED or text[-1] in STRIPPED:
            start = len(text) - len(text.lstrip(STRIPPED))
            end = max(start, len(text.rstrip(STRIPPED)))
            if start == end and name not in _MAY_BE_EMPTY:
                return None
        else:
            start, end = 0, len(text)
        return self._place(found, "url", [(start, end)], hop, f"{name}[{attribute}]", is_nofollow=is_nofollow)

    def _link(self, soup_tag: SoupTag, found: Attribute) -> Place | None:
        rels = str(soup_tag.get("rel", "")).lower().split()
        attribute = next((f"rel={rel}" for rel in _TOLD_APART if rel in rels), "href")
        return self._url("link", attribute, found, link_hop(rels), is_nofollow="nofollow" in rels)

    def _meta(self, soup_tag: SoupTag, tag: Tag, content: Attribute) -> Place | None:
        directive = word(soup_tag, "http-equiv")
        if directive == "refresh":
            span = refresh_span(content.value)
            hop = None if tag.in_noscript else Hop.REDIRECT
            return self._place(content, "refresh", [span] if span else [], hop, "meta[refresh]")
        if directive == "content-security-policy":
            return _removed(content)
        if word(soup_tag, "name") == "robots":
            words = content.value.lower().replace(",", " ").split()
            self.nofollow = self.nofollow or "nofollow" in words or "none" in words
            return None
        for attribute in ("property", "name", "itemprop"):
            name = word(soup_tag, attribute)
            if is_page_image(name):
                return self._url("meta", name, content, Hop.EMBED)
        return None

    def _srcdoc(self, found: Attribute) -> Place | None:
        """A page inside an attribute; its base is ours (HTML Standard, 7.4.2.3, about:srcdoc)."""
        if self.frames == _MAX_FRAMES:
            return None
        text = found.value.encode("utf-8", "surrogatepass")
        self._allowance.spend(len(text) // _CHARS_OF_WORK)
        inner = read_html(
            text, self._base, "text/html; charset=utf-8", self._allowance, frames=self.frames + 1
        )
        references = tuple(inner.references())
        if not references:
            return None
        return Place(found.start, found.end, found.quote, found.value, "srcdoc", references, inner)

    def _css(self, name: str, attribute: str, found: Attribute) -> Place | None:
        context = f"{name}[{attribute}] url()"
        self._allowance.spend(len(found.value) // _CSS_CHARS_OF_WORK)
        references = tuple(
            css_references(found.value, self._base, self._codec, context, allowance=self._allowance)
        )
        if not references:
            return None
        return Place(found.start, found.end, found.quote, found.value, "css", references)

    def _place(
        self,
        found: Attribute,
        syntax: Syntax,
        spans: list[_Span],
        hop: Hop | None,
        context: str,
        *,
        is_nofollow: bool = False,
    ) -> Place | None:
        references: list[Reference] = []
        for start, end in spans:
            resolved = self._resolve(found.value[start:end])
            if resolved is not None:
                url, fragment = resolved
                references.append(Reference(start, end, url, fragment, hop, context, is_nofollow))
            elif hop in _LOADED and is_local(found.value[start:end]) and self._allowance.keeps(EMPTY_URL):
                references.append(Reference(start, end, EMPTY_URL, "", None, CLOSED))
        if not references:
            return None
        return Place(found.start, found.end, found.quote, found.value, syntax, tuple(references))

    def _resolve(self, text: str) -> tuple[str, str] | None:
        """Canonical URL and fragment; None for what is no http(s) URL, names this very document or is left out."""
        if text not in self._resolved:
            self._allowance.spend(1 if text.isascii() else 1 + len(text) // _CHARS_OF_WORK)
            resolved = resolve(text, self._base, codec=self.query_codec, is_rebased=self._is_rebased)
            if resolved is not None and not self._allowance.keeps(resolved[0]):
                resolved = None
            self._resolved[text] = resolved
        return self._resolved[text]


def _repeats(key: str, names: list[str]) -> bool:
    name, space, _ = key.partition(" ")
    return bool(space) and name in names


def _is_carried(place: Place) -> bool:
    return any(each.fragment and each.context in CARRIED for each in place.references)


def _removed(found: Attribute) -> Place:
    return Place(found.name_start, found.end + len(found.quote), found.quote, found.value, "remove")
