"""`crawler.svgstyle`: what drawing programs write is understood, anything else is not guessed at."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.svgstyle import UnreadableError, declarations, read_rules, style_of


def said(sheet: str, tag: str = "path", name: str = "", *classes: str) -> dict[str, str]:
    return style_of(read_rules(sheet), tag, name, classes)


def test_rules_apply_by_their_weight_and_then_in_order() -> None:
    sheet = "#i{fill:red} .a.b{fill:blue} .a{fill:green;stroke:#000} path{fill:pink;opacity:.5} *{fill:gray}"
    assert said(sheet) == {"fill": "pink", "opacity": ".5"}
    assert said(sheet, "g") == {"fill": "gray"}
    assert said(sheet, "g", "", "a") == {"fill": "green", "stroke": "#000"}
    assert said(sheet, "g", "", "b", "a")["fill"] == "blue"
    assert said(sheet, "g", "i", "a", "b")["fill"] == "red"
    assert said(".a{fill:red}.a{fill:blue}", "g", "", "a") == {"fill": "blue"}


def test_lists_comments_and_spaces() -> None:
    sheet = "/* a { */ .a , g.b{ fill : url(#x) ; } \n\n .c{}"
    assert said(sheet, "g", "", "b") == {"fill": "url(#x)"}
    assert said(sheet, "path", "", "b") == {}


@pytest.mark.parametrize(
    "sheet",
    [
        *(
            "@import 'x';",
            "@media print{.a{fill:red}}",
            ".a .b{fill:red}",
            ".a>.b{fill:red}",
            ".a:hover{fill:red}",
        ),
        *(
            "[x]{fill:red}",
            ".a{fill:red!important}",
            ".a{behavior:url(x)}",
            ".a{fill:r\\65 d}",
            ".a{fill",
            "}",
        ),
        *(",{fill:red}", "{fill:red}", ".a{fill:}", ".a{fill}", "<![CDATA[.a{fill:red}]]>"),
    ],
)
def test_what_is_more_than_that_is_not_read(sheet: str) -> None:
    with pytest.raises(UnreadableError):
        read_rules(sheet)


def test_what_a_drawing_program_notes_for_itself_is_passed_over() -> None:
    assert declarations("-inkscape-font-specification:x; fill:red;") == {"fill": "red"}


@given(st.text("ab.#{}:;, */@\\!", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        rules = read_rules(text)
    except UnreadableError:
        return
    style_of(rules, "a", "a", ["b"])
