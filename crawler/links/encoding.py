"""Say in which encoding the bytes of a page are written, and read them in it.

A wrong guess here breaks every non-ASCII link of a page, and parsers guess differently from browsers;
so the rules are the browsers' own (WHATWG HTML section 13.2.3, WHATWG Encoding), in their order: byte
order mark, HTTP header, declaration in the page. Only where a browser would fall back to its locale
do we look at the bytes.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

import webencodings

__all__ = [
    "bom_encoding",
    "decode",
    "header_encoding",
    "label_encoding",
    "python_codec",
    "sniff_encoding",
    "xml_encoding",
]

PRESCAN_BYTES = 1024
LATE_META_BYTES = 65_536
GUESS_BYTES = 65_536
DEFAULT = "windows-1252"

# Labels of encodings that an attacker can use to hide markup; WHATWG Encoding section 14.1. Listed
# here because old versions of webencodings give them a decoder.
_REPLACEMENT_LABELS = frozenset(
    ("csiso2022kr", "hz-gb-2312", "iso-2022-cn", "iso-2022-cn-ext", "iso-2022-kr", "replacement")
)
# Where the Python codec of the same name knows fewer characters than the WHATWG index has.
_WIDER_CODECS = {
    "big5": "big5hkscs",
    "euc-kr": "cp949",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    # Replacement: WHATWG gives one U+FFFD for the whole page. All of these encodings hold ASCII as
    # ASCII, so latin-1 still finds the links, and nothing here executes what it reads.
    "replacement": "latin-1",
    # Half private-use characters, of which no URL is made; webencodings registers no codec for it.
    "x-user-defined": "latin-1",
}
_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xfe\xff", "utf-16be"), (b"\xff\xfe", "utf-16le"))
_SPACE = b"\t\n\x0c\r "

_PARAMETER = re.compile(r';[\t\n\r ]*+([^;=]*+)(?:=(?:"((?:[^"\\]|\\.)*+)"?[^;]*+|([^;]*+)))?', re.DOTALL)
_MARKUP = re.compile(
    rb"(?P<comment><!--)|(?P<meta><meta(?=[\t\n\x0c\r /]))|(?P<tag></?[a-z][^\t\n\x0c\r >]*+)|<[!/?]",
    re.IGNORECASE,
)
_ATTRIBUTE_NAME = re.compile(rb"[^\t\n\x0c\r />][^\t\n\x0c\r />=]*+")
_SEPARATORS = re.compile(rb"[\t\n\x0c\r /]*+")
_EQUALS = re.compile(rb"[\t\n\x0c\r ]*+=[\t\n\x0c\r ]*+")
_UNQUOTED_VALUE = re.compile(rb"[^\t\n\x0c\r >]*+")
_CONTENT_CHARSET = re.compile(
    rb"charset[\t\n\x0c\r ]*+=[\t\n\x0c\r ]*+(?:\"([^\"]*+)\"|'([^']*+)'|([^\"'\t\n\x0c\r ;][^\t\n\x0c\r ;]*+))?",
    re.IGNORECASE,
)
_XML_ENCODING = re.compile(
    rb"<\?xml[^>]*?encoding[\x00-\x20]*+=[\x00-\x20]*+(?:\"([^\">\x00-\x20]*+)\"|'([^'>\x00-\x20]*+)')[^>]*+>"
)
_XML_TYPE = re.compile(r"[\t\n\r ]*+[^;\t\n\r ]*?[/+]xml[\t\n\r ]*+(?:;|\Z)", re.IGNORECASE)
# Elements inside which a parser sees no tags, by the opening of their start tag.
_RAW_TEXT_END = {
    b"<" + name: re.compile(rb"</" + name + rb"[\t\n\x0c\r />]", re.IGNORECASE)
    for name in (b"script", b"style", b"title", b"textarea", b"xmp", b"iframe", b"noembed", b"noframes")
}


def sniff_encoding(body: bytes, content_type: str | None = None) -> str:
    """Find the encoding of a page: WHATWG HTML section 13.2.3.2, the encoding sniffing algorithm.

    What a browser leaves to the user's locale is decided by the bytes: UTF-16 by its zero bytes, UTF-8
    if the first 64 KiB are valid and not mere ASCII, else windows-1252. XML is UTF-8 unless it says
    otherwise (RFC 7303 section 3).

    Args:
        body: the content-decoded bytes.
        content_type: the `Content-Type` header as sent.

    Returns:
        A WHATWG encoding name in lower case.
    """
    named = bom_encoding(body) or header_encoding(content_type)
    if named:
        return named
    if content_type and _XML_TYPE.match(content_type):
        return xml_encoding(body)
    declared = _prescan(body[:PRESCAN_BYTES]) or _late_meta(body)
    return declared or _guess(body)


def bom_encoding(body: bytes) -> str | None:
    """The encoding that a byte order mark names (WHATWG Encoding section 6, BOM sniff), or None."""
    return next((name for mark, name in _BOMS if body.startswith(mark)), None)


def header_encoding(content_type: str | None) -> str | None:
    """The encoding that a `Content-Type` header names, or None; the first `charset` counts.

    Source: WHATWG MIME Sniffing section 4.4.
    """
    for match in _PARAMETER.finditer(content_type or ""):
        name, quoted, token = match.groups()
        if name.strip().lower() != "charset" or (quoted is None and not token):
            continue
        value = (
            re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
            if quoted is not None
            else token.partition(",")[0]
        )
        return label_encoding(value)
    return None


def xml_encoding(body: bytes) -> str:
    """The encoding of an XML document: byte order mark, declaration, else `utf-8` (XML 1.0 appendix F)."""
    head = body[:PRESCAN_BYTES]
    return bom_encoding(head) or _utf16_declaration(head) or _xml_declaration(head) or "utf-8"


def label_encoding(label: str) -> str | None:
    """Get the WHATWG name of an encoding from one of its labels, None if it is none (Encoding section 4.2)."""
    if label.strip("\t\n\f\r ").lower() in _REPLACEMENT_LABELS:
        return "replacement"
    known = _lookup(label)
    return str(known.name) if known else None


def python_codec(name: str) -> str:
    """The Python codec that decodes a WHATWG encoding best; `cp1252` for a name nobody knows."""
    wider = _WIDER_CODECS.get(name.lower())
    if wider:
        return wider
    known = _lookup(name)
    return str(known.codec_info.name) if known else "cp1252"


def decode(body: bytes, encoding: str) -> str:
    """Read `body`; what cannot be read becomes U+FFFD, a byte order mark is obeyed and dropped.

    Args:
        body: the content-decoded bytes.
        encoding: as from `sniff_encoding`.
    """
    text = body.decode(python_codec(bom_encoding(body) or encoding), errors="replace")
    return text.removeprefix("\ufeff")


def _lookup(label: str) -> webencodings.Encoding | None:
    # webencodings encodes the label to lower it; header text may hold lone surrogates.
    return webencodings.lookup(label) if label.isascii() else None


def _in_page(label: bytes) -> str | None:
    """Get an encoding from a label found inside the page, which was read as ASCII to find it."""
    name = label_encoding(label.decode("latin-1"))
    if name in {"utf-16le", "utf-16be"}:
        return "utf-8"
    return DEFAULT if name == "x-user-defined" else name


def _guess(body: bytes) -> str:
    if len(body) >= 4 and (body[1], body[3]) == (0, 0) and body[0] and body[2]:
        return "utf-16le"
    if len(body) >= 4 and (body[0], body[2]) == (0, 0) and body[1] and body[3]:
        return "utf-16be"
    head = body[:GUESS_BYTES]
    if head.isascii():
        return DEFAULT
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) == len(body))
    except UnicodeDecodeError:
        return DEFAULT
    return "utf-8"


def _utf16_declaration(head: bytes) -> str | None:
    if head.startswith(b"<\0?\0x\0"):
        return "utf-16le"
    return "utf-16be" if head.startswith(b"\0<\0?\0x") else None


def _xml_declaration(head: bytes) -> str | None:
    match = _XML_ENCODING.match(head)
    return _in_page(match[1] or match[2] or b"") if match else None


def _prescan(head: bytes) -> str | None:
    """Prescan a byte stream to determine its encoding (WHATWG HTML section 13.2.3.2)."""
    return _utf16_declaration(head) or _declared(head, skip_raw_text=False) or _xml_declaration(head)


def _late_meta(body: bytes) -> str | None:
    """A declaration that only a parser meets (WHATWG HTML section 13.2.3.4, changing the encoding).

    A parser would not look into scripts and the like, unlike the prescan.
    """
    if len(body) <= PRESCAN_BYTES:
        return None
    return _declared(body[:LATE_META_BYTES], skip_raw_text=True)


def _declared(head: bytes, *, skip_raw_text: bool) -> str | None:
    """Walk over tags and comments; give the first meta element's encoding, None at the end of bytes."""
    position = 0
    while markup := _MARKUP.search(head, position):
        if markup["comment"]:
            # The dashes that open a comment may be those that close it.
            position = _after(head, b"-->", markup.start() + 2)
            continue
        if not (markup["meta"] or markup["tag"]):
            position = _after(head, b">", markup.start())
            continue
        attributes = _attributes(head, markup.end())
        if attributes is None:
            return None
        encoding = _meta_encoding(attributes.pairs) if markup["meta"] else None
        if encoding:
            return encoding
        position = attributes.end
        raw_text_end = _RAW_TEXT_END.get(markup[0].lower()) if skip_raw_text else None
        if raw_text_end:
            end_tag = raw_text_end.search(head, position)
            position = end_tag.start() if end_tag else len(head)
    return None


