"""`crawler.links.html`: every kind of reference of a page, and what it is worth."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.document import Place
from crawler.links.elements import ANYWHERE, ELEMENTS
from crawler.links.html import read_html
from crawler.model import Hop
from tests.cases import each
from tests.links.reader import PAGE, links

X = "http://site.test/dir/x"


@each([(name, attribute) for name, uses in [*ELEMENTS.items(), ("p", ANYWHERE)] for attribute in uses])
def test_every_attribute_of_the_table_is_read(name: str, attribute: str) -> None:
    use = ELEMENTS.get(name, ANYWHERE)[attribute]
    values = {"css": "background:url(x)", "srcset": "x 2x", "content": "0;url=x", "srcdoc": "<img src=x>"}
    value = values.get(use.kind, "x")
    extra = {"link": "rel=stylesheet", "content": "http-equiv=refresh"}.get(use.kind, "")
    document = read_html(f"<svg><{name} {extra} {attribute}='{value}'>".encode(), PAGE)

    [place] = (each for each in document.places if each.syntax != "room")
    assert place.syntax == {"background": "url", "link": "url", "content": "refresh"}.get(use.kind, use.kind)
    if use.kind != "remove":
        [reference] = place.references
        hops = {"link": Hop.EMBED, "content": Hop.REDIRECT, "srcdoc": Hop.EMBED}
        assert (reference.url, reference.hop) == (X, hops.get(use.kind, use.hop))
        assert reference.context.startswith("img[" if use.kind == "srcdoc" else f"{name}[")


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ("<a href=x>", [("L", X)]),
        ("<a href=' x#y '>", [("L", X + "#y")]),
        ("<a href='#y'>", []),
        ("<a href=''>", []),
        ("<a href='javascript:x'><a href='mailto:x@y'><a href='data:,x'><a href='http://'>", []),
        ("<img src=''><img src=' '><iframe src=''>", []),
        ("<a href='x\n/y'>", [("L", X + "/y")]),
        ("<a href=?a=1&copy=2>", [("L", PAGE + "?a=1&copy=2")]),
        ("<a href='/x&#13;&#10;Host: evil'>", [("L", "http://site.test/xHost:%20evil")]),
        ("<a href='x\0y'>", [("L", X + "%EF%BF%BDy")]),
        ("<a href='&#x2f;&#47;other.test&colon;81'>", [("L", "http://other.test:81/")]),
        (
            "<a href='tel:1'><a href='blob:x'><a href='about:blank'><a href='ftp://x/'><a href='file:///x'>",
            [],
        ),
        (
            "<frameset><frame src=x longdesc=x><object data=x></object><embed src=x>",
            [("E", X), ("L", X), ("E", X), ("E", X)],
        ),
        ("<video poster=x src=x><track src=x></video><audio src=x></audio>", [("E", X)] * 4),
        ("<a href=//other.test/p>", [("L", "http://other.test/p")]),
        ("<svg><use xlink:href='x#i'/><use href='#j'/></svg>", [("E", X + "#i")]),
        ("<svg><a xlink:href=x></svg>", [("L", X)]),
        ("<svg><image href=x></svg>", [("E", X)]),
        ("<image src=x>", [("E", X)]),
        ("<img srcset='x 1x, x?2 2x'>", [("E", X), ("E", X + "?2")]),
        ("<img data-src=x data-srcset='x?2 2x'>", [("E", X), ("E", X + "?2")]),
        ("<div data-src=x>", []),
        ("<div data-bg=x><div data-background-image='URL(x)'>", [("E", X), ("E", X)]),
        ("<div style='a:url(x);b:url(\"x?2\")'>", [("E", X), ("E", X + "?2")]),
        ("<div style='a:image-set(\"x\" 1x)'>", [("E", X)]),
        ("<style>@import 'x'; a{b:url(x?2)}</style>", [("E", X), ("E", X + "?2")]),
        ("<style><!-- a{b:url(x)} --></style>", [("E", X)]),
        ("<svg><style><![CDATA[a{b:url(x)}]]></style></svg>", [("E", X)]),
        ("<form action=x><button formaction=x><input formaction=x><q cite=x></q>", [("-", X)] * 4),
        ("<meta http-equiv=Refresh content='1;url=x'>", [("R", X)]),
        ("<noscript><meta http-equiv=refresh content='1;url=x'></noscript>", [("-", X)]),
        ("<noscript><img src=x></noscript>", [("E", X)]),
        ("<meta http-equiv=refresh content='1'><meta name=refresh content='1;url=x'>", []),
        ("<meta property=og:image content=x><meta name=Twitter:Image content=' x '>", [("E", X), ("E", X)]),
        (
            "<meta itemprop=image content=x><meta name=msapplication-TileImage content=x>",
            [("E", X), ("E", X)],
        ),
        (
            "<meta property=og:url content=x><meta property=og:image content=''><meta name=image:x content=x>",
            [],
        ),
        ("<template><a href=x></template>", []),
        ("<!-- <a href=x> --><script>'<a href=x>'</script>", []),
        ("<iframe src=x><a href=y></iframe>", [("E", X)]),
    ],
)
def test_references(markup: str, expected: list[tuple[str, str]]) -> None:
    assert links(markup) == expected


@pytest.mark.parametrize(
    ("rel", "hop"),
    [
        ("stylesheet", "E"),
        ("alternate stylesheet", "E"),
        ("Shortcut ICON", "E"),
        ("apple-touch-icon", "E"),
        ("mask-icon", "E"),
        ("manifest", "E"),
        ("preload", "E"),
        ("modulepreload", "E"),
        ("canonical", "L"),
        ("next", "L"),
        ("alternate", "L"),
        ("dns-prefetch", "-"),
        ("preconnect", "-"),
        ("pingback", "-"),
        ("", "-"),
    ],
)
def test_a_link_is_what_its_rel_says(rel: str, hop: str) -> None:
    assert links(f"<link rel='{rel}' href=x>") == [(hop, X)]


@pytest.mark.parametrize(
    ("bases", "expected"),
    [
        ("<base href=http://other.test/a/b>", "http://other.test/a/x"),
        ("<base href=/a/><base href=/b/>", "http://site.test/a/x"),
        ("<base target=_top><base href=/b/>", "http://site.test/b/x"),
        ("<base href=sub/>", "http://site.test/dir/sub/x"),
        ("<base href='//other.test'>", "http://other.test/x"),
        ("<base href=' /a/ '>", "http://site.test/a/x"),
        ("<base href=javascript:1>", X),
        ("<base href=''>", X),
        ("<base href>", X),
        ("<base href='http://'>", X),
        ("<template><base href=/a/></template>", X),
        ("<!-- <base href=/a/> -->", X),
        ("<body><p><base href=/a/>", "http://site.test/a/x"),
        ("<a href=http://first.test/></a><base href=/a/>", "http://site.test/a/x"),
    ],
)
def test_the_first_base_counts(bases: str, expected: str) -> None:
    assert links(f"{bases}<a href=x>")[-1] == ("L", expected)


def test_a_fragment_belongs_to_the_base() -> None:
    assert links("<base href=/b><a href='#y'>y</a><a href=''><a href>") == [
        ("L", "http://site.test/b#y"),
        ("L", "http://site.test/b"),
        ("L", "http://site.test/b"),
    ]


@pytest.mark.parametrize(
    ("markup", "nofollow"),
    [
        ("<a rel=nofollow href=x>", True),
        ("<a rel='external NOFOLLOW' href=x>", True),
        ("<a rel=nofollower href=x>", False),
        ("<area rel=nofollow href=x>", True),
        ("<link rel='next nofollow' href=x>", True),
        ("<meta name=Robots content='noindex, NoFollow'><a href=x>", True),
        ("<a href=x><meta name=robots content=none>", True),
        ("<meta name=robots content=index><a href=x>", False),
        ("<meta name=googlebot content=nofollow><a href=x>", False),
        ("<meta name=robots content=nofollow><img src=x>", False),
        ("<a rel=nofollow href=x><a href=x>", False),
    ],
)
def test_nofollow(markup: str, nofollow: bool) -> None:
    [outlink] = read_html(markup.encode(), PAGE).outlinks()

    assert (outlink.url, outlink.nofollow) == (X, nofollow)


def test_outlinks_are_each_url_and_hop_once_in_order() -> None:
    markup = b"<img src=y><a href=x#1><a href=x#2><a href=y><form action=z><a rel=nofollow href=x>"

    found = [(each.hop.value, each.url[-1], each.context) for each in read_html(markup, PAGE).outlinks()]
    assert found == [("E", "y", "img[src]"), ("L", "x", "a[href]"), ("L", "y", "a[href]")]


@pytest.mark.parametrize(
    ("markup", "title"),
    [
        ("<title> A &amp; B\n C</title>", "A & B C"),
        ("<title>a</title><title>b</title>", "a"),
        ("<title></title><title>b</title>", "b"),
        ("<svg><title>icon</title></svg><title>b</title>", "b"),
        ("<template><title>t</title></template><title>b</title>", "b"),
        ("<title><b>x</b>", "<b>x</b>"),
        ("<title>" + "x " * 9000, ("x " * 150)),
        ("<title>&#" + "9" * 5000 + ";</title>", "\ufffd"),
        ("<p>", ""),
    ],
)
def test_title(markup: str, title: str) -> None:
    assert read_html(markup.encode(), PAGE).title == title


JAPANESE = "\u8868\u30bd"  # in Shift_JIS each of these ends in a backslash
ENCODINGS = [
    ("iso-8859-1", "latin-1", "\xe9", b"%E9"),
    ("windows-1251", "cp1251", "\u0436", b"%E6"),
    ("shift_jis", "cp932", JAPANESE, b"%95\\%83\\"),
    ("euc-jp", "euc_jp", JAPANESE, b"%C9%BD%A5%BD"),
    ("iso-2022-jp", "iso2022_jp", "\u8868", b"%1B$BI=%1B(B"),
    ("gbk", "gbk", "\u4e02\u6c49", b"%81@%BA%BA"),
    ("big5", "big5", "\u529f", b"%A5\\"),
    ("euc-kr", "cp949", "\ud55c", b"%C7%D1"),
    ("utf-8", "utf-8", "\xe9", b"%C3%A9"),
    ("utf-16le", "utf-16-le", "\xe9", b"%C3%A9"),
    ("utf-16be", "utf-16-be", "\xe9", b"%C3%A9"),
]


@pytest.mark.parametrize(("label", "codec", "text", "query"), ENCODINGS)
def test_paths_are_utf8_and_queries_are_in_the_encoding_of_the_page(
    label: str, codec: str, text: str, query: bytes
) -> None:
    from_path = links(f"<p>{text}<a href='/{text}'>".encode(codec), f"text/html; charset={label}")
    from_query = links(f"<p>{text}<a href='/?{text}'>".encode(codec), f"text/html; charset={label}")

    assert from_path == links(f"<a href='/{text}'>")
    assert from_query == [("L", "http://site.test/?" + query.decode())]


def test_what_the_encoding_of_the_page_cannot_write_is_a_character_reference() -> None:
    assert links("<a href='?&#9731;'>", "text/html; charset=iso-8859-1") == [("L", PAGE + "?%26%239731%3B")]


@pytest.mark.parametrize("mark", [b"", b"\xff\xfe"])
def test_utf16_without_a_header(mark: bytes) -> None:
    body = mark + "<html><a href='/\u0436'>".encode("utf-16-le")

    assert links(body, "text/html") == [("L", "http://site.test/%D0%B6")]


def test_undecodable_bytes_of_a_path_are_one_replacement_each() -> None:
    assert links(b"<a href='/\xe9\xe2\x82z'>") == [("L", "http://site.test/%EF%BF%BD%EF%BF%BDz")]


@pytest.mark.parametrize("label", ["windows-1252", "shift_jis", "gbk", "euc-kr", "big5", "euc-jp", "utf-8"])
def test_undecodable_bytes_beside_what_the_encoding_cannot_write(label: str) -> None:
    markup = b"<a href='/\x81&#9731;'><p style='a:url(\"/\x81&#9731;\")'>"

    assert links(markup, f"text/html; charset={label}") == [
        (hop, "http://site.test/%EF%BF%BD%E2%98%83") for hop in "LE"
    ]


def test_xhtml_and_svg_are_read_as_xml_where_they_say_so() -> None:
    svg = "<svg xmlns='http://www.w3.org/2000/svg'><title>t</title><script href='s.js'/><a href='x'/></svg>"

    assert links(svg, "image/svg+xml") == [("E", "http://site.test/dir/s.js"), ("L", X)]
    assert read_html(svg.encode(), PAGE, "image/svg+xml").title == "t"
    assert links("<html><title/><script src='s.js'/><a href='x'/>", "application/xhtml+xml")[-1] == ("L", X)


def _in_order(places: tuple[Place, ...]) -> bool:
    ends = [0, *(place.end for place in places)]
    return all(end <= place.start <= place.end for end, place in zip(ends, places, strict=False))


@given(
    st.binary(max_size=120)
    | st.lists(
        st.sampled_from(
            [
                "<a ",
                "<img ",
                "<style>",
                "</style>",
                "<base ",
                "href=",
                "src='",
                'srcset="',
                "style=",
                "url(",
                ")",
                "x y,",
                "#",
                "'",
                '"',
                ">",
                "<meta http-equiv=refresh content=",
                "0;url=",
                "<template>",
                "&amp;",
                "é",
            ]
        ),
        max_size=20,
    ).map(lambda parts: "".join(parts).encode())
)
def test_no_bytes_break_it_and_places_do_not_overlap(body: bytes) -> None:
    for content_type in (
        "text/html",
        "text/html; charset=shift_jis",
        "text/html; charset=utf-16",
        "image/svg+xml",
    ):
        document = read_html(body, PAGE, content_type)
        assert _in_order(document.places)
        for reference in document.references():
            assert reference.url.startswith("http")
