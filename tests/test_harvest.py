"""A good body is read once, and gives all that it leads to."""

from __future__ import annotations

import pytest

from crawler.addresses import Addresses
from crawler.body import Body
from crawler.exchange import Head, Headers
from crawler.harvest import Harvest, Reader
from crawler.model import Candidate, Capture, Hop, Lease
from crawler.options import CrawlOptions
from crawler.scope import Scope

HOME = "http://a.example/"
PAGE = b"<title> A  title </title><a href=/x>x</a><img src=/y.png>"


def read(
    body: bytes,
    media_type: str = "text/html",
    *,
    headers: Headers = (),
    hops: str = "",
    is_requisite: bool = False,
    path: str | None = "a.example/index.html",
    writes_file: bool = True,
    addresses: Addresses | None = None,
    content_type: str = "",
) -> Harvest:
    options = CrawlOptions()
    reader = Reader(options, Scope(options.scope, [HOME]), addresses or Addresses())
    candidate = Candidate(url=HOME, key=HOME, host="a.example", hops=hops, is_requisite=is_requisite)
    capture = Capture(
        url=HOME,
        captured_at=0,
        status=200,
        media_type=media_type,
        size_bytes=len(body),
        digest="",
        mirror_path=path,
        content_type=content_type,
    )
    lease = Lease(candidate=candidate, token=1, attempt=1, expires_at=0)
    return reader.read(
        lease, capture, Body.of(body), Head(status=200, headers=headers), writes_file=writes_file
    )


def found(harvest: Harvest) -> list[tuple[str, Hop]]:
    return [(each.url, each.hop) for each in harvest.outlinks]


def test_a_page_gives_links_title_encoding_and_file() -> None:
    harvest = read(PAGE, content_type="text/html; charset=latin1")
    assert found(harvest) == [(f"{HOME}x", Hop.LINK), (f"{HOME}y.png", Hop.EMBED)]
    assert (harvest.capture.title, harvest.capture.charset) == ("A title", "windows-1252")
    assert harvest.is_page
    assert harvest.file == (
        "a.example/index.html",
        Body.of(PAGE.replace(b"=/x", b'="x~.html"').replace(b"=/y.png", b'="y.png"')),
    )
    assert harvest.targets is not None
    assert len(harvest.targets) == 8


def test_links_of_headers_count() -> None:
    harvest = read(b"", headers=(("Link", "</next>; rel=next"), ("Refresh", "3; url=/later")))
    assert found(harvest) == [(f"{HOME}next", Hop.LINK), (f"{HOME}later", Hop.REDIRECT)]


@pytest.mark.parametrize("media_type", ["text/css", "image/svg+xml"])
def test_stylesheets_and_drawings_lead_on_and_are_no_pages(media_type: str) -> None:
    body = b"a{b:url(/x.png)}" if media_type == "text/css" else b'<svg><image href="/x.png"/></svg>'
    harvest = read(body, media_type, path="a.example/x.svg")
    assert found(harvest) == [(f"{HOME}x.png", Hop.EMBED)]
    assert not harvest.is_page
    assert harvest.file is not None


@pytest.mark.parametrize("media_type", ["image/png", "text/plain", "application/pdf", ""])
def test_other_types_are_kept_as_they_are(media_type: str) -> None:
    harvest = read(b"<a href=/x>", media_type)
    assert found(harvest) == []
    assert harvest.file == ("a.example/index.html", Body.of(b"<a href=/x>"))
    assert harvest.targets is None
    assert not harvest.is_page


def test_a_frame_is_mirrored_and_counts_as_no_page() -> None:
    harvest = read(PAGE, hops="E", is_requisite=True)
    assert not harvest.is_page
    assert harvest.file is not None


def test_a_sitemap_is_no_page_and_has_no_edition() -> None:
    body = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://a.example/x</loc></url></urlset>'
    harvest = read(body, "application/xml", hops="P", path=None)
    assert found(harvest) == [(f"{HOME}x", Hop.MANIFEST)]
    assert harvest.file is None
    assert not harvest.is_page


def test_a_sitemap_met_by_a_link_is_mirrored() -> None:
    body = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://a.example/x</loc></url></urlset>'
    harvest = read(body, "application/xml", hops="L", path="a.example/sitemap.xml")
    assert found(harvest) == [(f"{HOME}x", Hop.MANIFEST)]
    assert harvest.file == ("a.example/sitemap.xml", Body.of(body))


def test_html_in_the_place_of_a_sitemap_gives_nothing() -> None:
    harvest = read(PAGE, hops="P", path=None)
    assert found(harvest) == []
    assert not harvest.is_page


def test_nothing_is_written_where_the_file_is_there_or_the_mirror_is_off() -> None:
    for harvest in (read(PAGE, writes_file=False), read(PAGE, path=None)):
        assert harvest.file is None
        assert harvest.targets is None
        assert len(harvest.outlinks) == 2


def test_x_robots_tag_speaks_for_links_and_not_for_requisites() -> None:
    harvest = read(PAGE, headers=(("X-Robots-Tag", "none"), ("Link", "</n>; rel=next")))
    assert [(each.url, each.nofollow) for each in harvest.outlinks] == [
        (f"{HOME}n", True),
        (f"{HOME}x", True),
        (f"{HOME}y.png", False),
    ]
    assert [each.url for each in harvest.offers.found] == [f"{HOME}y.png"]


def test_what_was_accepted_is_known_to_the_pages_to_come() -> None:
    addresses = Addresses()
    read(PAGE, addresses=addresses)
    assert addresses.has_met(HOME)
    assert addresses.has_met(f"{HOME}x")
    assert not addresses.has_met(f"{HOME}z")
