"""What became of an answer is told from its record as the pipeline told it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from crawler.archive.provenance import read_path
from crawler.archive.recovery import Recovered
from crawler.archive.segment import Location
from crawler.body import Body
from crawler.exchange import Head, Headers, Response
from crawler.mirror.store import Mirror
from crawler.model import State
from crawler.relics import relic_of
from crawler.standing import Relic

URL = "https://example.org/a"
HTML = ("Content-Type", "text/html; charset=utf-8")
PNG = ("Content-Type", "image/png")


@pytest.fixture
def mirror(tmp_path: Path) -> Mirror:
    mirror = Mirror(tmp_path / "mirror", tmp_path / ".partial")
    mirror.sweep()
    return mirror


def found(
    *headers: tuple[str, str],
    status: int = 200,
    body: bytes = b"<p>",
    path: str = "1 L link https://example.org/",
    url: str = URL,
    is_revisit: bool = False,
) -> Recovered:
    told: Headers = headers
    head = Head(status=status, headers=told)
    return Recovered(
        response=Response(url=url, head=head, body=Body.of(body), started_at=9.0, ended_at=9.0),
        location=Location(segment="s.warc.gz", offset=5, length=6),
        candidate=read_path(url, path),
        is_revisit=is_revisit,
        wire_bytes=3,
    )


def flags(relic: Relic) -> set[str]:
    return {name for name in ("is_page", "leads_on", "is_surprise") if getattr(relic, name)}


def test_a_page(mirror: Mirror) -> None:
    relic = relic_of(found(HTML, ("ETag", '"x"'), ("Last-Modified", "now")), mirror)
    assert (relic.state, relic.reason, relic.status, relic.at, relic.wire_bytes) == (
        State.DONE,
        "",
        200,
        9.0,
        3,
    )
    assert flags(relic) == {"is_page", "leads_on"}
    capture = relic.capture
    assert capture is not None
    assert (capture.segment, capture.offset, capture.length) == ("s.warc.gz", 5, 6)
    assert (capture.etag, capture.last_modified, capture.content_type) == ('"x"', "now", HTML[1])
    assert (capture.media_type, capture.mirror_path) == ("text/html", "example.org/a~.html")
    assert relic.candidate.depth == 1


def test_a_frame_is_no_page_and_a_sitemap_of_robots_txt_has_no_file(mirror: Mirror) -> None:
    assert flags(relic_of(found(HTML, path="1 LE requisite https://example.org/"), mirror)) == {"leads_on"}
    relic = relic_of(found(HTML, path="0 P link https://example.org/robots.txt"), mirror)
    assert relic.capture is not None
    assert relic.capture.mirror_path is None
    assert flags(relic) == {"leads_on", "is_surprise"}


@pytest.mark.parametrize(
    ("headers", "body", "is_read"),
    [
        ((PNG,), b"\x89PNG", False),
        ((PNG, ("Link", "</next>; rel=next")), b"\x89PNG", True),
        ((("Content-Type", "text/css"),), b"", True),
        ((("Content-Type", "text/xml"),), b"<urlset></urlset>", True),
        ((("Content-Type", "text/plain"),), b"words", False),
    ],
)
def test_what_leads_on(headers: Headers, body: bytes, *, is_read: bool) -> None:
    assert relic_of(found(*headers, body=body), None).leads_on == is_read


def test_what_has_no_file_as_it_was_sent_is_read_again(mirror: Mirror) -> None:
    picture = found(PNG, body=b"\x89PNG", url="https://example.org/a.png")
    assert relic_of(picture, mirror).leads_on
    asyncio.run(mirror.write([("example.org/a.png", Body.of(b"\x89PNG"))]))
    assert flags(relic_of(picture, mirror)) == set()
    asyncio.run(mirror.write([("example.org/a.png", Body.of(b"\x89PNX"))]))
    assert relic_of(picture, mirror).leads_on
    assert not relic_of(picture, None).leads_on


def test_a_name_that_is_not_the_predicted_one(mirror: Mirror) -> None:
    assert "is_surprise" in flags(relic_of(found(PNG, body=b"\x89PNG"), mirror))
    assert "is_surprise" not in flags(relic_of(found(PNG, body=b"\x89PNG"), None))


def test_a_redirect(mirror: Mirror) -> None:
    relic = relic_of(found(("Location", "/b"), status=301), mirror)
    assert (relic.state, relic.reason) == (State.DONE, "redirect to https://example.org/b")
    assert relic.capture is not None
    assert relic.capture.redirect_to == "https://example.org/b"
    assert flags(relic) == {"leads_on", "is_surprise"}


@pytest.mark.parametrize(
    ("status", "reason"),
    [(404, "http_404"), (503, "http_503"), (206, "http_206"), (304, "http_304"), (302, "http_302")],
)
def test_a_failure(mirror: Mirror, status: int, reason: str) -> None:
    relic = relic_of(found(HTML, status=status), mirror)
    assert (relic.state, relic.reason, relic.status) == (State.FAILED, reason, status)
    assert relic.capture is not None
    assert flags(relic) == {"is_surprise"}
    assert flags(relic_of(found(HTML, status=status), None)) == set()


def test_what_had_not_changed(mirror: Mirror) -> None:
    relic = relic_of(found(status=304, body=b"", is_revisit=True), mirror)
    assert (relic.state, relic.reason, relic.capture) == (State.DONE, "unchanged", None)
    assert (relic.segment, relic.segment_bytes) == ("s.warc.gz", 11)


def test_where_nobody_says_how_it_was_reached_what_is_no_page_was_needed_by_one() -> None:
    assert relic_of(found(PNG, body=b"\x89PNG", path=""), None).candidate.is_requisite
    assert not relic_of(found(HTML, path=""), None).candidate.is_requisite
    assert not relic_of(found(PNG, body=b"\x89PNG"), None).candidate.is_requisite
