"""`crawler.carried`: what a page carries stands in it, is undone like any edit, and leaves the tree around it as it was."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from crawler.carried import MOST_CARRIED_BYTES, Carried, carried_in, data_url, is_bearable
from crawler.links.document import Document, Wish
from crawler.links.html import read_html
from crawler.rewrite import rewrite, undo
from crawler.sprite import Sprite
from tests.links.reader import PAGE

SPRITE = Sprite(
    b"<svg xmlns='http://www.w3.org/2000/svg'><symbol id='a'><path d='M0'/></symbol><linearGradient id='g'/>"
    b"<g id='b' fill='url(#g)'><text>x &lt; &#233;</text></g></svg>"
)
DATA = data_url("text/javascript", b"x()")
SITE = "http://site.test/dir/"
WITHOUT_STYLE = ' style="fill:inherit;stroke:inherit;stroke-width:inherit"'


def carried_of(document: Document) -> Carried:
    found = {each: _value(each) for each in document.wishes()}
    return {wish: value for wish, value in found.items() if value is not None}


def _value(wish: Wish) -> str | None:
    return SPRITE.element(wish.fragment[1:]) if wish.kind == "element" else DATA


def loaded(markup: str, content_type: str = "text/html; charset=utf-8", codec: str = "utf-8") -> str:
    body = markup.encode(codec)
    document = read_html(body, PAGE, content_type)
    rewritten = rewrite(document, body, lambda _: "X", carried_of(document))
    assert undo(rewritten) == body
    return rewritten.body.decode(codec).replace(WITHOUT_STYLE, "")


def symbol(number: int, name: str = "carried") -> str:
    return f'<defs xmlns="http://www.w3.org/2000/svg"><symbol id="{name}{number}-0"><path d="M0"></path></symbol></defs>'


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<script type=module src=m.js></script>", f'<script type=module src="{DATA}"></script>'),
        ("<script type=' Module ' src='m.js'></script>", f"<script type=' Module ' src='{DATA}'></script>"),
        ("<script src=m.js></script>", '<script src="X"></script>'),
        ("<link rel=modulepreload href=m.js>", f'<link rel=modulepreload href="{DATA}">'),
        ("<link rel='manifest' href=m>", f"<link rel='manifest' href=\"{DATA}\">"),
        ("<track src=t.vtt#x>", f'<track src="{DATA}">'),
        ("<a href=m.js><script type=module src=m.js></script>", f'<a href="X"><script type=module src="{DATA}"></script>'),
        ("<svg><use href='s.svg#a'/></svg>", f"<svg>{symbol(1)}<use href='#carried1-0'/></svg>"),
        ("<svg><USE x='<use' xlink:href=s.svg#a ></svg>", f"<svg>{symbol(1)}<USE x='<use' xlink:href=\"#carried1-0\" ></svg>"),
        ("<svg><use href='s.svg#a'/><use href='s.svg#%61'/><use href=' s.svg#a '/></svg>",
         f"<svg>{symbol(1)}<use href='#carried1-0'/><use href='X#%61'/><use href=' #carried1-0 '/></svg>"),
        ("<svg><use xlink:href='s.svg#b' href='s.svg#a'/></svg>", f"<svg>{symbol(1)}<use xlink:href='X#b' href='#carried1-0'/></svg>"),
        ("<svg><use href='s.svg#gone'/><use href=s.svg /></svg>", "<svg><use href='X#gone'/><use href=\"X\" /></svg>"),
        ("<use href='s.svg#a'><svg><use href='s.svg#a'></svg><use href='s.svg#a'>",
         f"<use href='X#a'><svg>{symbol(1)}<use href='#carried1-0'></svg><use href='X#a'>"),
        ("<svg><use href='s.svg#gone'></svg><use href='s.svg#a'>", "<svg><use href='X#gone'></svg><use href='X#a'>"),
        ("<svg><use href='s.svg#gone'></svg><iframe srcdoc='<svg><use href=s.svg#a>'></iframe>",
         "<svg><use href='X#gone'></svg><iframe srcdoc='&lt;svg>" + symbol(1).replace("<", "&lt;").replace('"', '"') + "&lt;use href=\"#carried1-0\">'></iframe>"),
        ("<p id=carried><svg><use href='s.svg#a'/></svg>", f"<p id=carried><svg>{symbol(1, 'carried-1-')}<use href='#carried-1-1-0'/></svg>"),
        ("<svg><use style='fill:url(p.svg#q)' href='s.svg#a'/></svg>", f"<svg>{symbol(1)}<use style='fill:url(X#q)' href='#carried1-0'/></svg>"),
        ("<template><svg><use href='s.svg#a'/></svg></template>", "<template><svg><use href='s.svg#a'/></svg></template>"),
    ],
)  # fmt: skip
def test_examples(markup: str, expected: str) -> None:
    assert loaded(markup) == expected


def test_what_names_a_paint_server_stands_with_every_use() -> None:
    edited = loaded("<svg><use href='s.svg#b'/></svg><svg><use href='s.svg#b'/></svg>")
    assert edited.count("<defs") == 2
    assert edited.count("url(#carried1-1)") == edited.count("url(#carried2-1)") == 1
    assert "<use href='#carried1-0'/>" in edited
    assert "<use href='#carried2-0'/>" in edited


def test_each_document_of_a_page_has_its_own() -> None:
    edited = loaded("<svg><use href='s.svg#a'/></svg><iframe srcdoc=\"<svg><use href='s.svg#a'>\"></iframe>")
    assert "#carried1-0" in edited
    assert "#carried2-0" in edited


@pytest.mark.parametrize(("charset", "codec"), [("utf-16le", "utf-16-le"), ("iso-2022-jp", "iso2022_jp"), ("gbk", "gbk")])  # fmt: skip
def test_it_stands_there_in_any_encoding(charset: str, codec: str) -> None:
    markup = "<p>\u8868<svg><use href='s.svg#a'/></svg>\u8868"
    expected = f"<p>\u8868<svg>{symbol(1)}<use href='#carried1-0'/></svg>\u8868"
    assert loaded(markup, f"text/html; charset={charset}", codec) == expected


def test_a_page_carries_so_much_and_no_more() -> None:
    body = b"<script type=module src=a></script><script type=module src=b></script><script type=module src=c></script>"
    document = read_html(body, PAGE)
    sizes = {"a": MOST_CARRIED_BYTES - 10, "b": 11, "c": 10}
    carried = {Wish("module", SITE + name): name * size for name, size in sizes.items()}
    edited = rewrite(document, body, lambda _: "X", carried).body
    assert b'src="aaaa' in edited
    assert b'src="X"' in edited
    assert b'src="cccccccccc"' in edited


def test_only_what_a_browser_would_take_is_carried() -> None:
    assert is_bearable("image/svg+xml")
    assert is_bearable("text/javascript")
    assert not is_bearable("text/html")


def test_what_stands_in_a_page_is_found_there() -> None:
    body = b"<svg><use href='s.svg#a'/></svg><script type=module src=m.js></script>"
    document = read_html(body, PAGE)
    carried = carried_of(document)
    icon, module = carried
    for wishes in ([], [icon], [module], [icon, module]):
        part = {wish: carried[wish] for wish in wishes}
        edited = rewrite(document, body, lambda _: "X", part).body
        assert carried_in(edited, carried) == part
    assert carried_in("".join(carried.values()).encode("utf-16-le"), carried) == carried


PIECES = ["<svg>", "</svg>", "<use href='s.svg#a'/>", "<use xlink:href=s.svg#b>", "</use>", "<p>", "<b>", "</b>", "<math>", "<foreignObject>", "</foreignObject>"]  # fmt: skip
MORE = ["<title>", "</title>", "<table>", "<td>", "<!--", "-->", "<![CDATA[", "]]>", "<style>", "</style>", "<g>", "</g>", "<desc>", "x", "<a href=x>", "</p>"]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from([*PIECES, *PIECES[:4], *MORE]), max_size=14).map("".join))
def test_the_tree_around_it_is_the_same(markup: str) -> None:
    body = f"<!DOCTYPE html><body>{markup}".encode()
    document = read_html(body, PAGE, "text/html; charset=utf-8")
    was = LexborHTMLParser(rewrite(document, body, lambda _: "X").body)
    now = LexborHTMLParser(rewrite(document, body, lambda _: "X", carried_of(document)).body)
    for added in now.css("defs"):
        added.decompose()
    for tree in (was, now):
        for use in tree.css("use"):
            for name in ("href", "xlink:href"):
                if name in use.attributes:
                    use.attrs[name] = ""
    assert now.html == was.html
