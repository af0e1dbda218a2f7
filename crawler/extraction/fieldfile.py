"""Read and check one field of a rule as it stands in `rules.toml`: a text, or a table."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from crawler.extraction.lines import Step
from crawler.extraction.rule import SOURCE_FIELDS, Field, Source, Type, Way
from crawler.extraction.told import path_steps
from crawler.extraction.tree import css, xpath
from crawler.extraction.value import TRANSFORMS

__all__ = ["NAME", "BadRuleError", "field_of", "patterns_of", "unknown"]

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")
"""Names of items and fields: what is a column in every database."""

_MOST_NESTED = 8
_FLAGS = ("required", "list", "html")
_KEYS = (
    *(way.value for way in Way),
    *("attribute", "html", "type", "list", "required", "default", "match", "replace", "transform"),
    *("decimal", "format", "fields"),
)
_WAYS: Mapping[Source, tuple[Way, ...]] = {
    Source.HTML: (Way.CSS, Way.XPATH, Way.JSON_LD, Way.OPENGRAPH, Way.URL),
    Source.JSON: (Way.PATH, Way.URL),
    Source.JSON_LD: (Way.PATH, Way.URL),
    Source.TABLE: (Way.COLUMN, Way.URL),
}
_LINKING = frozenset({"href", "src", "action", "poster", "data-src"})


class BadRuleError(Exception):
    """A rule that cannot be obeyed; `str()` of it says why.

    Args:
        path: where it stands in the file, or would.
        reason: one line.
    """

    def __init__(self, path: tuple[Step, ...], reason: str) -> None:
        super().__init__(reason)
        self.path = path


def unknown(table: Mapping[str, Any], known: Collection[str]) -> str:
    """The first key that nobody knows; "": there is none."""
    return next((key for key in table if key not in known), "")


def patterns_of(table: Mapping[str, Any], path: tuple[Step, ...]) -> tuple[re.Pattern[str], ...]:
    """The patterns of a rule's `url`: a text, or a list of them."""
    said = table.get("url", [])
    texts = [said] if isinstance(said, str) else said
    if not isinstance(texts, list) or not all(isinstance(each, str) for each in texts):
        raise BadRuleError((*path, "url"), "url must be a regular expression, or a list of them")
    return tuple(_pattern(each, (*path, "url")) for each in texts)


def field_of(name: str, said: Any, source: Source, path: tuple[Step, ...], depth: int = 0) -> Field:
    """One field.

    Args:
        name: of it.
        said: a text says the usual way of its source: CSS, a path, a column.
        source: of the item.
        path: where it stands.
        depth: of the fields that it is in.

    Raises:
        BadRuleError: it cannot be obeyed.
    """
    if not NAME.fullmatch(name):
        raise BadRuleError(path, f"{name!r} is no name; use letters, digits and _")
    if name.lower() in SOURCE_FIELDS and not depth:
        raise BadRuleError(path, f"{name} is what every item has already; choose another name")
    usual = _WAYS[source][0]
    table = {usual.value: said} if isinstance(said, str) else said
    if not isinstance(table, dict):
        raise BadRuleError(path, f"{name} must be a text ({usual}) or a table")
    if unlike := unknown(table, _KEYS):
        raise BadRuleError((*path, unlike), f"{name}: {unlike} is unknown; choose from {', '.join(_KEYS)}")
    _check_types(name, table, path)
    way, place = _way(name, table, source, path)
    nested = _nested(name, table, source, way, path, depth)
    attribute = table.get("attribute", "")
    if attribute and way is not Way.CSS:
        raise BadRuleError((*path, "attribute"), f"{name}: attribute goes with css alone")
    return Field(
        name=name,
        way=way,
        place=place,
        select=_selector(way, place, path),
        attribute=attribute,
        takes_html=table.get("html", False),
        type=_type(name, table, attribute, path),
        is_list=table.get("list", False),
        is_required=table.get("required", False),
        default=table.get("default"),
        match=_pattern(table["match"], (*path, "match")) if "match" in table else None,
        replacements=_replacements(name, table.get("replace", []), path),
        transforms=_transforms(name, table.get("transform", []), path),
        decimal=table.get("decimal", "."),
        date_format=table.get("format", ""),
        fields=nested,
    )


