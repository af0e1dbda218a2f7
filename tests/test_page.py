"""`crawler.page`: a stored page in a program's hands."""

from __future__ import annotations

import dataclasses

import pytest

from crawler.body import Body
from crawler.page import Page


def _page(body: bytes, encoding: str = "utf-8") -> Page:
    return Page(
        url="http://x.test/",
        status=200,
        headers=(),
        content=Body.of(body),
        encoding=encoding,
        links=(),
        depth=0,
    )


def test_text_is_decoded_as_the_page_is_read() -> None:
    assert _page("\u0436".encode("cp1251"), "windows-1251").text == "\u0436"
    assert _page(b"\xef\xbb\xbfa\xff").text == "a\ufffd"


def test_soup_is_the_whole_page_and_built_once() -> None:
    page = _page("<title>\xe9</title><p>x<p>y".encode("latin-1"), "windows-1252")

    assert page.soup.title is not None
    assert page.soup.title.string == "\xe9"
    assert [each.text for each in page.soup.find_all("p")] == ["x", "y"]
    assert page.soup is page.soup


@pytest.mark.parametrize(
    "body", [b"", b"page.html", b"http://x.test/", b"<?xml version='1.0'?><html><p>x</p></html>", b"\0"]
)
def test_no_page_warns(body: bytes) -> None:
    assert _page(body).soup is not None


def test_a_page_does_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        _page(b"").status = 404  # type: ignore[misc]
