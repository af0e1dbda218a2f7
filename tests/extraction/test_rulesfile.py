"""Rules are read, or told with file, line and reason."""

from __future__ import annotations

import pytest

from crawler.errors import UsageError
from crawler.extraction.rule import Source, Type, Way
from crawler.extraction.rulesfile import read_rules

GOOD = r"""
[[item]]
name = "product"
url = ['/p/\d+$', '/q/']
each = "article"
[item.fields]
title = "h1"
link = { css = "a", attribute = "href" }
price = { xpath = "number(.//b)", type = "number", default = 0 }

[[item]]
name = "offer"
from = "json-ld"
each = "Offer"
fields = { price = "price" }

[[item]]
name = "row"
from = "table"
fields = { size = "Size" }

[[item]]
name = "hit"
from = "json"
each = "results"
fields = { name = "name", whole = { path = "" } }

[[follow]]
css = "a.next"
[[follow]]
path = "next"
url = "/api/"
"""


def test_what_stands_there() -> None:
    rules = read_rules(GOOD)
    product, offer, row, hit = rules.items
    assert [each.way for each in product.fields] == [Way.CSS, Way.CSS, Way.XPATH]
    assert [each.type for each in product.fields] == [Type.TEXT, Type.URL, Type.NUMBER]
    assert product.is_for("http://a.example/p/7")
    assert not product.is_for("http://a.example/p/7/x")
    assert (offer.source, offer.each, offer.fields[0].way) == (Source.JSON_LD, "Offer", Way.PATH)
    assert (row.source, row.fields[0].way) == (Source.TABLE, Way.COLUMN)
    assert (hit.source, hit.fields[1].place) == (Source.JSON, "")
    assert [each.link.way for each in rules.follows] == [Way.CSS, Way.PATH]
    assert rules.follows[0].link.attribute == "href"
    assert not rules.follows[1].is_for("http://a.example/p/7")


HEAD = '[[item]]\nname = "a"\n'
FIELDS = f"{HEAD}[item.fields]\n"


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("a = = b", 1, "Invalid value"),
        ("\n\n[[item]\n", 3, "Expected ']]'"),
        ("x =", 1, "Invalid value"),
        ("", 1, "there is no rule"),
        ("\nitems = 1", 2, "items is unknown; write [[item]] or [[follow]]"),
        ("[item]\nname = 'a'", 1, "item must be written as [[item]]"),
        (HEAD, 1, "a has no fields"),
        ('[[item]]\nname = "a b"', 2, "letters, digits and _"),
        (f"{HEAD}form = 1", 3, "form is unknown"),
        (f'{HEAD}from = "xml"', 3, "from 'xml' is unknown; choose from html, json, json-ld, table"),
        (f'{HEAD}url = "("\nfields = {{x = "p"}}', 3, "'(' is no regular expression"),
        (f'{HEAD}each = "p["\nfields = {{x = "p"}}', 3, "'p[' is no CSS selector"),
        (f'{HEAD}each_xpath = "p["\nfields = {{x = "p"}}', 3, "is no XPath"),
        (f'{HEAD}from = "json-ld"\nfields = {{x = "p"}}', 1, "needs each"),
        (f'{HEAD}from = "json"\neach = "a..b"\nfields = {{x = "p"}}', 4, "is no path"),
        (f'{FIELDS}x = "p"\n\ny = "p:x"', 6, "is no CSS selector"),
        (f'{FIELDS}X = "p"\nx = "p"', 3, "differ in capitals alone"),
        (f'{FIELDS}x = "p"\n[[item]]\nname = "A"\nfields = {{x = "p"}}', 6, "are one name"),
        (f'{FIELDS}x = "p"\n[[item]]\nname = "a"\n[item.fields]\nx = {{css = "p", list = true}}', 8, "agree"),
        ('[[follow]]\nurl = "x"', 1, "needs one of css"),
        ('[[follow]]\nopengraph = "x"', 2, "opengraph is unknown"),
    ],
)
def test_what_cannot_be_meant(text: str, line: int, reason: str) -> None:
    with pytest.raises(UsageError) as caught:
        read_rules(text, "my.toml")
    assert str(caught.value).startswith(f"rules my.toml, line {line}: ")
    assert reason in str(caught.value)
    assert "\n" not in str(caught.value)
    assert "column" not in str(caught.value)
