"""Nothing runs in a report, and nothing is loaded."""

from __future__ import annotations

from crawler.reportpage.template import fill


def test_only_its_own_style_is_let_in() -> None:
    page = fill(title="T", gist="G", content="<p>C</p>")
    assert "default-src 'none'; style-src 'sha256-" in page
    assert "prefers-color-scheme: dark" in page
    assert "<script" not in page
