"""`crawler.rewrite`: nothing but references changes, and what is written reads back as it was meant."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.links.css import css_spans
from crawler.links.document import Document
from crawler.links.encoding import python_codec
from crawler.links.html import read_html
from crawler.links.stateful import Stateful
from crawler.links.stylesheet import read_css
from crawler.rewrite import Rewritten, rewrite, undo
from tests.links.reader import PAGE, moved

EVERYTHING = b"""<!DOCTYPE html><!-- <a href=c> --><HTML><head><title>T &amp; t</title><link rel=stylesheet href='s.css' >
<style>@import "i.css"; p { background: url( b.png ) } /* \xff url(x) */</style></head><body background=bg.png>
<A  HREF = "p.html?a=1&amp;b=2#f&amp;g" class='x'>\xe9</a><a href=bare.html>z<a href='q.html'>&nbsp;&copy
<img src=i.png srcset="i.png 1x, i2.png 2x" ALT="<a href=no>"><p style="a:url('s.png');b:url(&quot;t.png&quot;)">
<meta http-equiv=refresh content="5; url=r.html"><form action="send"><a href="#top"></a>
<script>"<a href=no>"</script></body>"""


def test_a_text_that_stays_is_the_very_same_object() -> None:
    body = b"<a href='http://site.test/a?b&amp;c'><a href='#x'><p>\xe9\xff"

    assert rewrite(read_html(body, PAGE), body, lambda _: None).body is body


@pytest.mark.parametrize("target", ["X", None, "a&b\"c'd", "very/long/" * 20])
def test_nothing_outside_the_places_changes(target: str | None) -> None:
    document = read_html(EVERYTHING, PAGE, "text/html; charset=utf-8")
    kept, position = [], 0
    for place in document.places:
        kept.append(EVERYTHING[position : place.start])
        position = place.end
    kept.append(EVERYTHING[position:])
    edited = rewrite(document, EVERYTHING, lambda _: target).body

    assert edited != EVERYTHING
    assert re.fullmatch(b"(?s:.*?)".join(map(re.escape, kept)), edited)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (b"<a href='a'>", b"<a href='X'>"),
        (b'<a href="a#b">', b'<a href="X#b">'),
        (b"<a href=a#b&amp;c >", b'<a href="X#b&amp;c" >'),
        (b"<a href = ' a '>", b"<a href = ' X '>"),
        (b"<img srcset='a 1x,b 2x, c'>", b"<img srcset='X 1x,X 2x, X'>"),
        (b"<p style='a:url(b) url(\"c\")'>", b"<p style='a:url(X) url(\"X\")'>"),
        (b"<style>a{b:url(c);d:url('e')}</style>", b"<style>a{b:url(X);d:url('X')}</style>"),
        (b"<meta http-equiv=refresh content='0; URL=a'>", b"<meta http-equiv=refresh content='0; URL=X'>"),
        (b"<form action=a>", b'<form action="X">'),
        (b"<form method=POST action=a>", b'<form method=POST action="http://site.test/dir/a">'),
        (b"<q cite='a#b'>", b"<q cite='http://site.test/dir/a#b'>"),
        (
            b"<a href='mailto:x'><a href='#x'><a href='http://['>",
            b"<a href='mailto:x'><a href='#x'><a href='http://['>",
        ),
        (b"<base href='/b/'><a href='#x'>", b"<base ><a href='X#x'>"),
        (b"<base href=/b/ target=t>", b"<base  target=t>"),
        (b"<base href=/b/ HREF='/c/' href><a href=x>", b'<base   ><a href="X">'),
        (b"<script integrity=a src=b integrity='c' src=d></script>", b'<script  src="X"  src=d></script>'),
        (b"<base href=/b><a href>", b'<base ><a href="X">'),
        (b"<base href=/b><a href=>", b'<base ><a href="X">'),
        (b"<base href=/b><a href= >", b'<base ><a href="X" >'),
        (b"<script integrity='sha' crossorigin src=a></script>", b'<script   src="X"></script>'),
        (b"<a ping=p href=a>", b'<a  href="X">'),
        (
            b"<meta http-equiv=Content-Security-Policy content=\"default-src 'none'\">",
            b"<meta http-equiv=Content-Security-Policy >",
        ),
        (b"<a href=a>1</a><p><a href=a>2</a>", b'<a href="X">1</a><p><a href="X">2</a>'),
        (b"<template><a href=a></template>", b"<template><a href=a></template>"),
    ],
)
def test_examples(markup: bytes, expected: bytes) -> None:
    assert moved(markup) == expected


def test_what_is_not_in_the_dump_becomes_absolute() -> None:
    assert moved(b"<a href='../a#b'><img srcset='c 2x'>", None) == (
        b"<a href='http://site.test/a#b'><img srcset='http://site.test/dir/c 2x'>"
    )


def test_the_address_is_asked_once_a_url_and_never_for_what_stays_live() -> None:
    asked: list[str] = []
    body = b"<a href=a#1><a href=a#2><q cite=b><img src=c>"
    rewrite(read_html(body, PAGE), body, asked.append)

    assert asked == ["http://site.test/dir/a", "http://site.test/dir/c"]


@pytest.mark.parametrize(
    ("charset", "codec"),
    [
        ("utf-8", "utf-8"),
        ("iso-8859-1", "latin-1"),
        ("windows-1251", "cp1251"),
        ("shift_jis", "cp932"),
        ("gbk", "gb18030"),
        ("big5", "big5"),
        ("euc-jp", "euc_jp"),
        ("iso-2022-jp", "iso2022_jp"),
        ("utf-16le", "utf-16-le"),
        ("utf-16be", "utf-16-be"),
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_untouched_bytes_are_kept_in_every_encoding(charset: str, codec: str, mark: str) -> None:
    text = {"cp1251": "\u0436", "latin-1": "\xe9", "big5": "\u529f"}.get(codec, "\u8868")
    if mark and not charset.startswith("utf"):
        pytest.skip("has no mark")
    template = f"{mark}<p title='{text}'>{text}<a href='%s#{text}'>{text}<style>/* {text} */ a{{b:url(%s)}}</style>{text}"
    body = (template % ("a", "b")).encode(codec)

    assert moved(body, content_type=f"text/html; charset={charset}") == (template % ("X", "X")).encode(codec)


@given(
    st.binary(max_size=30).filter(lambda junk: not set(junk) & set(b"<>'\"&\0,:)(\\")),
    st.sampled_from(["utf-8", "iso-8859-1"]),
)
def test_bytes_that_cannot_be_decoded_survive(junk: bytes, charset: str) -> None:
    body = b"<p style='" + junk + b";a:url(b)'><style>/*" + junk.replace(b"*", b"") + b"*/a{b:url(c)}</style>"

    assert moved(body, content_type=f"text/html; charset={charset}") == body.replace(b"(b)", b"(X)").replace(
        b"(c)", b"(X)"
    )


def test_a_fragment_that_the_encoding_cannot_write() -> None:
    assert (
        moved("<a href='a#&#9731;'>", content_type="text/html; charset=iso-8859-1") == b"<a href='X#&#9731;'>"
    )
    body = b"a{b:url('c#\\2603 ')}"
    edited = rewrite(read_css(body, PAGE, "text/css; charset=iso-8859-1"), body, lambda _: "X").body
    assert [each.url for each in css_spans(edited.decode("latin-1"))] == ["X#\u2603"]


ADDRESSES = st.text("ab/.&;\"'(), %#=?<>\\\xe9\u2603", min_size=1, max_size=12).map(
    lambda text: "http://n.test/" + text.strip()
)
SHAPES = [
    "<a href='%s'>",
    '<a href="%s">',
    "<a href=%s>",
    "<img srcset='%s 2x, y 3x'>",
    '<img srcset="%s">',
    "<img srcset=%s>",
    "<p style='a:url(%s)'>",
    "<p style=\"a:url('%s')\">",
    "<p style='a:url(&quot;%s&quot;)'>",
    "<style>a{b:url(%s)}</style>",
    "<style>@import '%s';</style>",
    "<meta http-equiv=refresh content='0;url=%s'>",
    "<meta http-equiv=refresh content=\"0;url='%s'\">",
    "<meta http-equiv=refresh content='0; %s'>",
]


def _urls(document: Document) -> list[str]:
    return [unquote(each.url + each.fragment, errors="surrogateescape") for each in document.references()]


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "utf-16le"])
@pytest.mark.parametrize("shape", SHAPES)
@given(address=ADDRESSES)
def test_what_was_written_is_read_again(shape: str, charset: str, address: str) -> None:
    codec = "utf-16-le" if charset == "utf-16le" else charset
    content_type = f"text/html; charset={charset}"
    body = (shape % "x").encode(codec)
    expected = _urls(read_html(f'<a href="{_escaped(address)}">'.encode(), PAGE, "text/html; charset=utf-8"))

    once = rewrite(
        read_html(body, PAGE, content_type), body, lambda url: None if url.endswith("y") else address
    ).body
    document = read_html(once, PAGE, content_type)
    found = [url for url in _urls(document) if not url.endswith("/y")]
    if charset != "iso-8859-1" or "?" not in address:
        assert found == expected
    assert len(found) == 1
    assert _urls(read_html(rewrite(document, once, lambda _: None).body, PAGE, content_type)) == _urls(
        document
    )
    again = rewrite(document, once, lambda _: None).body
    assert rewrite(read_html(again, PAGE, content_type), again, lambda _: None).body == again


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;")


def test_a_stylesheet_keeps_its_bytes() -> None:
    body = b"/* \xff\xe9 */ @import 'a.css'; b { c: url( d\xe9.png ); e: 'url(f)' } /* \xe2\x82 */"
    edited = rewrite(read_css(body, PAGE), body, lambda _: "X(1).css").body

    assert (
        edited
        == b"/* \xff\xe9 */ @import 'X(1).css'; b { c: url( X\\(1\\).css ); e: 'url(f)' } /* \xe2\x82 */"
    )


@given(st.binary(max_size=150))
def test_no_bytes_break_it(body: bytes) -> None:
    for content_type in ("text/html", "text/html; charset=gbk", "text/html; charset=utf-16be"):
        rewrite(read_html(body, PAGE, content_type), body, lambda _: "X")
    rewrite(read_css(body, PAGE), body, lambda _: "X")


ENCODINGS = [
    *("utf-8", "windows-1252", "shift_jis", "gbk", "big5", "euc-jp", "euc-kr", "iso-2022-jp"),
    *("utf-16le", "utf-16be", "x-user-defined", "replacement"),
]
JUNK = [
    *(
        b"\x1b$B",
        b"\x1b(B",
        b"\x1b(J",
        b"\x1b(I",
        b"\x1b",
        b"$",
        b"0",
        b'"',
        b"\xff",
        b"\x81",
        b"\0",
        b"\n",
        b"<",
        b" ",
    ),
    *("\u8868".encode("iso2022_jp"), "\u8868".encode(), "\xe9".encode("utf-16-le"), b"&#9731;", b"&#xd83d;"),
]
MARKUP = [
    *("<a href=x>", "<a href='x'crossorigin>", "<img integrity='a'crossorigin srcset='x 1x, y 2x'>", "<p style='b:url(x)'>"),
    *("<style>@import 'x';b{c:url(x)}</style>", "<a href>", "<base href=/b>", "<meta http-equiv=refresh content='0;url=x'>"),
    *("<iframe srcdoc='&lt;a href=x&gt;\u8868'>", "<a href='x#\u8868'>", "\u8868", "\ufeff", "<base href=/b integrity>"),
]  # fmt: skip


@st.composite
def _sent(draw: st.DrawFn) -> tuple[bytes, str]:
    """A body of links and of bytes that damage its encoding, and the name of that."""
    encoding = draw(st.sampled_from(ENCODINGS))
    codec = python_codec(encoding)
    pieces = st.one_of(
        st.sampled_from(MARKUP).map(lambda markup: markup.encode(codec, "xmlcharrefreplace")),
        st.sampled_from(JUNK),
    )
    return b"".join(draw(st.lists(pieces, max_size=12))), encoding


@settings(max_examples=400)
@given(_sent(), st.sampled_from(["X", None, "a&b\"c'd<\u8868\xe9"]))
def test_undoing_gives_the_original(sent: tuple[bytes, str], address: str | None) -> None:
    body, encoding = sent
    documents = [
        read_html(body, PAGE, f"text/html; charset={encoding}"),
        read_html(body, PAGE, f"application/xhtml+xml; charset={encoding}"),
        read_html(body, PAGE),
        read_css(body, PAGE, f"text/css; charset={encoding}"),
    ]
    for document in documents:
        check_edits(document, rewrite(document, body, lambda _: address), body)


@given(st.lists(st.sampled_from([*JUNK, b"<a href='x'>", b"<a href=x>"]), max_size=12).map(b"".join))
def test_what_an_escape_said_holds_behind_an_edit(body: bytes) -> None:
    content_type = "text/html; charset=iso-2022-jp"
    document = read_html(body, PAGE, content_type)
    edited = rewrite(document, body, lambda _: "\u8868").body

    assert _unlinked(Stateful(edited).text) == _unlinked(Stateful(body).text)


def _unlinked(text: str) -> str:
    return re.sub("<a href=(?:'.*?'|\".*?\"|x)", "", text, flags=re.DOTALL)


def check_edits(document: Document, rewritten: Rewritten, body: bytes) -> None:
    """They lie in order inside the new bytes, there is one a place at most, and without them it is the original."""
    end = 0
    for edit in rewritten.edits:
        assert end <= edit.start <= edit.end <= len(rewritten.body)
        end = edit.end
    assert len(rewritten.edits) <= len(document.places)
    assert undo(rewritten) == body
