"""`crawler.links.prolog`: stylesheets that XML names before its root element."""

from __future__ import annotations

import time

import pytest

from tests.links.reader import links, moved

X = "http://site.test/dir/x.css"


@pytest.mark.parametrize("content_type", ["image/svg+xml", "application/xhtml+xml"])
@pytest.mark.parametrize(
    ("prolog", "expected"),
    [
        ("<?xml-stylesheet href='x.css'?>", [("E", X)]),
        ('<?xml version="1.0"?>\n<!-- <?xml-stylesheet href="n"?> -->\n<?xml-stylesheet type="text/css" href="x.css?a&amp;b"?>', [("E", X + "?a&b")]),
        ("<?xml-stylesheet href='x.css'?><!DOCTYPE svg PUBLIC 'p' 's'><?xml-stylesheet href='x.css'?>", [("E", X)] * 2),
        ("\ufeff<?xml-stylesheet href='x.css'?>", [("E", X)]),
        ("<?xml-stylesheet href='#inner'?><?xml-stylesheet type='a'?><?xml-stylesheet?><?xml-stylesheet href=''?>", []),
        ("<?xml-stylesheets href='n'?>", []),
        ("<p/><?xml-stylesheet href='n'?>", []),
        ("<!DOCTYPE svg [<!ENTITY a 'b'>]><?xml-stylesheet href='n'?>", []),
        ("<?xml-stylesheet href='n'", []),
    ],
)  # fmt: skip
def test_before_the_root(prolog: str, expected: list[tuple[str, str]], content_type: str) -> None:
    assert links(f"{prolog}<svg></svg>", content_type) == expected


def test_html_has_none() -> None:
    assert links("<?xml-stylesheet href='x.css'?><p>") == []


def test_they_are_rewritten_in_place() -> None:
    body = (
        "<?xml version='1.0'?>\n<?xml-stylesheet  href='x.css'  type=\"text/css\" ?><svg><a href='y'/></svg>"
    )
    assert (
        moved(body, "a&b", "image/svg+xml")
        == body.replace("x.css", "a&amp;b").replace("'y'", "'a&amp;b'").encode()
    )


@pytest.mark.parametrize(
    "unit", ["<?xml-stylesheet href='a'?>", "<?", "<!--", "<!DOCTYPE ", "<?xml-stylesheet ", "\n", "<?a?>"]
)
def test_hostile_prologs_take_linear_time(unit: str) -> None:
    body = (unit * (1_000_000 // len(unit))).encode()
    started = time.process_time()
    links(body, "image/svg+xml")
    assert time.process_time() - started < 2
