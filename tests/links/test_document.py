"""`crawler.links.document`: what a document leads to."""

from __future__ import annotations

from crawler.links.document import Document, Place, Reference
from crawler.model import Hop, Outlink


def _document(*references: Reference, nofollow: bool = False) -> Document:
    places = tuple(Place(at, at + 1, "", "x", "url", (each,)) for at, each in enumerate(references))
    return Document(b"", "utf-8", "utf-8", places, nofollow=nofollow)


def _reference(url: str, hop: Hop | None, context: str = "a[href]", *, nofollow: bool = False) -> Reference:
    return Reference(0, 1, url, "#f", hop, context, nofollow)


def test_references_come_in_order() -> None:
    first, second = _reference("u", Hop.LINK), _reference("v", None)

    assert list(_document(first, second).references()) == [first, second]


def test_each_url_and_hop_counts_once_and_what_is_never_followed_not_at_all() -> None:
    document = _document(
        _reference("u", Hop.LINK, "first"),
        _reference("u", Hop.LINK),
        _reference("u", Hop.EMBED),
        _reference("v", None),
    )

    assert document.outlinks() == [
        Outlink(url="u", hop=Hop.LINK, context="first"),
        Outlink(url="u", hop=Hop.EMBED, context="a[href]"),
    ]


def test_a_link_that_may_be_followed_wins() -> None:
    document = _document(
        _reference("u", Hop.LINK, "first", nofollow=True),
        _reference("u", Hop.LINK, "second"),
        _reference("u", Hop.LINK),
    )

    assert document.outlinks() == [Outlink(url="u", hop=Hop.LINK, context="second")]


def test_a_page_can_ask_it_of_all_links_but_not_of_its_requisites() -> None:
    outlinks = _document(_reference("u", Hop.LINK), _reference("v", Hop.EMBED), nofollow=True).outlinks()

    assert [each.nofollow for each in outlinks] == [True, False]
