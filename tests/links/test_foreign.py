"""`crawler.links.foreign`: where SVG and MathML begin and end, and where raw text does."""

from __future__ import annotations

import pytest

from crawler.links.foreign import RAW_TEXT, Foreign, foreign_text, raw_text_end


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


@pytest.mark.parametrize(
    ("text", "held"),
    [
        (b"a{}</style>", b"a{}"),
        (b"a{}<a href=x>", b"a{}"),
        (b" <![CDATA[a<b]]></style>", b"a<b"),
        (b"<![CDATA[a", b"a"),
        (b"a{}", b"a{}"),
        (b"", b""),
    ],
)
def test_text_in_svg_ends_at_the_next_tag_or_with_its_section(text: bytes, held: bytes) -> None:
    start, end = foreign_text(text, 0)
    assert text[start:end] == held
