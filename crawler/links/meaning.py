"""Say what the rest of a tag makes of the URL in one of its attributes."""

from __future__ import annotations

from bs4.element import Tag as SoupTag

__all__ = ["STRIPPED", "is_nofollow", "meant", "word"]

STRIPPED = " \t\n\f\r"
"""What counts as space around a value (HTML Standard, ASCII whitespace)."""


def meant(name: str, attribute: str, soup_tag: SoupTag) -> str:
    """The element's name, as a context of references tells it: with what changes the meaning of its URL."""
    if name == "form" and word(soup_tag, "method", "get") != "get":
        return "posting form"
    if name == "script" and attribute == "src" and word(soup_tag, "type") == "module":
        return "module script"
    # SVG 2, 16.1.6: with both, xlink:href counts for nothing.
    return "overruled use" if name == "use" and attribute != "href" and soup_tag.has_attr("href") else name


def word(soup_tag: SoupTag, attribute: str, default: str = "") -> str:
    """The value of an attribute that is a keyword."""
    return str(soup_tag.get(attribute, default)).strip(STRIPPED).lower()


def is_nofollow(soup_tag: SoupTag) -> bool:
    """Whether the link asks not to be followed."""
    rel = soup_tag.attrs.get("rel")
    return rel is not None and "nofollow" in str(rel).lower().split()
