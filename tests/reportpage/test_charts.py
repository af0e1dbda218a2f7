"""Charts are shapes and words, and nothing that the web calls itself is markup in them."""

from __future__ import annotations

from selectolax.lexbor import LexborHTMLParser

from crawler.reportpage.charts import bars, columns, stacks

EVIL = '<script>alert("1")</script>'


def test_bars() -> None:
    tree = LexborHTMLParser(bars([("a", 4, "4 B"), (EVIL, 1, "1 B")], caption="Bytes"))
    assert [node.attributes["width"] for node in tree.css("rect")] == ["100.00", "25.00"]
    assert [node.text() for node in tree.css("th")] == ["a", EVIL]
    assert not tree.css("script")


def test_columns() -> None:
    tree = LexborHTMLParser(columns([("0s", 1, "1"), ("1m", 2, "2")], caption="Pages"))
    assert [node.attributes["height"] for node in tree.css("rect")] == ["50.00", "100.00"]
    assert [node.text() for node in tree.css(".ends span")] == ["0s", "1m"]


def test_stacks() -> None:
    drawn = stacks([("1", {"new": 3, "gone": 1}), ("2", {})], ["new", "changed", "gone"], caption="Changes")
    tree = LexborHTMLParser(drawn)
    assert [node.attributes["height"] for node in tree.css(".columns rect")] == ["75.00", "25.00"]
    assert [node.text() for node in tree.css(".legend li")] == ["new", "gone"]


def test_nothing_is_no_chart() -> None:
    assert (
        bars([], caption="") == columns([("a", 0, "0")], caption="") == stacks([], ["new"], caption="") == ""
    )
