"""Find every reference of an HTML (or SVG) document, through BeautifulSoup, with its place.

Which attributes hold URLs follows the HTML Standard (section "Attributes", URL-valued ones), SVG 2 and
the common lazy loaders. Links inside comments, scripts and templates are none; those inside `noscript`
are, except a refresh, because an archive serves readers without scripts too.
"""

from __future__ import annotations

import html
from collections.abc import Iterator

from bs4 import BeautifulSoup
from bs4.element import Tag as SoupTag

from crawler.links.css import css_spans
from crawler.links.document import Document, Place, Reference, Syntax
from crawler.links.encoding import sniff_encoding
from crawler.links.refresh import refresh_span
from crawler.links.scan import Attribute, Tag
from crawler.links.soup import link_soup
from crawler.links.srcset import srcset_spans
from crawler.links.text import scannable
from crawler.model import Hop
from crawler.urls import canonicalize

__all__ = ["read_html"]

_LINK, _EMBED = Hop.LINK, Hop.EMBED
_MAX_TITLE = 300
_Attributes = dict[str, Attribute]

_URLS: dict[str, tuple[tuple[str, Hop | None], ...]] = {
    "a": (("href", _LINK), ("xlink:href", _LINK)),
    "area": (("href", _LINK),),
    "audio": (("src", _EMBED),),
    "blockquote": (("cite", None),),
    "body": (("background", _EMBED),),
    "del": (("cite", None),),
    "embed": (("src", _EMBED),),
    "form": (("action", None),),
    "frame": (("src", _EMBED), ("longdesc", _LINK)),
    "iframe": (("src", _EMBED), ("longdesc", _LINK)),
    "image": (("href", _EMBED), ("xlink:href", _EMBED)),
    "img": (("src", _EMBED), ("longdesc", _LINK)),
    "input": (("src", _EMBED), ("formaction", None)),
    "ins": (("cite", None),),
    "object": (("data", _EMBED),),
    "q": (("cite", None),),
    "script": (("src", _EMBED), ("href", _EMBED), ("xlink:href", _EMBED)),
    "source": (("src", _EMBED),),
    "table": (("background", _EMBED),),
    "td": (("background", _EMBED),),
    "th": (("background", _EMBED),),
    "track": (("src", _EMBED),),
    "use": (("href", _EMBED), ("xlink:href", _EMBED)),
    "video": (("src", _EMBED), ("poster", _EMBED)),
}
_SRCSETS = {"img": ("srcset",), "source": ("srcset",), "link": ("imagesrcset",)}
_LAZY_ELEMENTS = frozenset({"audio", "iframe", "img", "source", "video"})
_LAZY_URLS = ("data-src", "data-original", "data-lazy", "data-lazy-src")
_LAZY_SRCSETS = ("data-srcset", "data-lazy-srcset")
_BACKGROUNDS = ("data-bg", "data-background", "data-background-image")
_EMBED_RELS = frozenset(
    {"stylesheet", "icon", "apple-touch-icon", "apple-touch-icon-precomposed", "apple-touch-startup-image"}
    | {"mask-icon", "fluid-icon", "image_src", "manifest", "preload", "modulepreload"}
)
_UNFOLLOWED_RELS = frozenset({"dns-prefetch", "preconnect", "pingback", "profile", "shortlink", "edituri"})
# A browser that reads a file refuses what these demand: the file's bytes are rewritten, its origin is opaque.
_GUARDS = dict.fromkeys(("script", "link", "img", "audio", "video"), ("integrity", "crossorigin"))
_STRIPPED = " \t\n\f\r"


def read_html(body: bytes, url: str, content_type: str | None = None) -> Document:
    """The document's references; never raises on any bytes."""
    encoding = sniff_encoding(body, content_type)
    scanned, codec = scannable(body, encoding)
    soup, builder = link_soup(scanned, codec)
    reader = _Reader(scanned, codec, url, _base(soup, url))
    for tag in soup.find_all(name=True):
        position = tag.sourcepos or 0
        reader.read(tag, builder.tags[position], builder.spans[position])
    reader.places.sort(key=lambda place: place.start)
    return Document(
        body=scanned,
        codec=codec,
        encoding=encoding,
        places=tuple(reader.places),
        title=reader.title,
        nofollow=reader.nofollow,
    )


def _base(soup: BeautifulSoup, url: str) -> str:
    """The document base URL: the first `base` with an href counts, if it is http(s)."""
    tag = soup.find("base", href=True)
    if not isinstance(tag, SoupTag):
        return url
    return canonicalize(str(tag["href"]).strip(_STRIPPED), url) or url


