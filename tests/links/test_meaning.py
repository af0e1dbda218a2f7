"""`crawler.links.meaning`: the same attribute means another thing beside others."""

from __future__ import annotations

import pytest

from crawler.links.html import read_html
from tests.links.reader import PAGE


@pytest.mark.parametrize(
    ("markup", "context"),
    [
        ("<form action=x>", "form[action]"),
        ("<form method=' GET ' action=x>", "form[action]"),
        ("<form method=post action=x>", "posting form[action]"),
        ("<script src=x></script>", "script[src]"),
        ("<script type=MODULE src=x></script>", "module script[src]"),
        ("<script type=text/javascript src=x></script>", "script[src]"),
        ("<svg><use href=x>", "use[href]"),
        ("<svg><use xlink:href=x>", "use[xlink:href]"),
        ("<svg><use xlink:href=x href>", "overruled use[xlink:href]"),
        ("<link rel='icon manifest' href=x>", "link[rel=manifest]"),
        ("<link rel=ModulePreload href=x>", "link[rel=modulepreload]"),
        ("<link rel=icon href=x>", "link[href]"),
        ("<link rel='canonical manifest' href=x>", "link[rel=canonical]"),
    ],
)
def test_the_context_tells(markup: str, context: str) -> None:
    assert [each.context for each in read_html(markup.encode(), PAGE).references()] == [context]