def _after(head: bytes, mark: bytes, start: int) -> int:
    found = head.find(mark, start)
    return found + len(mark) if found >= 0 else len(head)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attributes:
    pairs: dict[bytes, bytes]
    end: int


def _attributes(head: bytes, start: int) -> _Attributes | None:
    """Get every attribute of a tag, names and values in lower case; None if the bytes run out."""
    pairs: dict[bytes, bytes] = {}
    position = start
    while True:
        separators = _SEPARATORS.match(head, position)
        assert separators is not None
        position = separators.end()
        if head[position : position + 1] == b">":
            return _Attributes(pairs=pairs, end=position + 1)
        name = _ATTRIBUTE_NAME.match(head, position)
        if name is None:
            return None
        equals = _EQUALS.match(head, name.end())
        value, position = _value(head, equals.end()) if equals else (b"", name.end())
        if position < 0:
            return None
        pairs.setdefault(name[0].lower(), value.lower())


def _value(head: bytes, start: int) -> tuple[bytes, int]:
    quote = head[start : start + 1]
    if quote in {b'"', b"'"}:
        end = head.find(quote, start + 1)
        return head[start + 1 : end], end + 1 if end >= 0 else -1
    bare = _UNQUOTED_VALUE.match(head, start)
    assert bare is not None
    return bare[0], bare.end()


def _meta_encoding(pairs: dict[bytes, bytes]) -> str | None:
    if b"charset" in pairs:
        return _in_page(pairs[b"charset"])
    if pairs.get(b"http-equiv") != b"content-type":
        return None
    # "charset" without "=" is passed over, an unmatched quote ends the search: section 2.5.3 (extracting
    # a character encoding from a meta element).
    match = _CONTENT_CHARSET.search(pairs.get(b"content", b""))
    return _in_page(match[1] or match[2] or match[3] or b"") if match else None