class _Reader:
    """Gathers the places of one document."""

    def __init__(self, body: bytes, codec: str, url: str, base: str) -> None:
        self.places: list[Place] = []
        self.title = ""
        self.nofollow = False
        self._body = body
        self._codec = codec
        self._base = base
        self._is_rebased = base != url
        self._resolved: dict[str, tuple[str, str] | None] = {}

    def read(self, soup_tag: SoupTag, tag: Tag, spans: _Attributes) -> None:
        """Take what one tag holds."""
        if tag.is_inert:
            return
        self._follow(soup_tag, tag, spans)
        for attribute in _BACKGROUNDS:
            self._background(tag.name, attribute, spans)
        if "style" in spans:
            self._css(tag.name, "style", spans)
        for attribute in _GUARDS.get(tag.name, ()):
            self._remove(spans, attribute)

    def _follow(self, soup_tag: SoupTag, tag: Tag, spans: _Attributes) -> None:
        name = tag.name
        nofollow = "nofollow" in str(soup_tag.get("rel", "")).lower().split()
        for attribute, hop in _URLS.get(name, ()):
            self._url(name, attribute, spans, hop, nofollow=nofollow)
        for attribute in _SRCSETS.get(name, ()):
            self._srcset(name, attribute, spans)
        if name in _LAZY_ELEMENTS:
            self._lazy(name, spans)
        if name == "link":
            self._link(soup_tag, spans, nofollow=nofollow)
        elif name == "meta":
            self._meta(soup_tag, tag, spans)
        elif name == "base":
            self._remove(spans, "href")
        elif name == "style":
            self._stylesheet(tag)
        elif name == "title" and not self.title:
            text = self._body[slice(*tag.text)].decode(self._codec, "replace")
            self.title = " ".join(html.unescape(text).split())[:_MAX_TITLE]

    def _url(
        self, name: str, attribute: str, spans: _Attributes, hop: Hop | None, *, nofollow: bool = False
    ) -> None:
        found = spans.get(attribute)
        if found is None:
            return
        text = found.value
        start = len(text) - len(text.lstrip(_STRIPPED))
        end = max(start, len(text.rstrip(_STRIPPED)))
        self._place(found, "url", [(start, end)], hop, f"{name}[{attribute}]", nofollow=nofollow)

    def _srcset(self, name: str, attribute: str, spans: _Attributes) -> None:
        if (found := spans.get(attribute)) is not None:
            self._place(found, "srcset", srcset_spans(found.value), _EMBED, f"{name}[{attribute}]")

    def _lazy(self, name: str, spans: _Attributes) -> None:
        for attribute in _LAZY_URLS:
            self._url(name, attribute, spans, _EMBED)
        for attribute in _LAZY_SRCSETS:
            self._srcset(name, attribute, spans)

    def _background(self, name: str, attribute: str, spans: _Attributes) -> None:
        if (found := spans.get(attribute)) is None:
            return
        if "url(" in found.value.lower():
            self._css(name, attribute, spans)
        else:
            self._url(name, attribute, spans, _EMBED)

    def _link(self, soup_tag: SoupTag, spans: _Attributes, *, nofollow: bool) -> None:
        rels = set(str(soup_tag.get("rel", "")).lower().split())
        if rels & _EMBED_RELS:
            self._url("link", "href", spans, _EMBED)
        elif rels and not rels & _UNFOLLOWED_RELS:
            self._url("link", "href", spans, _LINK, nofollow=nofollow)
        else:
            self._url("link", "href", spans, None)

    def _meta(self, soup_tag: SoupTag, tag: Tag, spans: _Attributes) -> None:
        if (content := spans.get("content")) is None:
            return
        directive = str(soup_tag.get("http-equiv", "")).strip(_STRIPPED).lower()
        if directive == "refresh" and not tag.in_noscript:
            span = refresh_span(content.value)
            self._place(content, "refresh", [span] if span else [], Hop.REDIRECT, "meta[refresh]")
        elif directive == "content-security-policy":
            self._remove(spans, "content")
        elif str(soup_tag.get("name", "")).strip(_STRIPPED).lower() == "robots":
            words = content.value.lower().replace(",", " ").split()
            self.nofollow = self.nofollow or "nofollow" in words or "none" in words

    def _css(self, name: str, attribute: str, spans: _Attributes) -> None:
        found = spans[attribute]
        references = tuple(css_references(found.value, self._base, f"{name}[{attribute}] url()"))
        if references:
            self.places.append(Place(found.start, found.end, found.quote, found.value, "css", references))

    def _stylesheet(self, tag: Tag) -> None:
        text = self._body[slice(*tag.text)].decode(self._codec, "surrogateescape")
        references = tuple(css_references(text, self._base, "style url()"))
        if references:
            self.places.append(Place(*tag.text, "", text, "stylesheet", references))

    def _remove(self, spans: _Attributes, attribute: str) -> None:
        if (found := spans.get(attribute)) is not None:
            self.places.append(
                Place(found.name_start, found.end + len(found.quote), found.quote, found.value, "remove")
            )

    def _place(
        self,
        found: Attribute,
        syntax: Syntax,
        spans: list[tuple[int, int]],
        hop: Hop | None,
        context: str,
        *,
        nofollow: bool = False,
    ) -> None:
        references = tuple(
            Reference(start, end, *resolved, hop, context, nofollow)
            for start, end in spans
            if (resolved := self._resolve(found.value[start:end])) is not None
        )
        if references:
            self.places.append(Place(found.start, found.end, found.quote, found.value, syntax, references))

    def _resolve(self, text: str) -> tuple[str, str] | None:
        """Canonical URL and fragment; None for what is no http(s) URL or names this very document."""
        if text not in self._resolved:
            self._resolved[text] = resolve(text, self._base, is_rebased=self._is_rebased)
        return self._resolved[text]


def resolve(text: str, base: str, *, is_rebased: bool = False) -> tuple[str, str] | None:
    """The canonical URL that `text` names at `base`, and its fragment as written.

    None: not http(s), not valid, or only a fragment of this very document.
    """
    if not is_rebased and (not text or text.startswith("#")):
        return None
    url = canonicalize(text, base)
    if url is None:
        return None
    _, mark, fragment = text.partition("#")
    return url, mark + fragment


def css_references(text: str, base: str, context: str) -> Iterator[Reference]:
    """The references of a stylesheet's text; all of them are requisites."""
    for each in css_spans(text):
        if (resolved := resolve(each.url, base)) is not None:
            where = context.replace("url()", "@import") if each.is_import else context
            yield Reference(each.start, each.end, *resolved, _EMBED, where, quote=each.quote)
