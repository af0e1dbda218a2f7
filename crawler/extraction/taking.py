"""Take the items of one answer by the rules: the one way, while crawling and from what is stored.

A page decides what is found, so what is taken of one is bounded in number; what it costs is bounded by the process that
this runs in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from crawler.extraction.rule import Field, ItemRule, Rules, Source, Type, Way
from crawler.extraction.told import at_path, json_ld, json_value, of_type, opengraph
from crawler.extraction.tree import base_of, markup_of, rows_of, selected, text_of, tree_of
from crawler.extraction.value import BrokenValueError, value_of

__all__ = ["Break", "Taken", "take"]

MOST_ITEMS = 10_000
"""Of one answer."""

_MOST_BREAKS = 100
_MOST_LINKS = 1_000


@dataclass(frozen=True, slots=True)
class Break:
    """A rule that an answer did not keep to: the item's name, the field, and why."""

    item: str
    field: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What one answer gave.

    Args:
        items: name and values, in the order of rules and page.
        breaks: what was not as the rules say.
        links: that the rules follow, canonical.
    """

    items: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    breaks: list[Break] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


class _MissingError(Exception):
    """A required field is not there."""


@dataclass(slots=True, kw_only=True)
class _Answer:
    """An answer, parsed when first asked for."""

    url: str
    text: str
    is_json: bool
    _tree: Any = None
    _value: Any = None
    _objects: list[dict[str, Any]] | None = None
    is_parsed: bool = False

    def parse(self) -> None:
        """Once."""
        if not self.is_parsed:
            self.is_parsed = True
            if self.is_json:
                self._value = json_value(self.text)
            else:
                self._tree = tree_of(self.text)

    @property
    def tree(self) -> Any:
        self.parse()
        return self._tree

    @property
    def value(self) -> Any:
        self.parse()
        return self._value

    @property
    def base(self) -> str:
        return self.url if self.tree is None else base_of(self.tree, self.url)

    @property
    def objects(self) -> list[dict[str, Any]]:
        if self._objects is None:
            self._objects = [] if self.tree is None else json_ld(self.tree)
        return self._objects


def take(rules: Rules, url: str, text: str, *, is_json: bool = False) -> Taken:
    """Everything that the rules take of an answer.

    Args:
        rules: of the user.
        url: of the answer.
        text: decoded.
        is_json: it is JSON; else HTML.
    """
    answer = _Answer(url=url, text=text, is_json=is_json)
    taken = Taken()
    for rule in rules.items:
        if rule.is_for(url) and (rule.source is Source.JSON) is is_json:
            _take_items(rule, answer, taken)
    for follow in rules.follows:
        if follow.is_for(url) and (follow.link.way is Way.PATH) is is_json:
            _take_links(follow.link, answer, taken)
    return taken


def _take_items(rule: ItemRule, answer: _Answer, taken: Taken) -> None:
    taking = _Taking(answer, taken, rule.name)
    try:
        for place in _places(rule, answer):
            if len(taken.items) >= MOST_ITEMS:
                taking.note("", f"more than {MOST_ITEMS} items on a page; the rest is left out")
                return
            try:
                taken.items.append((rule.name, taking.values(rule.fields, place)))
            except _MissingError:
                continue
    except ValueError as error:
        taking.note("each", str(error))


def _places(rule: ItemRule, answer: _Answer) -> list[Any]:
    """What the items of a rule are found in."""
    match rule.source:
        case Source.JSON:
            return list(_members(at_path(answer.value, rule.each)))
        case Source.JSON_LD:
            return list(of_type(answer.objects, rule.each))
        case Source.TABLE:
            tables = [] if answer.tree is None or rule.select is None else selected(rule.select, answer.tree)
            return [row for table in tables if not isinstance(table, str) for row in rows_of(table)]
    if answer.tree is None:
        return []
    return [answer.tree] if rule.select is None else selected(rule.select, answer.tree)


class _Taking:
    """Takes the fields of one kind of item.

    Args:
        answer: where they are found.
        taken: what breaks is noted there.
        item: the name of the kind.
    """

    def __init__(self, answer: _Answer, taken: Taken, item: str) -> None:
        self._answer = answer
        self._taken = taken
        self._item = item

    def values(self, fields: tuple[Field, ...], place: Any, above: str = "") -> dict[str, Any]:
        """The fields that are found in a place, by name.

        Raises:
            _MissingError: a required one is not there; that is noted.
        """
        values: dict[str, Any] = {}
        for each in fields:
            name = f"{above}{each.name}"
            found, reason = None, "missing"
            try:
                found = self.value(each, place, name)
            except (BrokenValueError, ValueError) as error:
                reason = str(error)
            if found is None or found == []:
                if each.is_required or reason != "missing":
                    self.note(name, reason)
                if each.is_required:
                    raise _MissingError
                found = found if each.default is None else each.default
            values[each.name] = found
        return values

    def value(self, each: Field, place: Any, name: str) -> Any:
        """One field: a value, or the list of them; None if there is none.

        Raises:
            ValueError: it cannot be looked for here.
            BrokenValueError: what is found is not what it should be.
        """
        values: list[Any] = []
        for found in _found(each, place, self._answer):
            if each.fields:
                try:
                    values.append(self.values(each.fields, found, f"{name}."))
                except _MissingError:
                    continue
            elif (value := value_of(found, each, self._answer.base)) is not None:
                values.append(value)
            if values and not each.is_list:
                break
        return values if each.is_list else values[0] if values else None

    def note(self, name: str, reason: str) -> None:
        """Note a rule that the answer did not keep to."""
        if len(self._taken.breaks) < _MOST_BREAKS:
            self._taken.breaks.append(Break(self._item, name, reason))


def _found(each: Field, place: Any, answer: _Answer) -> Iterator[Any]:
    """What a field's rule finds: texts, JSON values, or what its own fields are looked for in."""
    match each.way:
        case Way.URL:
            matched = re.search(each.place, answer.url)
            yield from () if matched is None else (next(filter(None, matched.groups()), matched[0]),)
        case Way.COLUMN:
            yield from (place[each.place],) if each.place in place else ()
        case Way.PATH:
            yield from _told(each, place, each.place)
        case Way.JSON_LD:
            name, _, path = each.place.partition(".")
            for one in of_type(answer.objects, name):
                yield from _told(each, one, path)
        case Way.OPENGRAPH:
            yield from opengraph(answer.tree, each.place)
        case _:
            yield from _selected(each, place)


