"""What a rule costs for one page, one URL, one file; compare two states of the code, not two machines."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from benchmarks.rules.material import PAGE, page, robots_txt, stylesheet, urls
from crawler.links.html import read_html
from crawler.links.stylesheet import read_css
from crawler.options import ScopeOptions
from crawler.paths import mirror_path, relative
from crawler.rewrite import rewrite
from crawler.robots import parse
from crawler.scope import Scope
from crawler.traps import Traps
from crawler.urls import canonicalize, identity

Benchmark = Callable[..., Any]

URLS = urls(1000)
SMALL = pytest.param(page(31, 13_000), id="13 KB, 31 links")
LARGE = pytest.param(page(310, 96_000), id="96 KB, 310 links")
PAGES = pytest.mark.parametrize("body", [SMALL, LARGE])
HTML = "text/html; charset=utf-8"


@PAGES
def test_reading_a_page(benchmark: Benchmark, body: bytes) -> None:
    document = benchmark(read_html, body, PAGE, HTML)
    assert document.places


@PAGES
def test_rewriting_a_page(benchmark: Benchmark, body: bytes) -> None:
    document = read_html(body, PAGE, HTML)
    rewritten = benchmark(rewrite, document, body, lambda _: "../other/there.html")
    assert rewritten.body != body


def test_reading_a_style_sheet(benchmark: Benchmark) -> None:
    document = benchmark(read_css, stylesheet(1000), "http://site.test/style.css", "text/css")
    assert len(document.places) == 100


def test_joining_a_thousand_links(benchmark: Benchmark) -> None:
    links = [f"../other/page-{number}.html#part" for number in range(1000)]
    found = benchmark(lambda: [canonicalize(link, PAGE) for link in links])
    assert found[1] == "http://site.test/other/page-1.html"


def test_identities_of_a_thousand_urls(benchmark: Benchmark) -> None:
    assert len(benchmark(lambda: {identity(url) for url in URLS})) == len(URLS)


def test_judging_a_thousand_urls_by_scope(benchmark: Benchmark) -> None:
    scope = Scope(ScopeOptions(), ["http://site.test/"])
    assert all(benchmark(lambda: [scope.judge(url, "L", 1).accepted for url in URLS]))


def test_judging_a_thousand_urls_by_traps(benchmark: Benchmark) -> None:
    traps = Traps(2026)
    assert all(benchmark(lambda: [traps.judge(url).accepted for url in URLS]))


def test_naming_a_thousand_files(benchmark: Benchmark) -> None:
    assert len(set(benchmark(lambda: [mirror_path(url, "text/html") for url in URLS]))) == len(URLS)


def test_a_thousand_relative_references(benchmark: Benchmark) -> None:
    names = [mirror_path(url, "text/html") for url in URLS]
    found = benchmark(lambda: [relative(names[0], name) for name in names])
    assert all(found)


def test_reading_a_robots_txt_of_a_thousand_rules(benchmark: Benchmark) -> None:
    robots = benchmark(parse, robots_txt(1000))
    assert not robots.can_fetch("crawler", "/private-7/x.php")


def test_a_thousand_urls_by_a_robots_txt_of_a_thousand_rules(benchmark: Benchmark) -> None:
    robots = parse(robots_txt(1000))
    assert all(benchmark(lambda: [robots.can_fetch("crawler", url) for url in URLS]))
