"""Of the pages themselves, nothing runs but what their policy names."""

from __future__ import annotations

import hashlib
from base64 import b64encode

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.startpage.entries import entry, written


def digest(text: str) -> str:
    return f"'sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def policy(tree: LexborHTMLParser) -> str:
    node = tree.css_first("meta[http-equiv='Content-Security-Policy']")
    assert node is not None
    return node.attributes["content"] or ""


@pytest.mark.parametrize("tag", ["style", "script"])
async def test_the_policy_lets_in_what_stands_there(tag: str) -> None:
    tree = (await written(entry("http://a.example/")))["index.html"]
    (node,) = tree.css(tag)
    assert f"{tag}-src {digest(node.text())}" in policy(tree)
    assert policy(tree).startswith("default-src 'none';")
    assert "unsafe" not in policy(tree)


async def test_it_is_a_page_for_everybody() -> None:
    tree = (await written(entry("http://a.example/")))["index.html"]
    assert tree.css_first("html").attributes == {"lang": "en"}  # type: ignore[union-attr]
    for landmark in (
        "header",
        "main",
        "h1",
        "[role=search]",
        "[role=status]",
        "title",
        "meta[name=viewport]",
    ):
        assert len(tree.css(landmark)) == 1, landmark
    for named in tree.css("[aria-labelledby], [aria-describedby]"):
        name = named.attributes.get("aria-labelledby") or named.attributes.get("aria-describedby")
        assert tree.css_first(f"#{name}") is not None
