"""Hold rules as they were read and checked: which items a page gives, and which links are to be followed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["SOURCE_FIELDS", "Field", "FollowRule", "ItemRule", "Rules", "Select", "Source", "Type", "Way"]

SOURCE_FIELDS = ("item", "source_url", "captured_at", "digest")
"""What every item tells of itself besides its fields: its name, and the answer that it comes from."""

Select = Callable[[Any], Any]
"""A compiled selector: gives what it selects below an element (lxml)."""


class Source(StrEnum):
    """What the items of a rule are: stretches of a page, objects of a JSON answer, of JSON-LD, rows of tables."""

    HTML = "html"
    JSON = "json"
    JSON_LD = "json-ld"
    TABLE = "table"


class Way(StrEnum):
    """How a field is found; the value is the key that says it in rules.toml."""

    CSS = "css"
    XPATH = "xpath"
    JSON_LD = "json_ld"
    OPENGRAPH = "opengraph"
    PATH = "path"
    COLUMN = "column"
    URL = "url"


class Type(StrEnum):
    """What a field's text is read as."""

    TEXT = "text"
    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    URL = "url"
    DATE = "date"
    JSON = "json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of an item.

    Args:
        name: of it.
        way: how it is found.
        place: the selector, path, column or pattern as written.
        select: the same compiled, for CSS and XPath.
        attribute: take this of the element; "": its text.
        takes_html: take the element's markup.
        type: what it is read as.
        is_list: all that is found; else the first.
        is_required: an item without it is no item.
        default: where nothing is found.
        match: take the first group of this, or all of it.
        replacements: patterns and what they are replaced with, in order.
        transforms: names of `value.TRANSFORMS`, in order.
        decimal: the sign before the fraction of a number.
        date_format: of `strptime`; "": ISO 8601.
        fields: of nested items, which are found in what is selected.
    """

    name: str
    way: Way
    place: str
    select: Select | None = None
    attribute: str = ""
    takes_html: bool = False
    type: Type = Type.TEXT
    is_list: bool = False
    is_required: bool = False
    default: Any = None
    match: re.Pattern[str] | None = None
    replacements: tuple[tuple[re.Pattern[str], str], ...] = ()
    transforms: tuple[str, ...] = ()
    decimal: str = "."
    date_format: str = ""
    fields: tuple[Field, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRule:
    """Items of one kind.

    Args:
        name: of the kind.
        source: what they are.
        urls: a page must match one of these; none: every page.
        each: where they are: a selector (HTML, tables), a path (JSON), a type (JSON-LD). "": one a page.
        select: the same compiled.
        fields: in order.
    """

    name: str
    source: Source = Source.HTML
    urls: tuple[re.Pattern[str], ...] = ()
    each: str = ""
    select: Select | None = None
    fields: tuple[Field, ...]

    def is_for(self, url: str) -> bool:
        """Whether a page with this URL may hold some."""
        return not self.urls or any(pattern.search(url) for pattern in self.urls)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowRule:
    """Links to follow besides those that stand in the page as links: the next page of a list, mostly.

    Args:
        urls: as of an `ItemRule`.
        link: finds the URLs.
    """

    urls: tuple[re.Pattern[str], ...] = ()
    link: Field

    def is_for(self, url: str) -> bool:
        """Whether it holds for a page with this URL."""
        return not self.urls or any(pattern.search(url) for pattern in self.urls)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """All of a file.

    Args:
        text: the file, from which the same rules can be read elsewhere.
        items: kinds of items.
        follows: links to follow.
    """

    text: str = field(repr=False)
    items: tuple[ItemRule, ...] = ()
    follows: tuple[FollowRule, ...] = ()

    def is_for(self, url: str) -> bool:
        """Whether any rule holds for this URL."""
        return any(each.is_for(url) for each in self.items) or any(each.is_for(url) for each in self.follows)
