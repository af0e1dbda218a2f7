"""The main content of a page, whatever the page is."""

from __future__ import annotations

import pytest

from crawler.readable import readable

URL = "http://a.example/dir/page"
pytest.importorskip("trafilatura")


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            " ",
            "\0",
            "<",
            "plain text",
            "<!-- -->",
            "<?xml version='1.0' encoding='utf-8'?><p>x",
            "\ud800",
        ),
        *("<a href='http://[x'>", "<base href='http://[x'><a href='y'>z", "<div>" * 3000),
    ],
)
def test_it_never_raises(text: str) -> None:
    readable(text, URL)
