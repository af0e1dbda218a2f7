"""Know whether a tag belongs to SVG or MathML, and where a raw-text element ends: both change how the rest is read.

In SVG `<script href="a.js"/>` ends itself, `<title>` may hold links and `<image>` is an image; in HTML the
first swallows the page, the second is text and the third is an `img` (HTML Standard, 13.2.6.5).
"""

from __future__ import annotations

import re

from crawler.links.tagpattern import BREAK_OUT, BREAK_OUT_ENDS, any_case

__all__ = ["RAW_TEXT", "Foreign", "foreign_text", "raw_text_end"]

RAW_TEXT = frozenset({"script", "style", "xmp", "iframe", "noembed", "noframes", "textarea", "title"})
"""Elements whose content is text (13.2.6.2, generic raw text and RCDATA element parsing)."""

_ROOTS = frozenset({"svg", "math"})
_INTEGRATION_POINTS = frozenset({"foreignobject", "desc", "title", "annotation-xml"})
# Deeper nesting has no use but to make us slow.
_MAX_DEPTH = 64
_RAW_ENDS = {name: re.compile(rb"</%s(?=[\t\n\f\r />])" % any_case([name])) for name in RAW_TEXT}
_SECTION = re.compile(rb"[\t\n\f\r ]*+<!\[CDATA\[")
_SCRIPT_SIGNS = re.compile(rb"<!--|-->|<(/?)%s(?=[\t\n\f\r />])" % any_case(["script"]))


class Foreign:
    """Follows the nesting of SVG and MathML.

    Args:
        is_xml: the document is XML: everything is foreign.
    """

    def __init__(self, *, is_xml: bool) -> None:
        self._open: list[str] = []
        self._is_xml = is_xml

    @property
    def is_inside(self) -> bool:
        """Whether the next tag would be foreign."""
        return self._is_xml or self.ends_anywhere

    @property
    def ends_anywhere(self) -> bool:
        """Whether a tag of HTML would end what is open; in XML none does."""
        return bool(self._open) and self._open[-1] in _ROOTS

    def start(self, name: str, *, is_closed: bool) -> bool:
        """Take in a start tag; whether its element is foreign."""
        if self._is_xml:
            return True
        if name in _ROOTS:
            self._push(name, is_closed=is_closed)
            return True
        if not self.is_inside:
            return False
        if name in BREAK_OUT:
            self._break_out()
            return False
        if name in _INTEGRATION_POINTS:
            self._push(name, is_closed=is_closed)
        return True

    def end(self, name: str) -> None:
        """Take in an end tag."""
        if name in BREAK_OUT_ENDS:
            self._break_out()
        elif name in self._open:
            while self._open.pop() != name:
                pass

    def _break_out(self) -> None:
        """13.2.6.5: pop up to HTML, be it inside of SVG."""
        while self._open and self._open[-1] in _ROOTS:
            self._open.pop()

    def _push(self, name: str, *, is_closed: bool) -> None:
        if not is_closed and len(self._open) < _MAX_DEPTH:
            self._open.append(name)


def foreign_text(body: bytes, start: int) -> tuple[int, int]:
    """Where the text of a style or title of SVG lies: up to the next tag, or in its CDATA section.

    What looks like a tag in there is one (13.2.6.5 switches no tokenizer), so the scan goes on at `start`.
    """
    section = _SECTION.match(body, start)
    begin = start if section is None else section.end()
    end = body.find(b"<" if section is None else b"]]>", begin)
    return begin, len(body) if end < 0 else end


def raw_text_end(body: bytes, name: str, start: int) -> int:
    """Where the end tag of a raw-text element begins; the end of the body if there is none."""
    if name == "script":
        return _script_end(body, start)
    found = _RAW_ENDS[name].search(body, start)
    return len(body) if found is None else found.start()


def _script_end(body: bytes, start: int) -> int:
    """13.2.5.15 to 13.2.5.31: in a `<!--` of a script, `<script` hides the next `</script`."""
    position = start
    is_escaped = is_doubly_escaped = False
    while (sign := _SCRIPT_SIGNS.search(body, position)) is not None:
        position = sign.end()
        if sign[0] == b"<!--":
            # `<!-->` opens and closes at once.
            position -= 0 if is_escaped else 2
            is_escaped = True
        elif sign[0] == b"-->":
            is_escaped = is_doubly_escaped = False
        elif not sign[1]:
            is_doubly_escaped = is_escaped
        elif is_doubly_escaped:
            is_doubly_escaped = False
        else:
            return sign.start()
    return len(body)