def _told(each: Field, value: Any, path: str) -> Iterable[Any]:
    """What stands at a path; of a list its members, where several are wanted, or what fields are looked for in."""
    found = at_path(value, path)
    is_apart = each.fields or (each.is_list and each.type is not Type.JSON)
    return _members(found) if is_apart else found


def _members(values: list[Any]) -> Iterator[Any]:
    for value in values:
        yield from value if isinstance(value, list) else (value,)


def _selected(each: Field, place: Any) -> Iterator[Any]:
    if isinstance(place, str) or each.select is None:
        return
    for found in selected(each.select, place):
        if each.fields:
            yield found
        elif isinstance(found, bool | int | float):
            # What XPath counts is a float, even where it is whole.
            yield str(int(found)) if found == int(found) else str(found)
        elif isinstance(found, str):
            yield found
        elif each.attribute:
            yield from (found.get(each.attribute),) if each.attribute in found.attrib else ()
        else:
            yield markup_of(found) if each.takes_html else text_of(found)


def _take_links(link: Field, answer: _Answer, taken: Taken) -> None:
    place = answer.value if answer.is_json else answer.tree
    if place is None:
        return
    taking = _Taking(answer, taken, "follow")
    try:
        taken.links.extend(taking.value(link, place, link.name)[:_MOST_LINKS])
    except (BrokenValueError, ValueError) as error:
        taking.note(link.name, str(error))
