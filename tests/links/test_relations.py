"""`crawler.links.relations`: the words that decide what a `link` or a `meta` is."""

from __future__ import annotations

import pytest

from crawler.links.relations import is_page_image, link_hop
from crawler.model import Hop


@pytest.mark.parametrize(
    ("rel", "hop"),
    [
        ("stylesheet alternate", Hop.EMBED),
        ("shortcut icon", Hop.EMBED),
        ("manifest", Hop.EMBED),
        ("pingback icon", Hop.EMBED),
        ("next", Hop.LINK),
        ("canonical nofollow", Hop.LINK),
        ("anything", Hop.LINK),
        ("preconnect", None),
        ("next dns-prefetch", None),
        ("", None),
    ],
)
def test_what_a_link_is_worth(rel: str, hop: Hop | None) -> None:
    assert link_hop(rel.split()) is hop


def test_what_holds_the_image_of_a_page() -> None:
    assert is_page_image("og:image")
    assert is_page_image("twitter:image:src")
    assert not is_page_image("og:image:width")
    assert not is_page_image("og:video")
