"""Our script is the first of a page's, wherever its head begins, and nothing else of the page changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from crawler.body import SMALL_BYTES, Body, Spool
from crawler.browse.prologue import with_prologue


def parts(page: bytes, charset: str = "utf-8", spool: Spool | None = None) -> tuple[bytes, bytes]:
    """What stands before our script and behind it."""
    shown = with_prologue(Body.of(page), charset, spool or Spool()).read()
    before, start, rest = shown.partition(b"<script>/*<![CDATA[*/(() => {")
    assert start
    return before, rest.partition(b"/*]]>*/</script>")[2]


@pytest.mark.parametrize(
    ("opening", "rest"),
    [
        (b"", b""),
        (b"", b"<p>text"),
        (b"<!DOCTYPE html>\n", b"<title>x</title>"),
        (
            b"\xef\xbb\xbf<!-- a > b --><!doctype html><html lang='a>b'>\n<HEAD\nid=x>",
            b"<meta charset=utf-8>",
        ),
        (b"<html><head>", b"<head><script>1</script>"),
        (b"<html>", b"<header><head>"),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html xmlns="y"><head>', b"<title/>"),
        (b"<!-- a -->", b"<!-- never ends"),
        (b"", b"<html never ends" + b"x" * 100_000),
    ],
)
def test_it_stands_at_the_beginning_of_the_head(opening: bytes, rest: bytes) -> None:
    assert parts(opening + rest) == (opening, rest)


def test_a_large_page_lies_in_a_file(tmp_path: Path) -> None:
    page = b"<!DOCTYPE html><head>" + b"x" * SMALL_BYTES
    spool = Spool(tmp_path)
    shown = with_prologue(spool.keep([page]), "utf-8", spool)
    assert shown.path is not None
    assert parts(page, spool=spool) == (page[:21], page[21:])
    assert shown.size_bytes > len(page)


@pytest.mark.parametrize("charset", ["utf-16le", "UTF-16", "utf-32"])
def test_what_is_not_written_in_letters_of_a_byte_is_left_alone(charset: str) -> None:
    page = Body.of("<p>".encode("utf-16"))
    assert with_prologue(page, charset, Spool()) is page


def test_text_that_is_made_to_be_slow_is_not() -> None:
    page = b"<!doctype html>" + b"<!---->\n " * 7000 + b"<html " + b"a='" * 3000
    before, rest = parts(page)
    assert before + rest == page
