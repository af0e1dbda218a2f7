"""Find the tags of an HTML document that can hold a link, with the place of every attribute value.

A tokenizer by the HTML Standard (section 13.2.5), not a tree builder: that is all that links and
in-place rewriting need, and it gives byte positions, which no HTML library does. Tags without an
attribute of `crawler.links.elements` are passed over inside one regular expression; its loops are
possessive, so it is linear on any input.

The bytes must be in an encoding that is a superset of ASCII in which `<>"'=&` never are trail bytes
(`crawler.links.text` sees to that).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from crawler.links.charrefs import unescape_attribute
from crawler.links.foreign import RAW_TEXT, Foreign, foreign_text, raw_text_end
from crawler.links.tagpattern import ATTRIBUTE, TagPatterns, tag_patterns

__all__ = ["Attribute", "Tag", "attributes", "attributes_between", "scan"]

# HTML Standard, 13.2.5.43 to 13.2.5.51: `<!-->` and `<!--->` are comments already, `<!--!>` is none yet.
_EMPTY_COMMENT_END = re.compile(rb"-?>")
_COMMENT_END = re.compile(rb"--!?>")
_XML_COMMENT_END = re.compile(rb"-->")
_SHADOW_ROOT = re.compile(rb"(?i:shadowrootmode)[\t\n\f\r ]*+=[\t\n\f\r ]*+[\"']?+(?i:open|closed)")
_READ_TEXT = frozenset({"style", "title"})
# 13.2.6.4.7: 'Change the token's tag name to "img" and reprocess it. (Don't ask.)'
_TAKEN_FOR = {"image": "img"}
_SLASH = 0x2F
_QUOTES = ("", "", '"', "'", "")


class Attribute(NamedTuple):
    """An attribute's value and where it stands.

    Args:
        value: decoded, character references resolved; bytes that cannot be decoded are surrogates.
        start: of the value, without its quotes; where there is no value, behind the name or the `=`.
        end: of the value, exclusive.
        quote: `"`, `'` or nothing.
        name_start: of the attribute's name.
    """

    value: str
    start: int
    end: int
    quote: str
    name_start: int


class Tag(NamedTuple):
    """A start tag, or the text of a raw-text element with it.

    Args:
        name: lower case.
        rest: span of its attributes.
        text: span of the raw text up to its end tag; empty for other elements.
        is_inert: inside `template`: no script or browser fetches what it names.
        in_noscript: inside `noscript`.
        is_foreign: an element of SVG or MathML.
    """

    name: str
    rest: tuple[int, int]
    text: tuple[int, int]
    is_inert: bool = False
    in_noscript: bool = False
    is_foreign: bool = False


class _Inert:
    """Counts how deep we are in `template` and `noscript`.

    A declarative shadow root is shown like any content (4.12.3), so it counts as no template.
    """

    def __init__(self) -> None:
        self._templates: list[bool] = []
        self.depth = 0
        self.noscripts = 0

    def start(self, name: str, rest: bytes) -> None:
        if name == "noscript":
            self.noscripts += 1
        elif name == "template":
            self._templates.append(_SHADOW_ROOT.search(rest) is None)
            self.depth += self._templates[-1]

    def end(self, name: str) -> None:
        if name == "noscript":
            self.noscripts = max(0, self.noscripts - 1)
        elif name == "template" and self._templates:
            self.depth -= self._templates.pop()


def scan(
    body: bytes,
    *,
    is_xml: bool = False,
    follow: Callable[[re.Match[bytes]], None] | None = None,
    patterns: TagPatterns | None = None,
) -> Iterator[Tag]:
    """The tags that may hold a link, in the order of the document.

    A tag whose only link is to a fragment of this very document is left out; and so is what the tree
    builder of the standard would drop or move, except that it is kept: a browser that is kinder than
    the standard may show it.

    Args:
        body: the document.
        is_xml: it is read as XML: an element that closes itself has no text, CDATA sections count.
        follow: takes the plain links of HTML (`crawler.links.tagpattern.TagPatterns`), which are no tags here then.
        patterns: of the document, if the caller has them.
    """
    following, linkless, following_foreign, following_plain, _ = patterns or tag_patterns(body)
    if follow is not None and not is_xml:
        following = following_plain
    position = 0
    inert = _Inert()
    foreign = Foreign(is_xml=is_xml)
    while (
        found := (following_foreign if foreign.ends_anywhere else following).match(body, position)
    ) is not None:
        position = found.end()
        if follow is not None and found[1] is not None:
            if inert.depth or inert.noscripts:
                yield Tag("a", found.span(1), (position, position), inert.depth > 0, inert.noscripts > 0)
            else:
                follow(found)
            continue
        if found[4]:
            position = _after_opening(body, position, found[4], is_foreign=foreign.is_inside, is_xml=is_xml)
            if position < 0:
                return
            continue
        name = found[6].decode("latin-1").lower()
        if found[5]:
            inert.end(name)
            foreign.end(name)
            continue
        rest = found.span(7)
        is_closed = body[position - 2] == _SLASH
        is_foreign = foreign.start(name, is_closed=is_closed)
        inert.start(name, found[7])
        if name == "plaintext" and not is_foreign:
            return
        name = name if is_foreign else _TAKEN_FOR.get(name, name)
        text, position = _text_of(body, name, position, is_foreign=is_foreign, is_closed=is_closed)
        if (name in _READ_TEXT and text[0] < text[1]) or not linkless.match(body, rest[0]):
            yield Tag(name, rest, text, inert.depth > 0, inert.noscripts > 0, is_foreign)


def _text_of(
    body: bytes, name: str, start: int, *, is_foreign: bool, is_closed: bool
) -> tuple[tuple[int, int], int]:
    """The text of an element that holds nothing else, and where the scan goes on: in SVG and MathML within it."""
    if name in RAW_TEXT and not is_foreign:
        end = raw_text_end(body, name, start)
        return (start, end), end
    if name in _READ_TEXT and is_foreign and not is_closed:
        return foreign_text(body, start), start
    return (start, start), start


def _after_opening(body: bytes, position: int, opening: bytes, *, is_foreign: bool, is_xml: bool) -> int:
    """The position behind the comment or CDATA section that was opened; -1 if it has no end."""
    if opening == b"!--":
        empty = None if is_xml else _EMPTY_COMMENT_END.match(body, position)
        end = empty or (_XML_COMMENT_END if is_xml else _COMMENT_END).search(body, position)
        return -1 if end is None else end.end()
    # 13.2.5.42: outside of SVG and MathML a CDATA section is a bogus comment.
    mark = b"]]>" if is_foreign else b">"
    end_at = body.find(mark, position)
    return -1 if end_at < 0 else end_at + len(mark)


def attributes(body: bytes, tag: Tag, codec: str) -> dict[str, Attribute]:
    """The attributes of a tag by lower-case name; of repeated ones the first (13.2.5.33)."""
    found = attributes_between(body, *tag.rest, codec)
    return {name: each for name, each in found.items() if " " not in name}


def attributes_between(body: bytes, start: int, end: int, codec: str) -> dict[str, Attribute]:
    """The attributes that stand in this stretch of `body`.

    Those that repeat a name stand under it, a space and a number: no name holds a space.
    """
    found: dict[str, Attribute] = {}
    for match in ATTRIBUTE.finditer(body, start, end):
        name = match[1].decode("latin-1").lower()
        if name in found:
            name = f"{name} {len(found)}"
        name_start, name_end = match.span(1)
        group = match.lastindex or 1
        if group == 1:
            value_at = name_end if match.end() == name_end else body.index(b"=", name_end) + 1
            found[name] = Attribute("", value_at, value_at, "", name_start)
            continue
        value = unescape_attribute(_decoded(match[group], codec)).replace("\0", "\ufffd")
        value_start, value_end = match.span(group)
        found[name] = Attribute(value, value_start, value_end, _QUOTES[group], name_start)
    return found


def _decoded(value: bytes, codec: str) -> str:
    """What cannot be decoded stands as lone surrogates, so that rewriting can put it back."""
    if value.isascii():
        return value.decode("ascii")
    try:
        return value.decode(codec, "surrogateescape")
    except UnicodeDecodeError:
        return value.decode(codec, "replace")
