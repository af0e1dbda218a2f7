"""`crawler.links.srcset` against the web platform's vectors and its own promises."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.srcset import srcset, srcset_spans
from tests.cases import each

VECTORS = Path(__file__).parents[2].parent / "shared" / "vectors" / "srcset.json"
CASES = json.loads(VECTORS.read_text("utf-8")) if VECTORS.exists() else []


def test_the_vectors_are_all_there() -> None:
    if not CASES:
        pytest.skip("srcset.json absent")
    assert len(CASES) == 236


@pytest.mark.skipif(not CASES, reason="srcset.json absent")
@each(CASES)
def test_web_platform_vector(case: dict[str, str]) -> None:
    # A browser shows the first candidate here: none of the vectors has two that are valid and differ in size.
    assert srcset(case["srcset"])[:1] == ([case["expect_currentSrc"]] if case["expect_currentSrc"] else [])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a.png, b.png 2x", ["a.png", "b.png"]),
        ("a.png 1x,b.png 2x", ["a.png", "b.png"]),
        ("a.png,b.png 2x", ["a.png,b.png"]),
        ("a,w_1/x.png 1x, a,w_2/x.png 2x", ["a,w_1/x.png", "a,w_2/x.png"]),
        ("data:,a ( , data:,b 1x, ), data:,c", ["data:,c"]),
        ("a 100w 50h, b 2q, c", ["a", "c"]),
        ("a(, b", ["a(", "b"]),
        ("a 1x, a 1x", ["a", "a"]),
        ("a 1x 2(,)x, b", ["b"]),
        ("a 0w, b 0x", ["b"]),
        ("a 1e400x", ["a"]),
        ("a" + ",,,", ["a"]),
    ],
)
def test_candidates(text: str, expected: list[str]) -> None:
    assert srcset(text) == expected


def _by_the_letter(text: str) -> list[tuple[str, list[str]]]:
    """The algorithm of the specification, state by state, without the judgement of descriptors."""
    candidates: list[tuple[str, list[str]]] = []
    position = 0
    while True:
        while position < len(text) and text[position] in "\t\n\f\r ,":
            position += 1
        if position == len(text):
            return candidates
        start = position
        while position < len(text) and text[position] not in "\t\n\f\r ":
            position += 1
        url = text[start:position]
        descriptors: list[str] = []
        if url.endswith(","):
            candidates.append((url.rstrip(","), descriptors))
            continue
        state, current = "descriptor", ""
        while position < len(text):
            char = text[position]
            position += 1
            if state == "parens":
                current += char
                state = "descriptor" if char == ")" else "parens"
            elif char in "\t\n\f\r ":
                descriptors += [current] if current else []
                current = ""
            elif char == ",":
                break
            else:
                current += char
                state = "parens" if char == "(" else "descriptor"
        descriptors += [current] if current else []
        candidates.append((url, descriptors))


@given(st.text(alphabet="a,() \t1xwh.-", max_size=60))
def test_only_what_the_specification_names_is_found(text: str) -> None:
    candidates = _by_the_letter(text)
    found = iter(candidates)
    assert all(url in (candidate for candidate, _ in found) for url in srcset(text))
    bare = [
        url
        for url, descriptors in candidates
        if not descriptors or descriptors in (["1x"], ["1w"], ["1w", "1h"])
    ]
    remaining = iter(srcset(text))
    assert all(url in remaining for url in bare)


@given(st.text())
def test_spans_are_disjoint_and_hold_the_urls(text: str) -> None:
    spans = srcset_spans(text)
    assert [text[start:end] for start, end in spans] == srcset(text)
    ends = [0, *(end for _, end in spans)]
    assert all(before <= start < end for before, (start, end) in zip(ends, spans, strict=False))


@pytest.mark.parametrize("unit", ["a", ",", " ", "a,", "a ", "a 1x,", "a (", "a )(", "(", "a 1w 1h 1x ", "1"])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = "a " + unit * (1_000_000 // len(unit))
    started = time.process_time()
    srcset_spans(text)
    assert time.process_time() - started < 2
