"""A good body is read once, and gives all that it leads to."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from crawler.addresses import Addresses
from crawler.body import Body
from crawler.errors import PermanentError
from crawler.exchange import Head, Headers
from crawler.harvest import Harvest, Reader
from crawler.links.allowance import MAX_LINKS
from crawler.links.findings import MAX_READ_BYTES, Text
from crawler.model import Candidate, Capture, Hop, Lease
from crawler.options import CrawlOptions
from crawler.scope import Scope
from crawler.study import AsSent, Reading, Study

HOME = "http://a.example/"
PAGE = b"<title> A  title </title><a href=/x>x</a><img src=/y.png>"


async def read(
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
    study: Study | None = None,
    etag: str | None = None,
) -> Harvest:
    options = CrawlOptions()
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
        etag=etag,
    )
    lease = Lease(candidate=candidate, token=1, attempt=1, expires_at=0)
    async with study or Study() as study:
        reader = Reader(options, Scope(options.scope, [HOME]), addresses or Addresses(), study)
        return await reader.read(
            lease, capture, Body.of(body), Head(status=200, headers=headers), writes_file=writes_file
        )


def found(harvest: Harvest) -> list[tuple[str, Hop]]:
    return [(each.url, each.hop) for each in harvest.outlinks]


async def test_a_page_gives_links_title_encoding_and_file() -> None:
    harvest = await read(PAGE, content_type="text/html; charset=latin1")
    assert found(harvest) == [(f"{HOME}x", Hop.LINK), (f"{HOME}y.png", Hop.EMBED)]
    assert (harvest.capture.title, harvest.capture.charset) == ("A title", "windows-1252")
    assert harvest.is_page
    assert harvest.file == (
        "a.example/index.html",
        Body.of(PAGE.replace(b"=/x", b'="x~.html"').replace(b"=/y.png", b'="y.png"')),
    )
    assert harvest.targets is not None
    assert len(harvest.targets) == 8


async def test_links_of_headers_count() -> None:
    harvest = await read(b"", headers=(("Link", "</next>; rel=next"), ("Refresh", "3; url=/later")))
    assert found(harvest) == [(f"{HOME}next", Hop.LINK), (f"{HOME}later", Hop.REDIRECT)]


@pytest.mark.parametrize("media_type", ["text/css", "image/svg+xml"])
async def test_stylesheets_and_drawings_lead_on_and_are_no_pages(media_type: str) -> None:
    body = b"a{b:url(/x.png)}" if media_type == "text/css" else b'<svg><image href="/x.png"/></svg>'
    harvest = await read(body, media_type, path="a.example/x.svg")
    assert found(harvest) == [(f"{HOME}x.png", Hop.EMBED)]
    assert not harvest.is_page
    assert harvest.file is not None


@pytest.mark.parametrize("media_type", ["image/png", "text/plain", "application/pdf", ""])
async def test_other_types_are_kept_as_they_are(media_type: str) -> None:
    harvest = await read(b"<a href=/x>", media_type)
    assert found(harvest) == []
    assert harvest.file == ("a.example/index.html", Body.of(b"<a href=/x>"))
    assert harvest.targets is None
    assert not harvest.is_page


async def test_a_frame_is_mirrored_and_counts_as_no_page() -> None:
    harvest = await read(PAGE, hops="E", is_requisite=True)
    assert not harvest.is_page
    assert harvest.file is not None


async def test_a_sitemap_is_no_page_and_has_no_edition() -> None:
    body = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://a.example/x</loc></url></urlset>'
    harvest = await read(body, "application/xml", hops="P", path=None)
    assert found(harvest) == [(f"{HOME}x", Hop.MANIFEST)]
    assert harvest.file is None
    assert not harvest.is_page


async def test_a_sitemap_met_by_a_link_is_mirrored() -> None:
    body = b'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><url><loc>http://a.example/x</loc></url></urlset>'
    harvest = await read(body, "application/xml", hops="L", path="a.example/sitemap.xml")
    assert found(harvest) == [(f"{HOME}x", Hop.MANIFEST)]
    assert harvest.file == ("a.example/sitemap.xml", Body.of(body))


async def test_html_in_the_place_of_a_sitemap_gives_nothing() -> None:
    harvest = await read(PAGE, hops="P", path=None)
    assert found(harvest) == []
    assert not harvest.is_page


async def test_nothing_is_written_where_the_file_is_there_or_the_mirror_is_off() -> None:
    for harvest in (await read(PAGE, writes_file=False), await read(PAGE, path=None)):
        assert harvest.file is None
        assert harvest.targets is None
        assert len(harvest.outlinks) == 2


async def test_x_robots_tag_speaks_for_links_and_not_for_requisites() -> None:
    harvest = await read(PAGE, headers=(("X-Robots-Tag", "none"), ("Link", "</n>; rel=next")))
    assert [(each.url, each.nofollow) for each in harvest.outlinks] == [
        (f"{HOME}n", True),
        (f"{HOME}x", True),
        (f"{HOME}y.png", False),
    ]
    assert [each.url for each in harvest.offers.found] == [f"{HOME}y.png"]


async def test_what_was_accepted_is_known_to_the_pages_to_come() -> None:
    addresses = Addresses()
    await read(PAGE, addresses=addresses)
    assert addresses.has_met(HOME)
    assert addresses.has_met(f"{HOME}x")
    assert not addresses.has_met(f"{HOME}z")


class Broken(Study):
    """No text can be read here."""

    @asynccontextmanager
    async def read(self, text: Text, body: Body) -> AsyncIterator[Reading]:
        if text.url == HOME:
            raise PermanentError("parse", "it broke its reader")
        yield AsSent(body)


async def test_what_cannot_be_read_is_kept_as_it_was_sent() -> None:
    harvest = await read(PAGE, study=Broken(), headers=(("Link", "</next>; rel=next"),), etag='"1"')
    assert harvest.failure == "parse: it broke its reader"
    assert found(harvest) == [(f"{HOME}next", Hop.LINK)]
    assert harvest.file == ("a.example/index.html", Body.of(PAGE))
    assert harvest.targets == b""
    assert not harvest.is_page
    assert harvest.capture.etag is None


async def test_a_text_too_long_to_be_read_is_kept_and_remarked() -> None:
    body = PAGE + b" " * MAX_READ_BYTES
    harvest = await read(body, study=Broken(), content_type="text/html; charset=latin1", etag='"1"')
    assert harvest.remark == "unread: 20 MB of text is kept; links are read in 20 MB at most"
    assert harvest.failure == ""
    assert found(harvest) == []
    assert harvest.is_page
    assert (harvest.capture.charset, harvest.capture.etag) == ("windows-1252", '"1"')
    assert harvest.file == ("a.example/index.html", Body.of(body))
    assert harvest.targets == b""


async def test_links_beyond_the_most_are_counted() -> None:
    body = "".join(f"<a href=/{each}>" for each in range(MAX_LINKS + 5)).encode()
    harvest = await read(body)
    assert harvest.remark == f"links-a-page: 5 links beyond the first {MAX_LINKS} are left out"
    assert harvest.offers.refused["links-a-page", "a.example"] == 5
    assert len(harvest.offers.found) == MAX_LINKS
