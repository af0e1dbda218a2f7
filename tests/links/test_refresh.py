"""`crawler.links.refresh` against the web platform's vectors and its own promises."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.links.refresh import meta_refresh, refresh_span

VECTORS = Path(__file__).parents[2].parent / "shared" / "vectors" / "meta_refresh.json"
CASES = json.loads(VECTORS.read_text("utf-8")) if VECTORS.exists() else []


def test_the_vectors_are_all_there() -> None:
    if not CASES:
        pytest.skip("meta_refresh.json absent")
    assert len(CASES) == 73


@pytest.mark.parametrize(
    "case", CASES or [pytest.param({}, marks=pytest.mark.skip("meta_refresh.json absent"))], ids=str
)
def test_web_platform_vector(case: dict[str, list[object]]) -> None:
    found = meta_refresh(str(case["input"]))
    # The vectors write the page's own file name for an empty URL.
    assert ([found[0], found[1] or "__filename__"] if found else []) == case["expected"]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("0;url=a.html", "a.html"),
        ("0; URL = 'a.html' b", "a.html"),
        ('0; url="a\'b"', "a'b"),
        ("0; url='a.html", "a.html"),
        ("0; 'a.html'", "a.html"),
        ("0; url 'a'", "url 'a'"),
        ("5 a.html  ", "a.html"),
        ("0;url= ' a.html ' ", "a.html"),
    ],
)
def test_the_span_is_the_url_as_written(text: str, url: str) -> None:
    span = refresh_span(text)
    assert span is not None
    assert text[slice(*span)] == url
    refreshed = meta_refresh(text)
    assert refreshed is not None
    assert refreshed[1] == url


@pytest.mark.parametrize("text", ["", "5", "5;", "0; url=''", "0; url=", "x", "1x; url=a", "5;url=\t "])
def test_without_url_there_is_no_span(text: str) -> None:
    assert refresh_span(text) is None


def test_an_absurd_delay_is_finite() -> None:
    assert meta_refresh("9" * 1_000_000 + "; url=a") == (1e9, "a")


def test_digits_and_letters_are_ascii() -> None:
    assert meta_refresh("\u0661; url=a") is None
    assert meta_refresh("1; ur\u217c=a") == (1.0, "ur\u217c=a")


@given(st.text(alphabet="01.;, urlURL='\"\ta") | st.text())
def test_span_and_url_agree(text: str) -> None:
    refreshed, span = meta_refresh(text), refresh_span(text)
    written = text[slice(*span)].translate(str.maketrans("", "", "\t\n\r")) if span else ""
    assert (refreshed[1] if refreshed else "") == written.strip("".join(map(chr, range(0x21))))


@pytest.mark.parametrize("unit", ["0", ".", " ", ";", "0;", "u", "url=", "'", "0; url='"])
def test_hostile_text_takes_linear_time(unit: str) -> None:
    text = "0; " + unit * (1_000_000 // len(unit))
    started = time.process_time()
    meta_refresh(text)
    refresh_span(text)
    assert time.process_time() - started < 2
