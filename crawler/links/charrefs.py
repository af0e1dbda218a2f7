"""Resolve character references by the rule that fits the place: attribute or text.

`html.unescape` knows the rule of text only: it would read `?a=1&copy=2` as `?a=1(c)=2`, drops control
characters and raises on a number of 5,000 digits.
"""

from __future__ import annotations

import re
from html.entities import html5

__all__ = ["unescape_attribute", "unescape_text"]

_REFERENCE = re.compile(r"&(?:#(?:[xX]([0-9A-Fa-f]++)|([0-9]++))|([A-Za-z][A-Za-z0-9]*+))(;?+)(=?+)")
_BARE_NAMES = {name: text for name, text in html5.items() if not name.endswith(";")}
_LONGEST_BARE_NAME = max(map(len, _BARE_NAMES))
_MAX_DIGITS = 7
_REPLACEMENT = "\ufffd"
# HTML Standard, 13.2.5.80 (numeric character reference end state): the table is windows-1252.
_WINDOWS = {
    code: bytes([code]).decode("cp1252") for code in range(0x80, 0xA0) if code not in b"\x81\x8d\x8f\x90\x9d"
}


def unescape_attribute(text: str) -> str:
    """Resolve the references of an attribute value (HTML Standard, 13.2.5.73, "for historical reasons").

    A name without `;` that letters, digits or `=` follow is none.
    """
    return _REFERENCE.sub(_in_attribute, text) if "&" in text else text


def unescape_text(text: str) -> str:
    """Resolve the references of text (HTML Standard, 13.2.5.73): the longest name that fits counts."""
    return _REFERENCE.sub(_in_text, text) if "&" in text else text


def _in_attribute(match: re.Match[str]) -> str:
    name, end, equals = match.group(3, 4, 5)
    if name is None:
        return _number(match) + equals
    if end:
        return html5.get(f"{name};", f"&{name};") + equals
    return match[0] if equals else _BARE_NAMES.get(name, match[0])


def _in_text(match: re.Match[str]) -> str:
    name, end, equals = match.group(3, 4, 5)
    if name is None:
        return _number(match) + equals
    if end and f"{name};" in html5:
        return html5[f"{name};"] + equals
    for size in range(min(len(name), _LONGEST_BARE_NAME), 1, -1):
        if name[:size] in _BARE_NAMES:
            return _BARE_NAMES[name[:size]] + name[size:] + end + equals
    return match[0]


def _number(match: re.Match[str]) -> str:
    digits = (match[1] or match[2]).lstrip("0") or "0"
    if len(digits) > _MAX_DIGITS:
        return _REPLACEMENT
    code = int(digits, 16 if match[1] else 10)
    if code == 0 or code > 0x10FFFF or 0xD800 <= code <= 0xDFFF:
        return _REPLACEMENT
    return _WINDOWS.get(code) or chr(code)
