r"""Find the URLs of a style sheet or a `style` attribute, and where each of them stands.

One regular expression cuts the text into the tokens of CSS Syntax 3 section 4 as far as they matter here:
comments and strings hide what looks like a URL, escapes (`\75rl(a\.png)`) hide what is one. Runs of
anything else are passed over in one step, which is what makes it fast.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from crawler.links.encoding import bom_encoding, header_encoding, label_encoding

__all__ = ["CssReference", "css_encoding", "css_spans", "css_string"]

_NEWLINE = r"\n\r\f"
_SPACE = r"\t\n\r\f "
_NAME_CHARS = r"[-A-Za-z0-9_\0\x80-\U0010ffff]"
_ESCAPED = rf"\\(?:[0-9A-Fa-f]{{1,6}}(?:\r\n|[{_SPACE}])?|[^{_NEWLINE}0-9A-Fa-f])"
_COMMENT = r"/\*(?s:.*?)(?:\*/|\Z)"
_IN_STRING = rf"\\(?s:[0-9A-Fa-f]{{1,6}}(?:\r\n|[{_SPACE}])?|\r\n|.|\Z)"
_DOUBLE = rf'(?:[^"\\{_NEWLINE}]++|{_IN_STRING})*+'
_SINGLE = rf"(?:[^'\\{_NEWLINE}]++|{_IN_STRING})*+"

_OUR_CALL = r"(?i:url|src|(?:-webkit-)?image-set)\("


def _tokens(passed_over: str) -> re.Pattern[str]:
    """The tokens of CSS; a run of what is `passed_over` is one token without a name."""
    return re.compile(
        rf"""
          (?: {passed_over} | /(?!\*) | <(?:!--)?+ )++
        | {_COMMENT}
        | "(?P<double>{_DOUBLE})(?:"|\Z)
        | '(?P<single>{_SINGLE})(?:'|\Z)
        | "{_DOUBLE} | '{_SINGLE}                                # broken off by a line break
        | (?P<mark>[@\#]?)(?P<name>(?:{_NAME_CHARS}++|{_ESCAPED})++)(?P<call>\()?+
        | (?P<open>[(\[{{])
        | (?P<close>[)\]}}])
        | (?s:.)
        """,
        re.VERBOSE,
    )


_OUTSIDE = _tokens(
    rf"""[^-A-Za-z0-9_\0\x80-\U0010ffff"'\\/@\#<]++ | \#{_NAME_CHARS}++(?!\\) | (?!{_OUR_CALL}){_NAME_CHARS}++(?!\\)"""
)
_INSIDE = _tokens(rf"""[^-A-Za-z0-9_\0\x80-\U0010ffff"'\\/@\#<()\[\]{{}}]++ | \#?{_NAME_CHARS}++(?![\\(])""")
_GAP = re.compile(rf"(?:[{_SPACE}]++|{_COMMENT})*+")
_PREFIX = re.compile(rf"(?:(?:{_NAME_CHARS}++|{_ESCAPED})++(?!\()(?:[{_SPACE}]++|{_COMMENT})*+)?+")
_BEFORE_URL = re.compile(rf"[{_SPACE}]*+")
_URL = re.compile(
    rf"""((?:[^"'()\\{_SPACE}\x01-\x08\x0b\x0e-\x1f\x7f]++|{_ESCAPED}|\\\Z)*+)[{_SPACE}]*+(?:\)|\Z)"""
)
_BAD_URL = re.compile(r"(?s:[^)\\]++|\\.?)*+\)?+")
_ESCAPE = re.compile(rf"(?s:\\(?:([0-9A-Fa-f]{{1,6}})(?:\r\n|[{_SPACE}])?|(\r\n|[{_NEWLINE}])|(.)|\Z))")
_CHARSET_RULE = re.compile(rb'@charset "([^"]*+)";')

# Fetched with CORS: CSS Masking 1, section 6.1, and CSS Shapes 1, section 3.4. Looked for from a reference backwards,
# as far as a declaration usually goes; and only as it is usually written.
_MASK_CHARS = 200
_MASK = re.compile(
    rf"(?:\A|[;{{}}/])[{_SPACE}]*+(?i:(?:-webkit-)?mask(?:-image|-box-image|-border|-border-source)?|shape-outside)"
    rf"[{_SPACE}]*+:[^;{{}}]*+\Z"
)

# A `<` is harmless in CSS but `</style` ends a style element.
_SPECIAL_QUOTED = re.compile(r"[\0-\x1f\x7f\"'\\<]")
_SPECIAL_BARE = re.compile(r"[\0-\x20\x7f\"'\\<()]")

_URL_FUNCTIONS = frozenset(("url", "src"))
_SET_FUNCTIONS = frozenset(("image-set", "-webkit-image-set"))
_URL_RULES = frozenset(("import", "namespace"))
_CLOSERS = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CssReference:
    """A URL in CSS text.

    Args:
        start: of the URL's text, inside the quotes.
        end: behind it.
        url: the URL with its escapes resolved.
        is_import: it names a style sheet to import.
        is_mask: it is an image by whose shape something is cut out: a browser asks for leave of its origin.
        quote: `"` or `'`; "" where it stands bare in `url()`.
    """

    start: int
    end: int
    url: str
    is_import: bool
    quote: str
    is_mask: bool = False


def css_spans(text: str) -> list[CssReference]:
    """Find every URL in `text`, in order.

    That is `url(...)`, `src("...")`, the strings of `image-set(...)` and those of `@import`; not the
    names of `@namespace`, nor what is empty or only a fragment, which CSS Values 4 section 4.5 keeps
    within the document. What a browser would drop for its syntax (`url(a"b)`, a string with a line
    break) is left out; what the end of the text cuts off counts, as in a browser.
    """
    scan = _Scan(text=text)
    position = 0
    while position < len(text):
        token = (_INSIDE if scan.blocks else _OUTSIDE).match(text, position)
        assert token is not None
        position = _read(scan, token)
    return scan.found


def css_string(url: str, quote: str) -> str:
    """Escape `url` for writing it where a reference with this `quote` stood.

    Args:
        url: any text.
        quote: as in `CssReference.quote`.
    """
    special = _SPECIAL_QUOTED if quote else _SPECIAL_BARE
    return special.sub(_escape, url)


def css_encoding(body: bytes, content_type: str | None = None) -> str:
    """Find the encoding of a style sheet: CSS Syntax 3 section 3.2; `utf-8` if nothing names one.

    Args:
        body: the content-decoded bytes.
        content_type: the `Content-Type` header as sent.
    """
    named = bom_encoding(body) or header_encoding(content_type)
    rule = None if named else _CHARSET_RULE.match(body[:1024])
    if rule:
        named = label_encoding(rule[1].decode("latin-1"))
        # The rule was read as ASCII, so it cannot be true.
        named = "utf-8" if named in {"utf-16le", "utf-16be"} else named
    return named or "utf-8"


def _escape(match: re.Match[str]) -> str:
    char = match[0]
    if char == "\0":
        # No escape gives a NUL (CSS Syntax 3 section 4.3.7); in a URL it can be percent-encoded.
        return "%00"
    return f"\\{char}" if char in "\"'\\()" else f"\\{ord(char):x} "


@dataclass(frozen=True, slots=True, kw_only=True)
class _Block:
    """An `image-set()` or a bracket inside one: what closes it, and whether strings directly inside are URLs."""

    closer: str
    holds_urls: bool = False


@dataclass(slots=True, kw_only=True)
class _Scan:
    """What is known on the way through the text.

    Args:
        text: all of it.
        found: so far.
        blocks: that are open from the outermost `image-set()` on, the innermost last; only there do
            brackets matter.
        awaits: `import`, `namespace` or `url` if the next token is the URL of such, else "".
    """

    text: str
    found: list[CssReference] = field(default_factory=list)
    blocks: list[_Block] = field(default_factory=list)
    awaits: str = ""


def _read(scan: _Scan, token: re.Match[str]) -> int:
    """Take in one token; give where the next one starts."""
    use, scan.awaits = scan.awaits, ""
    kind = token.lastgroup
    if kind in {"double", "single"}:
        if use or (scan.blocks and scan.blocks[-1].holds_urls):
            _keep(scan, token.span(kind), use, quote=token[0][0])
    elif kind == "open":
        _open(scan, token[0])
    elif kind == "close":
        if scan.blocks and scan.blocks[-1].closer == token[0]:
            scan.blocks.pop()
    elif kind:
        name = _unescaped(token["name"]).lower()
        if kind == "call":
            return _read_call(scan, token.end(), "" if token["mark"] else name, use)
        if token["mark"] == "@" and name in _URL_RULES:
            return _read_rule(scan, token.end(), name)
    return token.end()


def _read_call(scan: _Scan, position: int, name: str, use: str) -> int:
    text = scan.text
    if name == "url":
        position = _end(_BEFORE_URL, text, position)
        if text[position : position + 1] not in {'"', "'"}:
            return _read_bare_url(scan, position, use)
    if name == "src":
        position = _end(_GAP, text, position)
    scan.awaits = (use or "url") if name in _URL_FUNCTIONS else ""
    _open(scan, "(", holds_urls=name in _SET_FUNCTIONS)
    return position


def _open(scan: _Scan, bracket: str, *, holds_urls: bool = False) -> None:
    if holds_urls or scan.blocks:
        scan.blocks.append(_Block(closer=_CLOSERS[bracket], holds_urls=holds_urls))


def _read_bare_url(scan: _Scan, position: int, use: str) -> int:
    url = _URL.match(scan.text, position)
    if url is None:
        return _end(_BAD_URL, scan.text, position)
    _keep(scan, url.span(1), use, quote="")
    return url.end()


def _read_rule(scan: _Scan, position: int, name: str) -> int:
    """Pass over what may stand between the name of an at-rule and its URL."""
    scan.awaits = name
    position = _end(_GAP, scan.text, position)
    return _end(_PREFIX, scan.text, position) if name == "namespace" else position


def _keep(scan: _Scan, span: tuple[int, int], use: str, *, quote: str) -> None:
    start, end = span
    # At the end of the text a lone backslash is U+FFFD in a bare URL, nothing in a string.
    url = _unescaped(scan.text[start:end], at_end="" if quote else "\ufffd")
    if use != "namespace" and url.strip() and not url.lstrip().startswith("#"):
        is_mask = _MASK.search(scan.text, max(0, start - _MASK_CHARS), start) is not None
        scan.found.append(
            CssReference(
                start=start, end=end, url=url, is_import=use == "import", quote=quote, is_mask=is_mask
            )
        )


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    assert match is not None
    return match.end()


def _unescaped(raw: str, at_end: str = "") -> str:
    """Resolve escapes: CSS Syntax 3 section 4.3.7."""
    if "\0" in raw:
        raw = raw.replace("\0", "\ufffd")
    return _ESCAPE.sub(lambda match: _resolved(match, at_end), raw) if "\\" in raw else raw


def _resolved(escape: re.Match[str], at_end: str) -> str:
    digits, line_break, char = escape.groups()
    if digits:
        code = int(digits, 16)
        is_scalar = 0 < code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF
        return chr(code) if is_scalar else "\ufffd"
    if line_break:
        return ""
    return char or at_end
