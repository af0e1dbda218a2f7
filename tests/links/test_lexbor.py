"""`crawler.links.scan` against lexbor, a whole HTML parser: the same link-bearing attributes with the same values.

Compared outside of templates; and only what the tokenizer decides: elements that tree construction drops
where they may not stand (a `td` outside a table) are kept by us on purpose.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from crawler.links.elements import ANYWHERE, ELEMENTS
from crawler.links.encoding import decode, sniff_encoding
from crawler.links.scan import attributes, scan

Found = set[tuple[str, str, str]]

CORPORA = [
    Path("/usr/share/doc/python3.11/html"),
    Path("/usr/share/doc/postgresql-doc-15/html"),
    Path("/usr/share/doc"),
]
MAX_PAGES = 60
MAX_PAGE_BYTES = 300_000


def _counts(name: str, attribute: str, value: str) -> bool:
    """Whether it is a link to anywhere but a fragment of the page; a style only if it calls a function."""
    if attribute in ANYWHERE:
        return "(" in value
    return attribute in ELEMENTS.get(name, ()) and not value.lstrip("\t\n\f\r ").startswith("#")


def ours(text: str) -> Found:
    body = text.encode("utf-8", "surrogatepass")
    return {
        (tag.name, name, each.value.replace("\r\n", "\n").replace("\r", "\n"))
        for tag in scan(body)
        if not tag.is_inert
        for name, each in attributes(body, tag, "utf-8").items()
        if _counts(tag.name, name, each.value)
    }


def lexbors(text: str) -> Found:
    tree = LexborHTMLParser(text)
    for template in tree.css("template"):
        template.decompose()
    return {
        (tag, name, value)
        for node in tree.css("*")
        for tag, name, value in (
            ((node.tag or "").lower(), key.lower(), text or "") for key, text in node.attributes.items()
        )
        if _counts(tag, name, value)
    }


@pytest.mark.parametrize(
    "text",
    [
        "<!doctype html><a href=x><img src='a.png' srcset=\"b 2x\"><p style='background:url(c)'>",
        "<!--><a href=1>--><!--a--!><a href=2><!-- <a href=3> -- > --><a href=4>",
        "<script><!-- <script> </script> <a href=1> --></script><a href=2>",
        "<script>'</scripty><a href=1>'</script ><a href=2>",
        "<title><a href=1></title><textarea><a href=2></textarea><style><a href=3></style><a href=4>",
        "<svg><image href=a /><script href=b /><a href=c></a><![CDATA[<a href=d>]]></svg><a href=e>",
        "<svg><title><a href=a></a></title><a href=b></a></svg><image src=c>",
        "<a href='?a&amp;b&copy=1&copy;&notit;&#x41;&#0;&#128;'><a/href=x><a href=y/><A HREF = z HREF=w>",
        '<div ="><a href=1><div / ="><a href=2><div x=="><a href=3>',
        "<svg><b><style><a href=</script>",
        "<svg><p><style><a href=1></style><a href=2>",
        "<svg></p><style><a href=1></style><a href=2>",
        "<svg><foreignObject><svg><div></svg><style><a href=1></style></svg><style><a href=2></style>",
        "<math><span><title><a href=1></title><a href=2>",
        "<template><a href=1><template></template><a href=2></template><a href=3>",
        "<noscript><a href=1></noscript><a href=2>",
        "<plaintext><a href=1>",
        "</br x='<a href=1>'><?php <a href=2> ?><a href=3><!x <a href=4>><a href=5>",
        "<a href='\0x'><a\0 href=y><a href=z\0>",
        "<a href=1><base href=/b><link rel=stylesheet href=c><iframe src=d><a href=e></iframe><a href=f>",
    ],
)
def test_small_documents(text: str) -> None:
    assert ours(text) == lexbors(text)


PIECES = st.sampled_from(
    [
        "<a href=",
        "<img src=",
        "<a ",
        "<script src=",
        "</script>",
        "<style>",
        "</style>",
        "<title>",
        "</title>",
        "<!--",
        "-->",
        "--!>",
        "<!",
        "<?",
        "</",
        "<svg>",
        "</svg>",
        "<p ",
        "<textarea>",
        "</textarea>",
        "<b>",
        "</a>",
        '"',
        "'",
        ">",
        "/>",
        "=",
        " ",
        "\n",
        "x",
        "y",
        "href",
        "src=z",
        "&amp;",
        "&copy",
        "&#65;",
        "&lt",
        ";",
        "-",
        "!",
        "/",
    ]
)


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=25).map("".join))
def test_any_markup(text: str) -> None:
    assert ours(text) == lexbors(text)


def _sample() -> list[Path]:
    pages: list[Path] = []
    for corpus in CORPORA:
        found = sorted(corpus.rglob("*.html")) if corpus.exists() else []
        pages += found[:: max(1, len(found) // (MAX_PAGES // len(CORPORA)))]
    return [page for page in pages if page.stat().st_size <= MAX_PAGE_BYTES]


@pytest.mark.system
def test_real_pages() -> None:
    pages = _sample()
    if not pages:
        pytest.skip("documentation absent")
    different = []
    links = 0
    for page in pages:
        body = page.read_bytes()
        text = decode(body, sniff_encoding(body, "text/html"))
        found, expected = ours(text), lexbors(text)
        links += len(expected)
        if found != expected:
            different.append((page, sorted(found ^ expected)[:5]))
    assert different == []
    assert links > len(pages)
