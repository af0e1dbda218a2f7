"""How a URL was reached stands in its record."""

from __future__ import annotations

import pytest

from crawler.archive.provenance import read_path, show_path
from crawler.model import MAX_HOPS_KEPT, UNKNOWN_DEPTH, Candidate
from crawler.urls import host_key, identity

URL = "https://example.org/a?b=c"


def candidate(**more: object) -> Candidate:
    return Candidate(url=URL, key=identity(URL), host=host_key(URL), **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("reached", "text"),
    [
        (candidate(is_seed=True), "0 - seed -"),
        (candidate(depth=2, hops="LL", via="https://example.org/"), "2 LL link https://example.org/"),
        (
            candidate(depth=1, hops="LE", via="https://x.org/", is_requisite=True),
            "1 LE requisite https://x.org/",
        ),
        (candidate(hops="R", via="http://example.org/", is_seed=True), "0 R seed http://example.org/"),
        (
            candidate(depth=90, hops="L" * MAX_HOPS_KEPT, via="https://x.org/"),
            f"90 {'L' * 40} link https://x.org/",
        ),
    ],
)
def test_what_was_written_is_read(reached: Candidate, text: str) -> None:
    assert show_path(reached) == text
    assert read_path(URL, text) == reached


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        "2",
        "2 LL link",
        "-1 LL link -",
        "x LL link -",
        "\u0663 LL link -",
        "99999999999 LL link -",
        "2 QQ link -",
        f"2 {'L' * 41} link -",
        "2 LL friend -",
        "2  LL link -",
    ],
)
def test_anything_else_tells_nothing(text: str | None) -> None:
    assert read_path(URL, text) == candidate(depth=UNKNOWN_DEPTH)


def test_what_is_no_url_is_no_via() -> None:
    assert read_path(URL, "2 LL link javascript:alert(1)").via is None
    assert read_path(URL, "9999999999 L link -").depth == UNKNOWN_DEPTH
