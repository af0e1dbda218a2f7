"""Find the URLs of a `srcset` attribute, and where each of them stands.

A comma may be part of a URL (`data:`, image services), so splitting at commas breaks pages: the rules
are WHATWG HTML section 4.8.4.3.10, "parse a srcset attribute". Candidates whose descriptors a browser
refuses are left out: no browser asks for them.
"""

from __future__ import annotations

import re

__all__ = ["srcset", "srcset_spans"]

_BEFORE_URL = re.compile(r"[\t\n\f\r ,]*+")
_URL = re.compile(r"[^\t\n\f\r ]++")
# Parentheses do not nest, and hide commas and spaces; an open one reaches to the end.
_DESCRIPTORS = re.compile(r"(?:[^,(]++|\([^)]*+\)?)*+")
_DESCRIPTOR = re.compile(r"(?:[^\t\n\f\r (]++|\([^)]*+\)?)++")

# Valid non-negative integer and valid floating-point number, WHATWG HTML sections 2.3.4.2 and 2.3.4.3.
_INTEGER = re.compile(r"0*+[1-9][0-9]*+")
_NUMBER = re.compile(r"-?(?:[0-9]++(?:\.[0-9]++)?|\.[0-9]++)(?:[eE][-+]?[0-9]++)?")


def srcset(text: str) -> list[str]:
    """Give the candidates' URLs as written, in order, repeated ones too."""
    return [text[start:end] for start, end in srcset_spans(text)]


def srcset_spans(text: str) -> list[tuple[int, int]]:
    """Give start and end of each candidate's URL in `text`, in order."""
    spans: list[tuple[int, int]] = []
    position = _end(_BEFORE_URL, text, 0)
    while position < len(text):
        start, end = position, _end(_URL, text, position)
        if text[end - 1] == ",":
            position, descriptors = end, ""
            end = start + len(text[start:end].rstrip(","))
        else:
            position = _end(_DESCRIPTORS, text, end)
            descriptors = text[end:position]
        if _accepts(_DESCRIPTOR.findall(descriptors)):
            spans.append((start, end))
        position = _end(_BEFORE_URL, text, position)
    return spans


def _end(pattern: re.Pattern[str], text: str, position: int) -> int:
    match = pattern.match(text, position)
    assert match is not None
    return match.end()


def _accepts(descriptors: list[str]) -> bool:
    """Whether the descriptors are none, a density (`2x`), a width (`640w`), or a width with a height."""
    units = "".join(sorted(descriptor[-1] for descriptor in descriptors))
    if units == "x":
        return _is_density(descriptors[0][:-1])
    return units in {"", "w", "hw"} and all(_INTEGER.fullmatch(descriptor[:-1]) for descriptor in descriptors)


def _is_density(number: str) -> bool:
    return bool(_NUMBER.fullmatch(number)) and float(number) >= 0
