"""Judge a path by robots.txt rules in the simplest way that is right: every rule is tried, the longest wins."""

from __future__ import annotations

import re
from collections.abc import Iterable

__all__ = ["simple_matches", "simple_verdict"]

_UNSAFE = r"%[0-9A-Fa-f]{2}|[\x00-\x20\"'<>\\^`{|}*$\x7f"
_UNRESERVED = re.compile(r"%(?:2[DE]|3[0-9]|4[1-9A-F]|5[0-9AF]|6[1-9A-F]|7[0-9AE])")


def simple_verdict(rules: Iterable[tuple[str, str]], path: str) -> tuple[bool, int]:
    """Whether `path` may be fetched, and how many octets the rule has that decided; 0: none did.

    Args:
        rules: `Allow` or `Disallow` with its pattern, in octets.
        path: in octets, from its first `/`.
    """
    written = _escaped(path, beyond_ascii=False)
    decoded = _decoded(written)
    longest = {"Allow": 0, "Disallow": 0}
    for kind, value in rules:
        is_anchored = value.endswith("$")
        pieces = [_escaped(piece, beyond_ascii=True) for piece in value.removesuffix("$").split("*")]
        normal = [_decoded(piece) for piece in pieces]
        octets = len("*".join(normal)) + is_anchored
        if kind == "Disallow":
            is_match = simple_matches(normal, _escaped(decoded, beyond_ascii=True), is_anchored=is_anchored)
        else:
            is_match = any(
                simple_matches(pieces, each, is_anchored=is_anchored) for each in (written, decoded)
            )
        if is_match and (value not in {"", "$"}):
            longest[kind] = max(longest[kind], octets)
    is_allowed = longest["Allow"] >= longest["Disallow"]
    return is_allowed, longest["Allow" if is_allowed else "Disallow"]


def simple_matches(pieces: list[str], path: str, *, is_anchored: bool) -> bool:
    """Whether the pieces stand in `path` in order, with anything between them."""
    if not path.startswith(pieces[0]):
        return False
    position = len(pieces[0])
    if len(pieces) == 1:
        return not is_anchored or position == len(path)
    for piece in pieces[1:-1]:
        found = path.find(piece, position)
        if found < 0:
            return False
        position = found + len(piece)
    return path.endswith(pieces[-1], position) if is_anchored else path.find(pieces[-1], position) >= 0


def _escaped(octets: str, *, beyond_ascii: bool) -> str:
    unsafe = _UNSAFE + (r"\x80-\xff]" if beyond_ascii else "]")
    return re.sub(unsafe, lambda found: found[0].upper() if found[0][1:] else f"%{ord(found[0]):02X}", octets)


def _decoded(escaped: str) -> str:
    return _UNRESERVED.sub(lambda found: chr(int(found[0][1:], 16)), escaped)
