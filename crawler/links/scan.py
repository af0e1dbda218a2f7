"""Find the tags of an HTML document that can hold a link, with the place of every attribute value.

A tokenizer by the HTML Standard (section 13.2.5), not a tree builder: that is all that links and
in-place rewriting need, and it gives byte positions, which no HTML library does. Tags of no interest
are passed over inside one regular expression; its loops are possessive, so it is linear on any input.

The bytes must be in an encoding that is a superset of ASCII in which `<>"'=&` never are trail bytes
(`crawler.links.text` sees to that).
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

__all__ = ["Attribute", "Tag", "attributes", "scan"]

_SPACE = rb"\t\n\f\r "
_NAMES = (
    b"area|audio|base|blockquote|body|del|embed|form|frame|iframe|image|img|input|ins|link|meta|noembed|noframes"
    b"|noscript|object|plaintext|script|source|style|table|td|template|textarea|th|title|track|use|video|xmp|a|q"
)
_RAW_TEXT = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "textarea", "title"})
_INERT_ENDS = frozenset({"noscript", "template"})

# An attribute section: anything but `>` and `=`, or `=` with its value (13.2.5.33 to 13.2.5.39).
_REST = rb"(?:[^>=]++|=[%(s)s]*+(?:\"[^\"]*+\"|'[^']*+'|[^%(s)s>\"'][^%(s)s>]*+|(?=>)))*+" % {b"s": _SPACE}
_PASS = (
    rb"(?:[^<]++|<(?![A-Za-z/!?])|<[!?](?!--)[^>]*+>|</(?![A-Za-z])[^>]*+>"
    rb"|</?(?!%%s)[A-Za-z][^%(s)s/>]*+%(rest)s>)*+" % {b"s": _SPACE, b"rest": _REST}
)
_TAKE = rb"<(?:(!--)|(/?)([A-Za-z][^%(s)s/>]*+)(%(rest)s)>)" % {b"s": _SPACE, b"rest": _REST}
_WANTED = rb"(?i:%s)(?=[%s/>])" % (_NAMES, _SPACE)
_WANTED_TAG = re.compile((_PASS % _WANTED) + _TAKE)
_ANY_TAG = re.compile((_PASS % rb"[A-Za-z]") + _TAKE)
_ATTRIBUTE = re.compile(
    rb"([^%(s)s/>=]++)(?:[%(s)s]*+=[%(s)s]*+(?:\"([^\"]*+)\"|'([^']*+)'|([^%(s)s>\"'][^%(s)s>]*+)))?+"
    % {b"s": _SPACE}
)
_COMMENT_END = re.compile(rb"--!?>")
_RAW_ENDS = {name: re.compile(rb"(?i:</%s)(?=[%s/>])" % (name.encode(), _SPACE)) for name in _RAW_TEXT}
# Attributes that can name a file on any element at all; where the document has none, most tags are passed over.
_ANYWHERE = re.compile(rb"(?i:url\(|data-bg|data-background)")


@dataclass(frozen=True, slots=True)
class Attribute:
    """An attribute's value and where it stands.

    Args:
        value: decoded, character references resolved.
        start: of the value in the bytes, without its quotes.
        end: of the value, exclusive.
        quote: `"`, `'` or nothing.
        name_start: of the attribute's name.
    """

    value: str
    start: int
    end: int
    quote: str
    name_start: int


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag, or the text of a raw-text element with it.

    Args:
        name: lower case.
        rest: span of its attributes.
        text: span of the raw text up to its end tag; empty for other elements.
        is_inert: inside `template`: no script or browser fetches what it names.
        in_noscript: inside `noscript`.
    """

    name: str
    rest: tuple[int, int]
    text: tuple[int, int]
    is_inert: bool
    in_noscript: bool


def scan(body: bytes) -> Iterator[Tag]:
    """The tags that may hold a link, in the order of the document."""
    pattern = _ANY_TAG if _ANYWHERE.search(body) else _WANTED_TAG
    position, size = 0, len(body)
    depth = {"template": 0, "noscript": 0}
    while (found := pattern.match(body, position)) is not None:
        position = found.end()
        if found[1]:
            # 13.2.5.44: `<!-->` and `<!--->` are comments already.
            end = _COMMENT_END.search(body, position - 2)
            if end is None:
                return
            position = end.end()
            continue
        name = found[3].decode("ascii", "replace").lower()
        if name in _INERT_ENDS:
            depth[name] = max(0, depth[name] + (-1 if found[2] else 1))
        if found[2]:
            continue
        if name == "plaintext":
            return
        text = (position, position)
        if name in _RAW_TEXT:
            end = _RAW_ENDS[name].search(body, position)
            text = (position, size if end is None else end.start())
            position = text[1]
        yield Tag(name, found.span(4), text, depth["template"] > 0, depth["noscript"] > 0)


def attributes(body: bytes, tag: Tag, codec: str) -> dict[str, Attribute]:
    """The attributes of a tag by lower-case name; of repeated ones the first (13.2.5.33)."""
    found: dict[str, Attribute] = {}
    for match in _ATTRIBUTE.finditer(body, *tag.rest):
        name = match[1].decode("latin-1").lower()
        if name in found:
            continue
        group = match.lastindex or 1
        if group == 1:
            found[name] = Attribute("", match.end(1), match.end(1), "", match.start(1))
            continue
        value = match[group].decode(codec, "replace")
        if "&" in value:
            value = html.unescape(value)
        found[name] = Attribute(value, *match.span(group), ("", '"', "'", "")[group - 1], match.start(1))
    return found
