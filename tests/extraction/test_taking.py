"""What rules take of pages and of JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest

from crawler.extraction.rulesfile import read_rules
from crawler.extraction.taking import MOST_ITEMS, Break, Taken, take

URL = "http://a.example/p/7?x=1"
RULES = r"""
[[item]]
name = "product"
url = '/p/'
[item.fields]
id = { url = '/p/(\d+)', type = "integer" }
title = { css = "h1", required = true }
price = { css = ".price", type = "number" }
sku = { json_ld = "Product.sku" }
image = { opengraph = "image", type = "url" }
tags = { css = ".tags li", list = true, transform = "lower" }
links = { css = "a", attribute = "href", list = true }
count = { xpath = "count(//li)", type = "integer" }
variants = { css = "tr.v", list = true, fields = { size = { css = ".s", required = true }, left = { css = ".n", type = "integer", default = 0 } } }

[[follow]]
url = '/p/'
css = "a.next"
"""
PAGE = """<html><head><base href="/b/"><meta property="og:image" content="i.png">
<script type="application/ld+json">{"@type": "Product", "sku": "s-7"}</script></head>
<h1>A  <b>thing</b></h1><p class="price">1,299.50</p><ul class="tags"><li>X<li>Y</ul><a href="1">1</a>
<table><tr class="v"><td class="s">S<td class="n">5<tr class="v"><td class="s">M<tr class="v"><td class="n">2</table>
<a class="next" href="2#top">next</a><a class="next">none</a></html>"""


def taken(page: str, rules: str = RULES, url: str = URL, *, is_json: bool = False) -> Taken:
    return take(read_rules(rules), url, page, is_json=is_json)


def test_a_page_in_full() -> None:
    found = taken(PAGE)
    assert found.items == [
        (
            "product",
            {
                "id": 7,
                "title": "A thing",
                "price": 1299.5,
                "sku": "s-7",
                "image": "http://a.example/b/i.png",
                "tags": ["x", "y"],
                "links": ["http://a.example/b/1", "http://a.example/b/2"],
                "count": 2,
                "variants": [{"size": "S", "left": 5}, {"size": "M", "left": 0}],
            },
        )
    ]
    assert found.breaks == [Break("product", "variants.size", "missing")]
    assert found.links == ["http://a.example/b/2"]


def test_a_page_that_no_rule_is_for() -> None:
    assert taken(PAGE, url="http://a.example/other") == Taken()


def test_what_is_required_and_missing_costs_the_item() -> None:
    assert taken("<p class=price>5</p>") == Taken(breaks=[Break("product", "title", "missing")])


def test_what_cannot_be_read_costs_the_field() -> None:
    found = taken("<h1>t</h1><p class=price>free</p>")
    assert found.items[0][1]["price"] is None
    assert found.breaks == [Break("product", "price", "'free' holds no number")]


def test_nothing_gives_nothing() -> None:
    for page in ("", "\0", "<!-- -->", "<"):
        assert taken(page).items == []


def test_tables_and_json_ld() -> None:
    rules = """
    [[item]]
    name = "row"
    from = "table"
    each = "table.t"
    fields = { size = { column = "Size", required = true }, left = { column = "Left", type = "integer" } }
    [[item]]
    name = "offer"
    from = "json-ld"
    each = "Offer"
    fields = { price = { path = "price", type = "number" }, seller = "seller.name" }
    """
    page = """<table><tr><td>no</table><table class="t"><tr><th>Size<th>Left<tr><td>S<td>5<tr><td><td>6</table>
    <script type="application/ld+json">[{"@type": "Offer", "price": "5.50", "seller": {"name": "s"}}]</script>"""
    found = taken(page, rules)
    assert found.items == [
        ("row", {"size": "S", "left": 5}),
        ("offer", {"price": 5.5, "seller": "s"}),
    ]
    assert found.breaks == [Break("row", "size", "missing")]


def test_json() -> None:
    rules = """
    [[item]]
    name = "hit"
    from = "json"
    each = "results"
    [item.fields]
    name = { path = "name", required = true }
    tags = { path = "tags[]", list = true }
    owner = { path = "owner", fields = { id = { path = "id", type = "integer" } } }
    whole = { path = "extra", type = "json" }
    [[follow]]
    path = "next"
    """
    hits: list[Any] = [{"name": "a", "tags": ["x"], "owner": {"id": 1}, "extra": [1]}, {"tags": []}, 5]
    found = taken(json.dumps({"results": hits, "next": "?page=2"}), rules, is_json=True)
    assert found.items == [("hit", {"name": "a", "tags": ["x"], "owner": {"id": 1}, "whole": [1]})]
    assert found.breaks == [Break("hit", "name", "missing")] * 2
    assert found.links == ["http://a.example/p/7?page=2"]
    assert taken("{broken", rules, is_json=True) == Taken()
    assert taken("<p>", rules) == Taken()


@pytest.mark.long
def test_items_are_bounded() -> None:
    rules = '[[item]]\nname = "a"\neach = "i"\nfields = { x = { xpath = "string(.)" } }\n' * 2
    found = taken("<i>1</i>" * (MOST_ITEMS + 5), rules)
    assert len(found.items) == MOST_ITEMS
    assert "the rest is left out" in found.breaks[0].reason


def test_an_xpath_that_fails_costs_its_field() -> None:
    found = taken("<p>", '[[item]]\nname = "a"\nfields = { x = { xpath = "x:p" }, y = "p" }')
    assert found.items == [("a", {"x": None, "y": None})]
    assert "its XPath fails" in found.breaks[0].reason
