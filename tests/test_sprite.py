"""`crawler.sprite`: an element with all that it refers to, and nothing that acts."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from crawler.sprite import MAX_SPRITE_BYTES, Sprite

XLINK = 'xmlns:xlink="http://www.w3.org/1999/xlink"'
INHERITED = "fill:inherit;stroke:inherit;stroke-width:inherit"


def element(content: str, name: str = "a") -> str | None:
    """The markup without what every element is told."""
    found = Sprite(f'<svg xmlns="http://www.w3.org/2000/svg" {XLINK}>{content}</svg>'.encode()).element(name)
    if found is None:
        return None
    root = '<defs xmlns="http://www.w3.org/2000/svg">'
    assert found.startswith(root)
    assert found.endswith("</defs>")
    assert found.isascii()
    bare = found[len(root) : -len("</defs>")].replace(f' style="{INHERITED}"', "")
    return re.sub(r"(fill|stroke|stroke-width):inherit;?", "", bare)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ('<symbol id="a" viewBox="0 0 1 1"><path d="M0 0"/></symbol>', '<symbol id="\0%0" viewBox="0 0 1 1"><path d="M0 0"></path></symbol>'),
        ('<g><g id="a" transform="x"/></g>', '<g id="\0%0" transform="x"></g>'),
        ('<path id="a" fill="red" opacity=".5"/>', '<path id="\0%0" style="fill:red;opacity:.5"></path>'),
        ('<path id="a" style="fill:blue" fill="red"/>', '<path id="\0%0" style="fill:blue;"></path>'),
        ('<style>.x{fill:red}</style><path id="a" class="x"/>', '<path id="\0%0" style="fill:red;"></path>'),
        ('<text id="a">x &lt; é<tspan x="1">y</tspan>z</text>', '<text id="\0%0">x &#60; &#233;<tspan x="1">y</tspan>z</text>'),
        ('<g id="a" onclick="x()" data-x="1" aria-label="&quot;" role="img"/>', '<g id="\0%0"></g>'),
        ('<g id="a"><title>t</title><desc>d</desc><metadata/><script>x()</script></g>', '<g id="\0%0"></g>'),
        ('<g id="a" xmlns:i="urn:i"><i:x><path/></i:x></g>', '<g id="\0%0"></g>'),
        ('<g id="a"><use href="#b"/></g><path id="b"/>', '<g id="\0%0"><use href="#\0%1"></use></g><path id="\0%1"></path>'),
        ('<use id="a" xlink:href="#b"/><path id="b"/>', '<use id="\0%0" href="#\0%1"></use><path id="\0%1"></path>'),
        ('<use id="a" href="#a"/>', '<use id="\0%0" href="#\0%0"></use>'),
        ('<g id="a"><g id="a"/></g>', '<g id="\0%0"><g></g></g>'),
        (
            '<rect id="a" fill="url( \'#b\' ) red"/><linearGradient id="b" href="#c"/><linearGradient id="c"><stop stop-color="red"/></linearGradient>',
            '<rect id="\0%0" style="fill:url(#\0%1) red;"></rect><linearGradient id="\0%1" href="#\0%2"></linearGradient><linearGradient id="\0%2"><stop style="stop-color:red"></stop></linearGradient>',
        ),
    ],
)  # fmt: skip
def test_it_is_given_with_what_it_refers_to(content: str, expected: str) -> None:
    given, wanted = element(content), expected.replace("%", "")
    assert given is not None
    assert given.replace(';"', '"') == wanted.replace(';"', '"')


@pytest.mark.parametrize(
    "content",
    [
        *('<g id="b"/>', '<script id="b"/><g id="b"/>', '<g id="a"><foreignObject/></g>', '<g id="a"><image href="x"/></g>'),
        *('<g id="a"><a href="javascript:x()"/></g>', '<g id="a"><animate/></g>', '<g id="a"><set/></g>', '<g id="a"><switch/></g>'),
        *('<use id="a" href="x.svg#b"/>', '<use id="a" href="data:x"/>', '<use id="a" href="#gone"/>', '<g id="a" fill="url(#gone)"/>'),
        *('<g id="a" fill="url(x.svg#b)"/>', '<g id="a" fill="\\75rl(x)"/>', '<g id="a" style="background:url(x)"/>', '<g id="a" mask="url(http://x/)"/>'),
        *('<style>@import "x";</style><g id="a"/>', '<style>g g{fill:red}</style><g id="a"/>', '<g id="a">' + "<g>" * 70 + "</g>" * 71),
        '<g id="a">' + "<g/>" * 2000 + "</g>",
    ],
)  # fmt: skip
def test_what_might_look_otherwise_is_not_given(content: str) -> None:
    assert element(content) is None


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b"<svg",
            b"<svg/>",
            b"<html/>",
            b"\xff\xfe",
            b"<svg xmlns='http://www.w3.org/2000/svg'><g id='a'>",
        ),
        b"<!DOCTYPE svg [<!ENTITY x 'y'>]><svg xmlns='http://www.w3.org/2000/svg'><g id='a'/></svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><g id='a'/>" + b" " * MAX_SPRITE_BYTES + b"</svg>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><g id='a'/>" + b"<g/>" * 20_000 + b"</svg>",
    ],
)
def test_what_is_no_svg_holds_nothing(body: bytes) -> None:
    assert Sprite(body).element("a") is None


def test_it_is_read_in_its_own_encoding() -> None:
    text = "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE svg PUBLIC 'x' 'y'><svg xmlns='http://www.w3.org/2000/svg'><text id='\xe9'>\u8868</text></svg>"
    found = Sprite(text.encode("utf-16")).element("\xe9")
    assert found is not None
    assert "&#34920;" in found


PIECES = ["<g id='a'>", "</g>", "<path id='b' d='M0'/>", "<use href='#b'/>", "<script>", "</script>", "<a>", "</a>", "<style>g{fill:red}</style>"]  # fmt: skip
MORE = ["<g fill='url(#b)' onload='x' style='fill:red'/>", "&lt;script&gt;", "<text>\xe9\"'</text>", "<image href='x'/>", "<title>x</title>"]  # fmt: skip


@given(st.lists(st.sampled_from([*PIECES, *MORE]), max_size=12).map("".join))
def test_whatever_is_given_is_whole_and_harmless(content: str) -> None:
    body = f"<svg xmlns='http://www.w3.org/2000/svg'><g id='a'>{content}</g></svg>".encode()
    found = Sprite(body).element("a")
    if found is None:
        return
    root = etree.fromstring(found.replace("\0", "x"))
    for each in root.iter():
        assert etree.QName(each).localname in {"defs", "g", "path", "use", "text"}
        assert not {"onload", "class"} & set(each.attrib)
        assert each.get("href", "#").startswith("#")
