"""What must hold of rules that a person wrote, and of what they take of pages and JSON that strangers wrote."""

from __future__ import annotations

import contextlib
import json
import math
from typing import Any

from hypothesis import strategies as st

from crawler.asks import ask_of, ask_url, read_ask
from crawler.errors import UsageError
from crawler.extraction.rulesfile import read_rules
from crawler.extraction.taking import take
from crawler.urls import canonicalize
from tests.fuzz.mutation import damaged
from tests.fuzz.target import PAGE, Target
from tests.shop import RULES, shop
from tests.web import OWN, Answer

__all__ = ["TARGETS"]

MORE_RULES = """
[[item]]
name = "row"
from = "table"
fields = { a = "Size", all = { url = "(.+)" } }
[[item]]
name = "told"
from = "json-ld"
each = "Product"
fields = { sku = { path = "sku", type = "number" }, any = { path = "*", list = true, type = "json" } }
[[item]]
name = "all"
[item.fields]
texts = { css = "*", list = true, type = "number" }
links = { css = "[href]", attribute = "href", list = true }
markup = { xpath = "//node()", html = true, list = true }
"""
TAKING = read_rules(MORE_RULES + RULES.replace(r"'/products/\d+$'", "''").replace("url = '/list'", ""))
SAYS = shop().says
SHOP_PAGES = [each.encode() for each in SAYS.values() if isinstance(each, str)]
SHOP_JSON = [each.body for each in SAYS.values() if isinstance(each, Answer)]
TABLE = b"<table><tr><th colspan=2>Size<th>B<tr><td rowspan=3>1<td>2<tr><td>3</table>"


def check_rules(body: bytes) -> None:
    """Rules are read, or a person is told in one line where they are wrong."""
    told = "rules rules.toml, line "
    try:
        read_rules(body.decode("utf-8", "replace"))
    except UsageError as error:
        told = str(error)
    assert told.startswith("rules rules.toml, line ")
    assert "\n" not in told


def check_taking(case: tuple[bytes, bool]) -> None:
    """Anything is read without a fault; what comes is JSON, and links are canonical."""
    body, is_json = case
    taken = take(TAKING, f"{OWN}list?page=1", body.decode("utf-8", "replace"), is_json=is_json)
    for _, values in taken.items:
        _check_finite(json.loads(json.dumps(values)))
    assert all(canonicalize(each) == each for each in taken.links)


def check_ask(body: bytes) -> None:
    """A request is read or refused; its URL is canonical and gives the same request."""
    text = body.decode("utf-8", "replace")
    assert ask_of(f"{PAGE}?__crawler_ask={text}") is None or text.isascii()
    with contextlib.suppress(ValueError):
        url = ask_url(read_ask(text))
        assert canonicalize(url) == url
        assert (found := ask_of(url)) is None or ask_url(found) == url


def _check_finite(value: Any) -> None:
    if isinstance(value, float):
        assert math.isfinite(value)
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            _check_finite(each)


ASKS = [b'{"url": "http://a.test/?x", "json": {"a": ["\\ud800", 1e999]}, "headers": {"A": "b"}}']
TARGETS = {
    "rules": Target(damaged([(RULES + MORE_RULES).encode()], [b"[", b'"', b"\n", b"(", b"{"]), check_rules),
    "items of a page": Target(
        st.tuples(damaged([*SHOP_PAGES, TABLE], [b"<", b">", b'"', b"\0"]), st.just(value=False)),
        check_taking,
    ),
    "items of JSON": Target(
        st.tuples(damaged(SHOP_JSON, [b"{", b"[", b"1e999", b"NaN", b'"']), st.just(value=True)), check_taking
    ),
    "ask": Target(damaged(ASKS, [b"{", b'"', b"\\", b"\0", b":"]), check_ask),
}