def _check_types(name: str, table: Mapping[str, Any], path: tuple[Step, ...]) -> None:
    for key in _FLAGS:
        if not isinstance(table.get(key, False), bool):
            raise BadRuleError((*path, key), f"{name}: {key} must be true or false")
    for key in ("attribute", "match", "decimal", "format"):
        if not isinstance(table.get(key, ""), str):
            raise BadRuleError((*path, key), f"{name}: {key} must be a text")
    if table.get("required") and "default" in table:
        raise BadRuleError(
            (*path, "default"), f"{name}: what has a default is never missing; take required away"
        )
    if table.get("decimal", ".") not in (".", ","):
        raise BadRuleError((*path, "decimal"), f'{name}: decimal must be "." or ","')


def _way(name: str, table: Mapping[str, Any], source: Source, path: tuple[Step, ...]) -> tuple[Way, str]:
    ways = _WAYS[source]
    found = [way for way in Way if way.value in table]
    if len(found) != 1 or found[0] not in ways:
        raise BadRuleError(path, f"{name} needs one of {', '.join(ways)} where items are from {source}")
    way, place = found[0], table[found[0].value]
    if not isinstance(place, str) or not (place.strip() or way is Way.PATH):
        raise BadRuleError((*path, way.value), f"{name}: {way} must be a text")
    return way, place


def _selector(way: Way, place: str, path: tuple[Step, ...]) -> Any:
    """The compiled selector, if there is one; everything else is tried, too."""
    at = (*path, way.value)
    try:
        match way:
            case Way.CSS:
                return css(place)
            case Way.XPATH:
                return xpath(place)
            case Way.JSON_LD | Way.PATH if place:
                path_steps(place)
            case Way.URL:
                _pattern(place, at)
    except ValueError as error:
        raise BadRuleError(at, str(error)) from None
    return None


def _type(name: str, table: Mapping[str, Any], attribute: str, path: tuple[Step, ...]) -> Type:
    said = table.get("type", "url" if attribute in _LINKING else "text")
    try:
        return Type(said)
    except ValueError:
        choices = ", ".join(Type)
        raise BadRuleError(
            (*path, "type"), f"{name}: type {said!r} is unknown; choose from {choices}"
        ) from None


def _nested(  # noqa: PLR0917 - all of it says where a field stands
    name: str, table: Mapping[str, Any], source: Source, way: Way, path: tuple[Step, ...], depth: int
) -> tuple[Field, ...]:
    said = table.get("fields", {})
    if not isinstance(said, dict) or ("fields" in table and not said):
        raise BadRuleError((*path, "fields"), f"{name}: fields must be a table of fields")
    if said and way not in (Way.CSS, Way.XPATH, Way.PATH):
        raise BadRuleError((*path, "fields"), f"{name}: fields go with css, xpath or path alone")
    if said and depth == _MOST_NESTED:
        raise BadRuleError((*path, "fields"), f"{name}: fields in fields are {_MOST_NESTED} deep at most")
    at = (*path, "fields")
    return tuple(field_of(key, each, source, (*at, key), depth + 1) for key, each in said.items())


def _replacements(name: str, said: Any, path: tuple[Step, ...]) -> tuple[tuple[re.Pattern[str], str], ...]:
    at = (*path, "replace")
    match said:
        case [str(), str()]:
            pairs = [said]
        case list() if all(
            isinstance(each, list) and len(each) == 2 and all(isinstance(one, str) for one in each)
            for each in said
        ):
            pairs = said
        case _:
            raise BadRuleError(at, f'{name}: replace must be ["what", "instead"], or a list of such pairs')
    found = []
    for what, instead in pairs:
        pattern = _pattern(what, at)
        try:
            # Read before anything is looked for: a group that is not there is told.
            pattern.sub(instead, "")
        except (re.error, IndexError) as error:
            raise BadRuleError(at, f"{name}: {instead!r} replaces nothing: {error}") from None
        found.append((pattern, instead))
    return tuple(found)


def _transforms(name: str, said: Any, path: tuple[Step, ...]) -> tuple[str, ...]:
    names = [said] if isinstance(said, str) else said
    if isinstance(names, list) and all(isinstance(each, str) and each in TRANSFORMS for each in names):
        return tuple(names)
    raise BadRuleError((*path, "transform"), f"{name}: transform must be of {', '.join(TRANSFORMS)}")


def _pattern(text: str, path: tuple[Step, ...]) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise BadRuleError(path, f"{text!r} is no regular expression: {error}") from None
