"""A field is read, or told to be wrong."""

from __future__ import annotations

from typing import Any

import pytest

from crawler.extraction.fieldfile import BadRuleError, field_of
from crawler.extraction.rule import Source, Type


def test_a_field_in_full() -> None:
    said = {
        "css": "p",
        "type": "date",
        "format": "%Y",
        "list": True,
        "default": "x",
        "match": "(.)",
        "replace": [["a", "b"], ["(c)", r"\1"]],
        "transform": ["lower", "digits"],
        "decimal": ",",
    }
    found = field_of("f", said, Source.HTML, ())
    assert (found.type, found.date_format, found.is_list, found.default) == (Type.DATE, "%Y", True, "x")
    assert [instead for _, instead in found.replacements] == ["b", r"\1"]
    assert (found.transforms, found.decimal) == (("lower", "digits"), ",")


def test_fields_in_fields() -> None:
    found = field_of("f", {"css": "li", "fields": {"url": "a", "n": {"xpath": "b"}}}, Source.HTML, ())
    assert [each.name for each in found.fields] == ["url", "n"]


@pytest.mark.parametrize(
    ("name", "said", "source", "reason"),
    [
        ("a b", "p", Source.HTML, "is no name"),
        ("digest", "p", Source.HTML, "is what every item has already"),
        ("f", 5, Source.HTML, "must be a text"),
        ("f", {"css": "p", "xpath": "p"}, Source.HTML, "needs one of css, xpath"),
        ("f", {"css": "p"}, Source.JSON, "needs one of path, url where items are from json"),
        ("f", {"css": ""}, Source.HTML, "css must be a text"),
        ("f", {"css": "p", "typ": "x"}, Source.HTML, "typ is unknown"),
        ("f", {"css": "p", "type": "money"}, Source.HTML, "type 'money' is unknown"),
        ("f", {"css": "p", "list": "yes"}, Source.HTML, "list must be true or false"),
        ("f", {"css": "p", "match": 5}, Source.HTML, "match must be a text"),
        ("f", {"css": "p", "match": "("}, Source.HTML, "is no regular expression"),
        ("f", {"css": "p", "required": True, "default": 1}, Source.HTML, "take required away"),
        ("f", {"css": "p", "decimal": ";"}, Source.HTML, "decimal must be"),
        ("f", {"xpath": "p", "attribute": "x"}, Source.HTML, "attribute goes with css alone"),
        ("f", {"css": "p", "replace": ["a"]}, Source.HTML, "replace must be"),
        ("f", {"css": "p", "replace": ["a", r"\2"]}, Source.HTML, "replaces nothing"),
        ("f", {"css": "p", "transform": "shout"}, Source.HTML, "transform must be of lower"),
        ("f", {"css": "p", "fields": {}}, Source.HTML, "fields must be a table of fields"),
        ("f", {"opengraph": "p", "fields": {"a": "p"}}, Source.HTML, "fields go with css"),
        ("f", {"url": "("}, Source.HTML, "is no regular expression"),
        ("f", {"path": "a..b"}, Source.JSON, "is no path"),
    ],
)
def test_what_cannot_be_meant(name: str, said: Any, source: Source, reason: str) -> None:
    with pytest.raises(BadRuleError) as caught:
        field_of(name, said, source, ("item",))
    assert reason in str(caught.value)


def test_no_deeper_than_anybody_writes() -> None:
    said: Any = "p"
    for _ in range(9):
        said = {"css": "p", "fields": {"f": said}}
    with pytest.raises(BadRuleError, match="deep at most"):
        field_of("f", said, Source.HTML, ())
