"""No document may cost more than its size.

What a regular expression does inside cannot be counted, so processor time is compared: a bomb eight times as
large may cost thirty times as much, not sixty-four; the best of three tries counts, tiny times are let pass.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from crawler.links.html import read_html
from crawler.links.stylesheet import read_css
from crawler.rewrite import rewrite
from tests.links.reader import PAGE

pytestmark = pytest.mark.long

NEGLIGIBLE_SECONDS = 0.02

BOMBS: dict[str, Callable[[int], str]] = {
    "nested": lambda n: "<div>" * n,
    "unclosed": lambda n: "<p><b><a href=x><td><li>" * n,
    "attribute": lambda n: "<a href='" + "x" * (n * 50) + "'>",
    "open attribute": lambda n: "<a href='" + "x" * (n * 50),
    "open attributes": lambda n: "<a href='x\" " * n,
    "attributes": lambda n: "<a " + "".join(f"a{i}=1 " for i in range(n)) + "href=x>",
    "same attributes": lambda n: "<a " + "href=x " * n + ">",
    "open attributes of one tag": lambda n: "<a " + "x = " * n,
    "spaces": lambda n: "<a" + " " * n * 10 + "href" + " " * n * 10 + "=" + " " * n * 10 + "x",
    "equals": lambda n: "<a " + "=" * n * 10,
    "less than": lambda n: "<" * n * 10,
    "less than a": lambda n: "<a" * n * 5,
    "comments": lambda n: "<!--" * n,
    "comment dashes": lambda n: "<!--" + "-" * n * 10,
    "doctypes": lambda n: "<!" * n * 5,
    "cdata": lambda n: "<svg>" + "<![CDATA[" * n,
    "end tags": lambda n: "</" * n * 5,
    "formatting": lambda n: "<b><i><u>" * n,
    "links": lambda n: "".join(f"<a href=x{i}>" for i in range(n)),
    "same links": lambda n: "<a href=x>" * n,
    "scripts": lambda n: "<script>" * n,
    "closed scripts": lambda n: "<script><!--<script>" * n,
    "script signs": lambda n: "<script>" + "<!-- <script -->" * n,
    "templates": lambda n: "<template>" * n + "<a href=x>" + "</template>" * n,
    "svg": lambda n: "<svg><desc>" * n + "</math></title>" * n,
    "titles": lambda n: "<title>" + "&amp;" * n,
    "references": lambda n: "<a href='" + "&" * n * 5 + "&#" * n + "&a" * n + "&#" + "1" * n * 10 + "'>",
    "srcset": lambda n: "<img srcset='" + "a 1x (, " * n + "'>",
    "srcset commas": lambda n: "<img srcset='" + "," * n * 10 + "'>",
    "style": lambda n: "<p style='" + "url(" * n + "'>",
    "styles": lambda n: "<p style=\"style='" * n,
    "style element": lambda n: "<style>" + "@import url(\\" * n,
    "refresh": lambda n: "<meta http-equiv=refresh content='" + "0" * n + " " * n + "url" + " " * n + "'>",
    "bases": lambda n: "<base href=x>" * n,
}


def _cost(work: Callable[[str], object], text: str) -> float:
    best = float("inf")
    for _ in range(3):
        started = time.process_time()
        work(text)
        best = min(best, time.process_time() - started)
    return best


def _read_and_rewrite(text: str) -> None:
    body = text.encode()
    rewrite(read_html(body, PAGE, "text/html; charset=utf-8"), body, lambda _: "X")


def _read_css(text: str) -> None:
    body = text.encode()
    rewrite(read_css(body, PAGE), body, lambda _: "X")


@pytest.mark.parametrize("bomb", BOMBS)
@pytest.mark.parametrize("work", [_read_and_rewrite, _read_css], ids=["html", "css"])
def test_work_grows_with_size_not_with_its_square(bomb: str, work: Callable[[str], None]) -> None:
    small, large = BOMBS[bomb](2_000), BOMBS[bomb](16_000)
    cost = _cost(work, large)
    if cost < NEGLIGIBLE_SECONDS:
        return
    # Eight times the size: linear is 8, quadratic is 64.
    assert cost < 30 * max(_cost(work, small), NEGLIGIBLE_SECONDS / 30)
