"""Which pages are made alike, by their URLs."""

from __future__ import annotations

import pytest

from crawler.templates import template_of


@pytest.mark.parametrize(
    ("url", "template"),
    [
        ("https://a.example/", "a.example/"),
        ("https://a.example/about", "a.example/*"),
        ("http://a.example:8080/about", "a.example:8080/*"),
        ("https://a.example/products/12", "a.example/products/*"),
        ("https://a.example/products/red-shoe", "a.example/products/*"),
        ("https://a.example/products/", "a.example/products/"),
        ("https://a.example/2024/05/title.HTML", "a.example/*/*/*.html"),
        ("https://a.example/list?page=2&b=&page=3", "a.example/*?b&page"),
        ("https://a.example/v1.25/x", "a.example/*/*"),
    ],
)
def test_templates(url: str, template: str) -> None:
    assert template_of(url) == template


def test_is_bounded() -> None:
    assert len(template_of("https://a.example/" + "long/" * 1000 + "x?" + "&".join("abcdefghij"))) < 210
    assert len(template_of("https://a.example/?" + "q" * 4000)) < 210
