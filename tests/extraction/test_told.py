"""What a page says of itself, and what JSON holds at a path."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.extraction.told import at_path, json_ld, json_value, of_type, opengraph, path_steps
from crawler.extraction.tree import tree_of

VALUE = {"a": [{"b": 1}, {"b": None}, {"b": 3}, {}], "c": {"d.e": 4, "f": [[5, 6]]}}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("", [VALUE]),
        ("a[].b", [1, 3]),
        ("a.b", [1, 3]),
        ("a.0.b", [1]),
        ("a[2].b", [3]),
        ("a[9].b", []),
        ("c.f.0.1", [6]),
        ("c.*", [4, [[5, 6]]]),
        ("x.y", []),
        ("c.f.x", []),
    ],
)
def test_paths(path: str, found: list[Any]) -> None:
    assert at_path(VALUE, path) == found


@pytest.mark.parametrize("path", ["", ".", "a..b", ".a", "a.", "a[", "a[x]"])
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="is no path"):
        path_steps(path)


def test_json_ld() -> None:
    inner = {"@type": "https://schema.org/Offer", "price": 5}
    scripts = [
        json.dumps({"@graph": [{"@type": ["Thing", "Product"], "offers": inner}]}),
        "<!--" + json.dumps({"@type": "Product", "name": "second"}) + "-->",
        "{broken",
        "[" * 100_000,
    ]
    page = "".join(f'<script type="application/LD+json"> {each}</script>' for each in scripts)
    found = json_ld(tree_of(page))
    assert [each.get("name") for each in of_type(found, "Product")] == [None, "second"]
    assert of_type(found, "Offer") == [inner]


def test_opengraph() -> None:
    tree = tree_of(
        '<meta property="og:Title" content="T"><meta name="og:image" content="1"><meta property="og:image" content="2">'
        '<meta property="product:price" content="3"><meta property="og:empty">'
    )
    assert opengraph(tree, "title") == ["T"]
    assert opengraph(tree, "image") == ["1", "2"]
    assert opengraph(tree, "product:price") == ["3"]
    assert opengraph(tree, "empty") == [""]


def test_what_is_no_json() -> None:
    assert json_value("{") is None
