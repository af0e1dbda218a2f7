"""An item says what it is and where it comes from."""

from __future__ import annotations

import json

from crawler.item import Item


def test_a_line() -> None:
    item = Item(
        name="a", source_url="http://a.example/", captured_at=1e9, digest="sha256:0", values={"x": "\u00e9\n"}
    )
    assert "\n" not in item.line()
    assert json.loads(item.line()) == {
        "item": "a",
        "source_url": "http://a.example/",
        "captured_at": "2001-09-09T01:46:40Z",
        "digest": "sha256:0",
        "x": "\u00e9\n",
    }
