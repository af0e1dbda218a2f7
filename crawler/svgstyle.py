"""Read the style of an SVG file as far as drawing programs write it: plain rules and `style` attributes.

Anything else (at-rules, combinators, `!important`, escapes) is not guessed at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

__all__ = ["INLINE", "PAINTED", "Rule", "UnreadableError", "declarations", "read_rules", "style_of"]

PAINTED = ("fill", "stroke", "stroke-width")
"""Inherited properties that style sheets of pages set for the elements of SVG."""

INLINE = frozenset(
    [
        "fill",
        "fill-opacity",
        "fill-rule",
        "clip-rule",
        "clip-path",
        "mask",
        "marker-start",
        "marker-mid",
        "marker-end",
        "stroke",
        "stroke-dasharray",
        "stroke-dashoffset",
        "stroke-linecap",
        "stroke-linejoin",
        "stroke-miterlimit",
        "stroke-opacity",
        "stroke-width",
        "opacity",
        "stop-color",
        "stop-opacity",
        "color",
        "display",
        "visibility",
        "overflow",
        "paint-order",
        "vector-effect",
        "shape-rendering",
        "text-rendering",
        "text-anchor",
        "dominant-baseline",
        "font-family",
        "font-weight",
        "font-style",
    ]
)
"""Attributes that mean in a style what they mean as an attribute (SVG 2, 6.6, presentation attributes)."""

_MORE = frozenset(
    {"font-size", "letter-spacing", "word-spacing", "transform", "transform-origin", "transform-box"}
)
_HARMLESS = ("-inkscape-", "-sodipodi-")
_MAX_RULES = 1_000
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"\s*+([^{}@\\<!]++)\{([^{}@\\<!]*+)\}")
_SIMPLE = re.compile(r"(\*|[A-Za-z][A-Za-z0-9]*+)?+((?:[.#][A-Za-z_][-\w]*+)*+)", re.ASCII)
_NAMED = re.compile(r"([.#])([-\w]+)", re.ASCII)


class UnreadableError(Exception):
    """It says something that is not understood here."""


class Rule(NamedTuple):
    """One selector with what it says.

    Args:
        tag: local name, or nothing for any.
        names: the id, then classes, that the element must have.
        weight: specificity (Selectors 4, section 16).
        says: property and value.
    """

    tag: str
    names: frozenset[tuple[str, str]]
    weight: tuple[int, int, int]
    says: dict[str, str]


def read_rules(text: str) -> tuple[Rule, ...]:
    """The rules of a style sheet, the weightiest last.

    Raises:
        UnreadableError: there is more in it than plain rules.
    """
    text = _COMMENT.sub(" ", text)
    rules: list[Rule] = []
    position = 0
    while text[position:].strip():
        found = _RULE.match(text, position)
        if found is None or len(rules) > _MAX_RULES:
            raise UnreadableError
        position = found.end()
        says = declarations(found[2])
        rules += (_rule(selector.strip(), says) for selector in found[1].split(","))
    return tuple(sorted(rules, key=lambda rule: rule.weight))


def style_of(rules: Iterable[Rule], tag: str, name: str, classes: Iterable[str]) -> dict[str, str]:
    """What the rules say of an element with this id and these classes."""
    has = {("#", name), *((".", each) for each in classes)}
    said: dict[str, str] = {}
    for rule in rules:
        if rule.tag in {"", tag} and rule.names <= has:
            said |= rule.says
    return said


def declarations(text: str) -> dict[str, str]:
    """The properties that a `style` attribute or a rule sets.

    Raises:
        UnreadableError: one of them is none that is known here.
    """
    return dict(_declarations(_COMMENT.sub(" ", text)))


def _declarations(text: str) -> Iterator[tuple[str, str]]:
    for each in text.split(";"):
        name, colon, value = each.partition(":")
        name, value = name.strip().lower(), value.strip()
        if not name and not colon:
            continue
        if name.startswith(_HARMLESS):
            continue
        if name not in INLINE | _MORE or not value or not set(value).isdisjoint("{}@\\<!;"):
            raise UnreadableError
        yield name, value


def _rule(selector: str, says: dict[str, str]) -> Rule:
    simple = _SIMPLE.fullmatch(selector)
    if simple is None or not selector:
        raise UnreadableError
    tag = "" if simple[1] in {None, "*"} else simple[1]
    names = frozenset(_NAMED.findall(simple[2]))
    ids = sum(1 for mark, _ in names if mark == "#")
    return Rule(tag, names, (ids, len(names) - ids, bool(tag)), says)
