"""Texts are read as what they are meant to be, or are told to be broken."""

from __future__ import annotations

import re
from typing import Any

import pytest

from crawler.extraction.rule import Field, Type, Way
from crawler.extraction.value import BrokenValueError, json_of, value_of

URL = "http://a.example/dir/"


def field(**terms: Any) -> Field:
    return Field(name="f", way=Way.CSS, place="p", **terms)


@pytest.mark.parametrize(
    ("found", "terms", "value"),
    [
        (" a \n b ", {}, "a b"),
        (" \n ", {}, None),
        (" <b> a </b>", {"takes_html": True}, " <b> a </b>"),
        ("$1,299.50", {"type": Type.NUMBER}, 1299.5),
        ("1.299,50 \u20ac", {"type": Type.NUMBER, "decimal": ","}, 1299.5),
        ("1\u202f299 \u20ac", {"type": Type.INTEGER}, 1299),
        ("\u22125 degrees", {"type": Type.INTEGER}, -5),
        ("5.0", {"type": Type.INTEGER}, 5),
        ("http://schema.org/InStock", {"type": Type.BOOLEAN}, True),
        ("No", {"type": Type.BOOLEAN}, False),
        ("../x y#f", {"type": Type.URL}, "http://a.example/x%20y"),
        ("2026-11-28", {"type": Type.DATE}, "2026-11-28"),
        ("2026-11-28T10:00:00Z", {"type": Type.DATE}, "2026-11-28T10:00:00+00:00"),
        ("28.11.2026", {"type": Type.DATE, "date_format": "%d.%m.%Y"}, "2026-11-28"),
        ("28.11.2026 10:00", {"type": Type.DATE, "date_format": "%d.%m.%Y %H:%M"}, "2026-11-28T10:00:00"),
        ('{"a": [1, NaN]}', {"type": Type.JSON}, {"a": [1, None]}),
        ("5 left", {"match": re.compile(r"(\d+) left"), "type": Type.INTEGER}, 5),
        ("none", {"match": re.compile(r"(\d+) left"), "type": Type.INTEGER}, None),
        ("a-b", {"replacements": ((re.compile("-"), "+"),)}, "a+b"),
        ("aB 1 2", {"transforms": ("upper", "digits")}, "12"),
        (7, {}, "7"),
        (7, {"type": Type.NUMBER}, 7),
        (True, {"type": Type.BOOLEAN}, True),
        (7.5, {"type": Type.TEXT}, "7.5"),
        ({"a": 1}, {}, {"a": 1}),
        (None, {}, None),
    ],
)
def test_values(found: Any, terms: dict[str, Any], value: Any) -> None:
    made = value_of(found, field(**terms), URL)
    assert (made, type(made)) == (value, type(value))


@pytest.mark.parametrize(
    ("found", "terms", "reason"),
    [
        ("free", {"type": Type.NUMBER}, "'free' holds no number"),
        ("5.5", {"type": Type.INTEGER}, "'5.5' is no whole number"),
        ("9" * 400, {"type": Type.NUMBER}, "too large"),
        ("9" * 400 + ".5", {"type": Type.INTEGER}, "too large"),
        ("maybe", {"type": Type.BOOLEAN}, "neither yes nor no"),
        ("http://[", {"type": Type.URL}, "is no URL"),
        ("soon", {"type": Type.DATE}, "is no date"),
        ("{", {"type": Type.JSON}, "is no JSON"),
        ("[" * 100_000, {"type": Type.JSON}, "is no JSON"),
        ({"a": 1}, {"type": Type.URL, "match": re.compile("^$|x")}, ""),
    ],
)
def test_broken_values(found: Any, terms: dict[str, Any], reason: str) -> None:
    if not reason:
        assert value_of(found, field(**terms), URL) is None
        return
    with pytest.raises(BrokenValueError, match=reason):
        value_of(found, field(**terms), URL)


def test_numbers_that_are_none() -> None:
    assert json_of("[1e999, Infinity, 1.5]") == [None, None, 1.5]
