"""From which URL a document's relative URLs are read."""

from __future__ import annotations

import pytest

from crawler.links.baseurl import base_of
from crawler.links.soup import link_soup

PAGE = "http://site.test/dir/page.html"


@pytest.mark.parametrize(
    ("markup", "base"),
    [
        ("<a href=x>", PAGE),
        ("<base target=_top>", PAGE),
        ("<base href=' /other/ '>", "http://site.test/other/"),
        ("<base target=_top><base href=/first/><base href=/second/>", "http://site.test/first/"),
        ("<base href='ftp://site.test/'>", PAGE),
        ("<base href='http://['>", PAGE),
        ("<template><base href=/inert/></template>", PAGE),
        ("<svg><base href=/foreign/></svg>", PAGE),
    ],
)
def test_the_first_base_that_says_where_counts(markup: str, base: str) -> None:
    _, builder = link_soup(markup.encode(), "utf-8")
    assert base_of(builder.made(), PAGE) == base
