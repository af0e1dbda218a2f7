"""`iframe srcdoc`: a page inside an attribute, read and rewritten in its place."""

from __future__ import annotations

import html
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.html import read_html
from crawler.rewrite import rewrite
from tests.links.reader import PAGE, links, moved

X = "http://site.test/dir/x"


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<iframe srcdoc='<a href=x>'>", [("L", X)]),
        ("<iframe srcdoc=\"<img src=&quot;x&quot;><p style='a:url(x)'>\">", [("E", X), ("E", X)]),
        ("<iframe srcdoc='&lt;style>@import &quot;x&quot;;&lt;/style>' src=x>", [("E", X), ("E", X)]),
        ("<base href=/b/><iframe srcdoc='<a href=x>'>", [("L", "http://site.test/b/x")]),
        (
            "<iframe srcdoc='<base href=/b/><a href=x>'></iframe><a href=x>",
            [("L", "http://site.test/b/x"), ("L", X)],
        ),
        ("<iframe srcdoc='<a href=#f>'>", []),
        ("<iframe srcdoc=''><iframe srcdoc><iframe srcdoc='text'>", []),
        ("<iframe srcdoc='<script>&quot;<a href=x>&quot;</script>'>", []),
        ("<template><iframe srcdoc='<a href=x>'></template>", []),
        ("<p srcdoc='<a href=x>'>", []),
    ],
)
def test_references(markup: str, expected: list[tuple[str, str]]) -> None:
    assert links(markup) == expected


def nested(depth: int) -> str:
    text = "<a href=x>"
    for _ in range(depth):
        text = f'<iframe srcdoc="{html.escape(text)}">'
    return text


def test_frames_within_frames_are_read_three_deep() -> None:
    assert [links(nested(depth)) for depth in (1, 3)] == [[("L", X)]] * 2
    assert links(nested(4)) == []
    assert links(moved(nested(3))) == [("L", "http://site.test/dir/X")]


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<iframe title=a srcdoc='<a href=x>' >&", "<iframe title=a srcdoc='&lt;a href=\"X\">' >&"),
        ("<iframe srcdoc=\"<a href='x'>\">", "<iframe srcdoc=\"&lt;a href='X'>\">"),
        ("<iframe srcdoc=<a/href=x>", '<iframe srcdoc="&lt;a/href=x">'),
        ("<iframe srcdoc='&lt;a href=x>&amp;amp;'>", "<iframe srcdoc='&lt;a href=\"X\">&amp;amp;'>"),
        ("<iframe srcdoc='<a href=\"http://site.test/dir/#x\">'>", "<iframe srcdoc='&lt;a href=\"X#x\">'>"),
    ],
)
def test_it_is_rewritten_inside_its_attribute(markup: str, expected: str) -> None:
    if "srcdoc=<" in markup:  # the `>` ends the outer tag, so nothing in there is a whole tag
        assert moved(markup) == markup.encode()
    else:
        assert moved(markup) == expected.encode()


@pytest.mark.parametrize(
    ("charset", "codec"), [("iso-8859-1", "latin-1"), ("gbk", "gb18030"), ("utf-16le", "utf-16-le")]
)
def test_other_text_survives_in_every_encoding(charset: str, codec: str) -> None:
    text = "\xe9" if codec == "latin-1" else "\u8868"
    body = f"<iframe srcdoc='{text}<a href=\"x\">&#9731;{text}'>{text}"
    edited = moved(body.encode(codec), content_type=f"text/html; charset={charset}")
    snowman = "&#9731;" if codec == "latin-1" else "\u2603"
    assert edited == f"<iframe srcdoc='{text}&lt;a href=\"X\">{snowman}{text}'>{text}".encode(codec)


def test_what_stays_is_the_very_same_object() -> None:
    body = b"<iframe srcdoc='&lt;a href=\"http://site.test/a\">\xe9\xff'>"
    assert rewrite(read_html(body, PAGE), body, lambda _: None).body is body


@given(
    st.text("<>&;'\"= ax#/\xe9\0", max_size=30), st.sampled_from(["", "<a href=x>", "<img srcset='x 2x'>"])
)
def test_what_was_written_is_read_again(junk: str, link: str) -> None:
    body = f'<iframe srcdoc="{html.escape(junk + link)}">'.encode()
    document = read_html(body, PAGE, "text/html; charset=utf-8")
    once = rewrite(document, body, lambda _: "http://n.test/y").body
    again = read_html(once, PAGE, "text/html; charset=utf-8")
    assert [each.hop for each in again.references()] == [each.hop for each in document.references()]
    assert {each.url for each in again.references() if not each.is_live} <= {"http://n.test/y"}
    assert rewrite(again, once, lambda _: "http://n.test/y").body == once


@pytest.mark.parametrize(
    "body",
    [
        "<iframe srcdoc='" * 60_000,
        "<iframe srcdoc=a" * 60_000,
        "".join(f"<iframe/srcdoc=&{'amp;' * depth}lt;a" for depth in range(700)),
        "<iframe srcdoc='" + "<a href=x>" * 100_000 + "'>",
        "<iframe srcdoc='<iframe srcdoc=\"<a href=x>\">'>" * 20_000,
    ],
    ids=["open", "bare", "deep", "wide", "many"],
)
def test_hostile_ones_take_linear_time(body: str) -> None:
    started = time.process_time()
    links(body)
    assert time.process_time() - started < 5
