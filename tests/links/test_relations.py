"""`crawler.links.relations`: the words that decide what a `link` or a `meta` is."""

from __future__ import annotations

import pytest

from crawler.links.findings import Text, find
from crawler.links.relations import canonical_of, is_page_image, link_hop
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


SITE = "http://a.example/"


@pytest.mark.parametrize(
    ("head", "canonical"),
    [
        ('<link rel=canonical href="/x">', f"{SITE}x"),
        ('<link rel="CANONICAL nofollow" href="x">', f"{SITE}x"),
        ('<link rel=alternate hreflang=en href="/x"><link rel=canonical href="/x">', f"{SITE}x"),
        ('<link rel=canonical href="/x"><link rel=canonical href="/x#y">', f"{SITE}x"),
        ('<link rel=canonical href="/x"><link rel=canonical href="/y">', None),
        ('<link rel=canonical href="mailto:x">', None),
        ('<link rel=canonical href="">', None),
        ('<link rel=next href="/x">', None),
        ('<template><link rel=canonical href="/x"></template>', None),
    ],
)
def test_what_a_page_names_as_canonical(head: str, canonical: str | None) -> None:
    findings, _ = find(Text(url=SITE, media_type="text/html"), f"<head>{head}</head>".encode())
    assert canonical_of(findings.outlinks) == canonical
