"""Read and check `rules.toml`; what cannot be meant is told with its line and a reason, before anything is asked.

docs/extraction.md says what may stand there.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from crawler.errors import UsageError
from crawler.extraction.fieldfile import NAME, BadRuleError, field_of, patterns_of, unknown
from crawler.extraction.lines import Step, line_of
from crawler.extraction.rule import Field, FollowRule, ItemRule, Rules, Select, Source, Way
from crawler.extraction.told import path_steps
from crawler.extraction.tree import css, xpath

__all__ = ["read_rules"]

_LINE = re.compile(r" \(at line (\d+), column \d+\)")
_KEYS = ("name", "url", "from", "each", "each_xpath", "fields")
_FOLLOW_KEYS = ("url", "css", "xpath", "path", "attribute", "match", "replace")


@lru_cache(maxsize=8)
def read_rules(text: str, name: str = "rules.toml") -> Rules:
    """The rules of a TOML text.

    Args:
        text: of the file.
        name: of the file, for messages.

    Raises:
        UsageError: it is no TOML, or a rule cannot be obeyed: file, line and reason.
    """
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        at = _LINE.search(str(error))
        line = at[1] if at else max(len(text.splitlines()), 1)
        raise UsageError(f"rules {name}, line {line}: {_LINE.sub('', str(error))}") from None
    try:
        return _rules(tables, text)
    except BadRuleError as error:
        raise UsageError(f"rules {name}, line {line_of(text, error.path)}: {error}") from None


def _rules(tables: Mapping[str, Any], text: str) -> Rules:
    if unlike := unknown(tables, ("item", "follow")):
        raise BadRuleError((unlike,), f"{unlike} is unknown; write [[item]] or [[follow]]")
    items = tuple(_item(table, ("item", n)) for n, table in enumerate(_tables(tables, "item")))
    follows = tuple(_follow(table, ("follow", n)) for n, table in enumerate(_tables(tables, "follow")))
    if not items and not follows:
        raise BadRuleError((), "there is no rule; write an [[item]] with a name and [item.fields]")
    _check_kinds(items)
    return Rules(text=text, items=items, follows=follows)


def _check_kinds(items: Sequence[ItemRule]) -> None:
    """Rules with one name give one kind of item, so what they call alike has to be alike."""
    kinds: dict[tuple[str, str], Field] = {}
    names: dict[str, str] = {}
    for number, item in enumerate(items):
        if names.setdefault(item.name.lower(), item.name) != item.name:
            reason = (
                f"{item.name} and {names[item.name.lower()]} are one name to a database; write it one way"
            )
            raise BadRuleError(("item", number, "name"), reason)
        written = [each.name.lower() for each in item.fields]
        if len(set(written)) < len(written):
            reason = f"two fields of {item.name} differ in capitals alone; to a database they are one"
            raise BadRuleError(("item", number, "fields"), reason)
        for field in item.fields:
            known = kinds.setdefault((item.name.lower(), field.name), field)
            if (known.type, known.is_list) != (field.type, field.is_list):
                path = ("item", number, "fields", field.name)
                raise BadRuleError(
                    path, f"{field.name} of another {item.name} has another type; let them agree"
                )


def _tables(tables: Mapping[str, Any], name: str) -> Sequence[Mapping[str, Any]]:
    found = tables.get(name, [])
    if isinstance(found, list) and all(isinstance(each, dict) for each in found):
        return found
    raise BadRuleError((name,), f"{name} must be written as [[{name}]]")


def _item(table: Mapping[str, Any], path: tuple[Step, ...]) -> ItemRule:
    if unlike := unknown(table, _KEYS):
        raise BadRuleError((*path, unlike), f"{unlike} is unknown; choose from {', '.join(_KEYS)}")
    name = table.get("name")
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise BadRuleError((*path, "name"), "an item needs a name of letters, digits and _")
    try:
        source = Source(table.get("from", "html"))
    except ValueError:
        choices = ", ".join(Source)
        raise BadRuleError(
            (*path, "from"), f"from {table['from']!r} is unknown; choose from {choices}"
        ) from None
    fields = table.get("fields")
    if not isinstance(fields, dict) or not fields:
        raise BadRuleError((*path, "fields"), f"{name} has no fields; write [item.fields] below it")
    each, select = _each(table, source, path)
    return ItemRule(
        name=name,
        source=source,
        urls=patterns_of(table, path),
        each=each,
        select=select,
        fields=tuple(field_of(key, said, source, (*path, "fields", key)) for key, said in fields.items()),
    )


def _each(table: Mapping[str, Any], source: Source, path: tuple[Step, ...]) -> tuple[str, Select | None]:
    """Where the items of a page are."""
    written = [key for key in ("each", "each_xpath") if key in table]
    if len(written) > 1:
        raise BadRuleError((*path, "each_xpath"), "each and each_xpath say the same; write one")
    if not written:
        if source is Source.JSON_LD:
            raise BadRuleError(path, 'from = "json-ld" needs each: a type like "Product"')
        return "", css("table") if source is Source.TABLE else None
    key, text = written[0], table[written[0]]
    if not isinstance(text, str) or not text.strip():
        raise BadRuleError((*path, key), f"{key} must be a text")
    if source in (Source.JSON, Source.JSON_LD):
        if key == "each_xpath":
            raise BadRuleError((*path, key), f"there is no XPath in {source}; write each")
        if source is Source.JSON:
            _compiled(path_steps, text, (*path, key))
        return text, None
    return text, _compiled(xpath if key == "each_xpath" else css, text, (*path, key))


def _follow(table: Mapping[str, Any], path: tuple[Step, ...]) -> FollowRule:
    if unlike := unknown(table, _FOLLOW_KEYS):
        raise BadRuleError((*path, unlike), f"{unlike} is unknown; choose from {', '.join(_FOLLOW_KEYS)}")
    said = {key: value for key, value in table.items() if key != "url"}
    source = Source.JSON if "path" in said else Source.HTML
    if source is Source.HTML and "css" in said:
        said.setdefault("attribute", "href")
    link = field_of("next", {**said, "type": "url", "list": True}, source, path)
    if link.way not in (Way.CSS, Way.XPATH, Way.PATH):
        raise BadRuleError(path, "a follow rule needs css, xpath or path")
    return FollowRule(urls=patterns_of(table, path), link=link)


def _compiled(make: Callable[[str], Any], text: str, path: tuple[Step, ...]) -> Any:
    try:
        return make(text)
    except ValueError as error:
        raise BadRuleError(path, str(error)) from None
