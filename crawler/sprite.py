"""Take an element out of an SVG file so that it can stand in a page, with all that it refers to and nothing that acts.

A `use` of another file shows an element of it without the styles of the page and with those of the file. What is
taken out shows the same: the styles of the file are worked out, and stand with each element, before those of the page.
What never shows (scripts, handlers, titles) is dropped; what would show and is not understood makes that the whole
element is not given: the page is left as it is rather than shown otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice

from lxml.etree import XMLParser, XMLSyntaxError, _Element, fromstring

from crawler.svgstyle import INLINE, PAINTED, Rule, UnreadableError, declarations, read_rules, style_of

__all__ = ["MAX_SPRITE_BYTES", "PREFIX", "Sprite"]

MAX_SPRITE_BYTES = 256 * 1024
"""A longer file is left alone."""

PREFIX = "\0"
"""What stands in the markup for the beginning of every id; its element has the id that is this and a 0."""

_MAX_ELEMENTS = 10_000
_MAX_TAKEN = 1_000
_MAX_DEPTH = 64
_SVG = "{http://www.w3.org/2000/svg}"
_XLINK_HREF = "{http://www.w3.org/1999/xlink}href"
_SHAPES = frozenset(
    {"path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "use"}
)
_GROUPS = frozenset({"svg", "symbol", "g", "defs", "clipPath", "mask", "pattern", "marker"})
_SERVERS = frozenset({"linearGradient", "radialGradient", "stop"})
_SHOWN = _SHAPES | _GROUPS | _SERVERS
_NEVER_SHOWN = frozenset({"title", "desc", "metadata", "script", "style", "view"})
_WITH_TEXT = frozenset({"text", "tspan"})
_REFERRING = frozenset({"use", "linearGradient", "radialGradient", "pattern"})
_ATTRIBUTES = frozenset(
    [
        "d",
        "x",
        "y",
        "x1",
        "y1",
        "x2",
        "y2",
        "cx",
        "cy",
        "r",
        "rx",
        "ry",
        "fx",
        "fy",
        "fr",
        "width",
        "height",
        "points",
        "dx",
        "dy",
        "rotate",
        "textLength",
        "lengthAdjust",
        "pathLength",
        "viewBox",
        "preserveAspectRatio",
        "transform",
        "gradientTransform",
        "gradientUnits",
        "spreadMethod",
        "offset",
        "patternUnits",
        "patternContentUnits",
        "patternTransform",
        "clipPathUnits",
        "maskUnits",
        "maskContentUnits",
        "markerUnits",
        "markerWidth",
        "markerHeight",
        "refX",
        "refY",
        "orient",
        "font-size",
        "letter-spacing",
        "word-spacing",
        "baseline-shift",
    ]
)
_URL = re.compile(r"""url\(\s*+(["']?)#([^"'()\s]++)\1\s*+\)""")
_ENTITY = re.compile(rb"<!\s*ENTITY", re.IGNORECASE)
_ESCAPED = re.compile(r"[&<>\"'\x00-\x1f\x7f-\U0010ffff]")


class Sprite:
    """An SVG file whose elements other documents use. Never raises on any bytes.

    Args:
        body: as it was sent, as `image/svg+xml`.
    """

    def __init__(self, body: bytes) -> None:
        self._by_id: dict[str, _Element] = {}
        self._rules: tuple[Rule, ...] = ()
        root = _parsed(body)
        if root is None:
            return
        try:
            self._rules = read_rules(_style_text(root))
        except UnreadableError:
            return
        for element in root.iter():
            if isinstance(element.tag, str) and (name := element.get("id")):
                self._by_id.setdefault(name, element)

    def element(self, name: str) -> str | None:
        """Markup of the element with this id, in ASCII and never shown where it stands; None if it cannot be given.

        Its ids begin with `PREFIX`, for which anything else can be put. Markup that names paint servers and the
        like (`url(#...)`) works only as long as the element around it is shown.
        """
        if name not in self._by_id:
            return None
        taking = _Taking(self._by_id, self._rules)
        try:
            return taking.markup(name)
        except UnreadableError:
            return None


class _Taking:
    """One element being taken out, and what it refers to after it.

    Args:
        by_id: the elements of the file.
        rules: the styles of the file.
    """

    def __init__(self, by_id: dict[str, _Element], rules: tuple[Rule, ...]) -> None:
        self._by_id = by_id
        self._rules = rules
        self._numbers: dict[str, int] = {}
        self._written: set[_Element] = set()
        self._count = 0

    def markup(self, name: str) -> str:
        """The element, then what it refers to, in one `defs`."""
        self._number(name)
        pieces: list[str] = []
        names: Iterator[str] = iter(())
        for position in range(_MAX_TAKEN):
            names = islice(self._numbers, position, None)
            wanted = next(names, None)
            if wanted is None:
                return f'<defs xmlns="{_SVG[1:-1]}">{"".join(pieces)}</defs>'
            if self._by_id[wanted] not in self._written:
                pieces += self._pieces(self._by_id[wanted], 0)
        raise UnreadableError

    def _number(self, name: str) -> str:
        """What is written for an id."""
        if name not in self._by_id:
            raise UnreadableError
        return f"{PREFIX}{self._numbers.setdefault(name, len(self._numbers))}"

    def _pieces(self, element: _Element, depth: int) -> Iterator[str]:
        """An element and all below it. Every end tag is written: to whom it is not SVG it still has one."""
        tag = _local(element)
        if tag in _NEVER_SHOWN or not element.tag.startswith(_SVG):
            return
        self._count += 1
        if tag not in _SHOWN or depth > _MAX_DEPTH or self._count > _MAX_TAKEN:
            raise UnreadableError
        self._written.add(element)
        yield f"<{tag}{''.join(self._attributes(element, tag))}>"
        if tag in _WITH_TEXT:
            yield _escaped(element.text or "")
        for child in element:
            if isinstance(child.tag, str):
                yield from self._pieces(child, depth + 1)
            if tag in _WITH_TEXT:
                yield _escaped(child.tail or "")
        yield f"</{tag}>"

    def _attributes(self, element: _Element, tag: str) -> Iterator[str]:
        if (name := element.get("id")) and self._by_id[name] is element:
            yield f' id="{self._number(name)}"'
        said = {str(key): str(value) for key, value in element.attrib.items()}
        for key, value in said.items():
            if key in _ATTRIBUTES:
                yield f' {key}="{_escaped(_plain(value))}"'
        href = element.get("href") or element.get(_XLINK_HREF)
        if href is not None and tag in _REFERRING:
            if not href.startswith("#"):
                raise UnreadableError
            yield f' href="{self._number(href[1:])}"'.replace(PREFIX, f"#{PREFIX}")
        style = dict.fromkeys(PAINTED, "inherit") if tag in _SHAPES | _GROUPS else {}
        style |= {key: value for key, value in said.items() if key in INLINE}
        style |= style_of(self._rules, tag, element.get("id") or "", (element.get("class") or "").split())
        style |= declarations(element.get("style") or "")
        written = ";".join(f"{key}:{self._referred(_plain(value))}" for key, value in style.items())
        if written:
            yield f' style="{_escaped(written)}"'

    def _referred(self, value: str) -> str:
        """The value with its references led to what is taken along."""
        value = _URL.sub(lambda found: f"url(\1{self._number(found[2])})", value)
        if "url" in value.lower().replace("url(\1", ""):
            raise UnreadableError
        return value.replace("\1", "#")


def _parsed(body: bytes) -> _Element | None:
    """The root; None for what is too long, is no SVG, or defines entities."""
    if len(body) > MAX_SPRITE_BYTES or _ENTITY.search(body.replace(b"\0", b"")):
        return None
    parser = XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = fromstring(body, parser)
    except (XMLSyntaxError, ValueError):
        return None
    if root.tag != f"{_SVG}svg" or sum(1 for _ in islice(root.iter(), _MAX_ELEMENTS + 1)) > _MAX_ELEMENTS:
        return None
    return root


def _style_text(root: _Element) -> str:
    return "\n".join("".join(map(str, each.itertext())) for each in root.iter(f"{_SVG}style"))


def _local(element: _Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _plain(value: str) -> str:
    """A value that is no more than it seems to be: no escapes, no control characters."""
    if "\\" in value or any(char < " " and char not in "\t\n\r" for char in value):
        raise UnreadableError
    return value


def _escaped(text: str) -> str:
    return _ESCAPED.sub(lambda char: char[0] if char[0] in f"{PREFIX}\t\n" else f"&#{ord(char[0])};", text)
