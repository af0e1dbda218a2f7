"""`crawler.links.foreign`: where SVG and MathML begin and end, and where raw text does."""

from __future__ import annotations

import pytest

from crawler.links.foreign import RAW_TEXT, Foreign, raw_text_end


def _walk(steps: str, *, is_xml: bool = False) -> list[bool]:
    """`name` starts, `name/` starts and ends at once, `/name` ends; whether each start is foreign."""
    foreign = Foreign(is_xml=is_xml)
    found = []
    for step in steps.split():
        if step.startswith("/"):
            foreign.end(step[1:])
        else:
            found.append(foreign.start(step.removesuffix("/"), is_closed=step.endswith("/")))
    return found


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("a svg a /svg a", [False, True, True, False]),
        ("svg/ a", [True, False]),
        ("math a /math a", [True, True, False]),
        ("svg foreignobject a svg a /svg a /foreignobject a", [True, True, False, True, True, False, True]),
        ("svg foreignobject/ a", [True, True, True]),
        ("svg desc a /svg a", [True, True, False, False]),
        ("svg img a", [True, False, False]),
        ("/svg a", [False]),
        ("title a", [False, False]),
    ],
)
def test_nesting(steps: str, expected: list[bool]) -> None:
    assert _walk(steps) == expected


def test_xml_is_all_foreign() -> None:
    assert _walk("a img svg /svg a", is_xml=True) == [True] * 4


def test_depth_is_bounded() -> None:
    foreign = Foreign(is_xml=False)
    for _ in range(1000):
        foreign.start("svg", is_closed=False)
    for _ in range(64):
        foreign.end("svg")

    assert not foreign.is_inside


@pytest.mark.parametrize("name", sorted(RAW_TEXT))
def test_raw_text_ends_at_its_own_end_tag(name: str) -> None:
    body = f"x </{name}x> </ {name}> <{name}> </{name.upper()}\n> </{name}>".encode()

    assert raw_text_end(body, name, 0) == body.index(name.upper().encode()) - 2
    assert raw_text_end(b"abc", name, 1) == 3


@pytest.mark.parametrize(
    ("text", "end"),
    [
        (b"x</script>", 1),
        (b"<!-- </script>", 5),
        (b"<!--<script></script>--></script>", 24),
        (b"<!--<script></script></script>", 21),
        (b"<!--<scripty></script>", 13),
        (b"<script></script>", 8),
        (b"<!--><script></script>", 13),
        (b"<!--<script>--></script>", 15),
        (b"<!--<script></script> ", 22),
    ],
)
def test_a_script_may_hide_an_end_tag(text: bytes, end: int) -> None:
    assert raw_text_end(text, "script", 0) == end


def test_which_elements_hold_raw_text() -> None:
    html, xml = Foreign(is_xml=False), Foreign(is_xml=True)

    assert html.holds_raw_text("textarea", is_foreign=False, is_closed=True)
    assert not html.holds_raw_text("textarea", is_foreign=True, is_closed=False)
    assert html.holds_raw_text("style", is_foreign=True, is_closed=False)
    assert not html.holds_raw_text("style", is_foreign=True, is_closed=True)
    assert not html.holds_raw_text("title", is_foreign=True, is_closed=False)
    assert xml.holds_raw_text("title", is_foreign=True, is_closed=False)
