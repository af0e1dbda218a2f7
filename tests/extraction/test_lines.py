"""Where something stands in a TOML text."""

from __future__ import annotations

import pytest

from crawler.extraction.lines import Step, line_of

TEXT = '''# rules
[[item]]
name = "a"
[item.fields]
x = "p"

[[item]]
name = """
[item.fields]
y = 1
"""
[item.fields]
y = { css = "q" }
z.css = "r"
[item.fields."odd"]
css = "s"
[[follow]]
css = "a"
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("item", 0), 2),
        (("item", 0, "name"), 3),
        (("item", 0, "fields", "x"), 5),
        (("item", 0, "fields", "x", "css"), 5),
        (("item", 1), 7),
        (("item", 1, "fields", "y", "typ"), 13),
        (("item", 1, "fields", "z", "css"), 14),
        (("item", 1, "fields", "odd", "css"), 16),
        (("follow", 0, "xpath"), 17),
        (("nothing",), 1),
    ],
)
def test_lines(path: tuple[Step, ...], line: int) -> None:
    assert line_of(TEXT, path) == line
