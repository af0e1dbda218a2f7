"""A copy that is opened as a file loads nothing of the reader's machine that the live page could not load."""

from __future__ import annotations

import json

import pytest

from crawler.links.document import CLOSED
from crawler.links.html import read_html
from crawler.links.manifest import read_manifest
from crawler.links.resolving import EMPTY_URL, is_local
from crawler.links.stylesheet import read_css
from crawler.rewrite import rewrite, undo
from tests.links.reader import PAGE, links, moved


@pytest.mark.parametrize(
    "text",
    [
        "file:///etc/passwd",
        "FILE:x",
        " \n\0fi\tle\r\n:/x",
        "file:",
        "file://host/share/x.png",
        "file:\\\\host",
    ],
)
def test_what_leads_there(text: str) -> None:
    assert is_local(text)


@pytest.mark.parametrize(
    "text", ["", "file", "/file:x", "files:x", "./file:x", "f ile:x", "data:,file:", "http://file:80/"]
)
def test_what_does_not(text: str) -> None:
    assert not is_local(text)


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        (b"<script src='file:///x.js'></script>", b"<script src='data:,'></script>"),
        (b'<img src="FI\nLE://host/share/x.png">', b'<img src="data:,">'),
        (b"<iframe src=file:///etc/passwd></iframe>", b'<iframe src="data:,"></iframe>'),
        (b"<img srcset='file:///x 1x, y 2x'>", b"<img srcset='data:%2C 1x, X 2x'>"),
        (b"<link rel=stylesheet href='file:///x.css'>", b"<link rel=stylesheet href='data:,'>"),
        (b"<object data='file:///x'></object>", b"<object data='data:,'></object>"),
        (
            b"<meta http-equiv=refresh content='0; url=file:///x'>",
            b"<meta http-equiv=refresh content='0; url=data:,'>",
        ),
        (b"<p style='a:url(file:///x)'>", b"<p style='a:url(data:,)'>"),
        (
            b"<style>@import 'file:///x'; a{b:url(\\66ile:x)}</style>",
            b"<style>@import 'data:,'; a{b:url(data:,)}</style>",
        ),
        (b"<svg><image xlink:href='file:///x'/></svg>", b"<svg><image xlink:href='data:,'/></svg>"),
        (b"<svg><use href='file:///x#y'/></svg>", b"<svg><use href='data:,'/></svg>"),
        (
            b'<iframe srcdoc="&lt;img src=file:///x>"></iframe>',
            b'<iframe srcdoc="&lt;img src=&quot;data:,&quot;>"></iframe>',
        ),
    ],
)
def test_nothing_is_loaded_in_its_place(markup: bytes, expected: bytes) -> None:
    assert moved(markup) == expected
    written = rewrite(read_html(markup, PAGE), markup, lambda _: "X")
    assert undo(written) == markup


def test_a_link_that_a_reader_may_follow_stays() -> None:
    assert moved(b"<a href='file:///x'>") == b"<a href='file:///x'>"


def test_it_is_never_followed() -> None:
    body = b"<img src=file:///x><script src='file:///x' type=module></script>"
    assert links(body) == [("-", EMPTY_URL), ("-", EMPTY_URL)]
    document = read_html(body, PAGE)
    assert document.outlinks() == []
    assert document.wishes() == []
    assert {each.context for each in document.references()} == {CLOSED}


def test_in_a_stylesheet_and_a_manifest() -> None:
    css = b"a { b: url('file:///x') }"
    assert rewrite(read_css(css, PAGE), css, lambda _: "X").body == b"a { b: url('data:,') }"
    manifest = json.dumps({"icons": [{"src": "file:///x"}]}).encode()
    document = read_manifest(manifest, PAGE)
    assert document is not None
    assert json.loads(rewrite(document, manifest, lambda _: "X").body) == {"icons": [{"src": EMPTY_URL}]}
