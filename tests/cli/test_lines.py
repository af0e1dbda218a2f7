from hypothesis import given
from hypothesis import strategies as st

from crawler.cli.lines import aligned, counted, printable


def test_control_characters_are_escaped() -> None:
    assert printable("a\x1b[31m\n\x9b\u202e\udcff") == "a\\x1b[31m\\n\\x9b\\u202e\\udcff"


@given(st.text())
def test_what_is_printable_stays_and_nothing_else_does(text: str) -> None:
    shown = printable(text)
    assert shown.isprintable()
    assert (shown == text) is text.isprintable()


def test_columns_stand_under_each_other() -> None:
    rows = [("host", "pages", "note"), ("a.example", "7", ""), ("b", "1234567", "\n")]
    assert aligned(rows, "lrl") == [
        "host         pages  note",
        "a.example        7",
        r"b          1234567  \n",
    ]


def test_no_rows_are_no_lines() -> None:
    assert aligned([], "lr") == []


def test_nouns_are_counted() -> None:
    assert [counted(number, "host") for number in (0, 1, 2)] == ["0 hosts", "1 host", "2 hosts"]
