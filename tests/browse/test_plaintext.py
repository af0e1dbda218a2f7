"""The text of a page is what a reader sees, and takes no longer for being made to break its reader."""

from __future__ import annotations

import pytest

from crawler.browse.plaintext import MAX_TEXT_CHARS, text_lines


@pytest.mark.parametrize(
    ("page", "lines"),
    [
        ("", []),
        ("a<p>b</p>c", ["a", "b", "c"]),
        ("<head><title>t</title><style>s</style></head><body>x &amp; <b>y</b>", ["x & y"]),
        ("<script>var a = '<p>no';</script>one<br>two<!-- no --> three", ["one", "two three"]),
        ('<p title="a > b">text', ["text"]),
        ("<p title='never closed>text", ["text"]),
        ("a <!-- no end", ["a"]),
        ("1 < 2", ["1 < 2"]),
        ("<head>no end<p>text", ["no end", "text"]),
        ("<svg><text>no</text></svg>yes", ["yes"]),
    ],
)
def test_what_a_reader_sees(page: str, lines: list[str]) -> None:
    assert text_lines(page) == lines


@pytest.mark.parametrize("evil", ['<a "" ', "<a ", "<head>", "<!--", "<svg>", "<a '", "<", "&", "<p>"])
def test_hostile_markup_ends(evil: str) -> None:
    text_lines(evil * (1_000_000 // len(evil)) + '"')


def test_there_is_an_end() -> None:
    assert sum(map(len, text_lines("word " * 200_000))) == MAX_TEXT_CHARS


def test_a_shadow_root_is_shown_and_a_template_is_not() -> None:
    shadow = "<my-card><template shadowrootmode=open><p>In the shadow</p></template></my-card>"
    page = f"{shadow}<template><p>Nowhere</p></template><p>In the light"
    assert text_lines(page) == ["In the shadow", "In the light"]
