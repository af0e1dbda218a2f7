"""A lease becomes a request, and its response a capture."""

from __future__ import annotations

import dataclasses
import hashlib

import pytest

from crawler.asking import capture_of, is_mirrored, mirror_path_of, request_for
from crawler.body import Body
from crawler.exchange import Head, Response
from crawler.model import Candidate, Capture, Lease
from crawler.options import ScopeOptions
from crawler.scope import Scope

URL = "http://a.example/x"


def lease(*, hops: str = "L", is_requisite: bool = False, capture: Capture | None = None) -> Lease:
    candidate = Candidate(url=URL, key=URL, host="a.example", hops=hops, is_requisite=is_requisite)
    return Lease(candidate=candidate, token=1, attempt=1, expires_at=0, capture=capture)


def good(**validators: str) -> Capture:
    return Capture(url=URL, captured_at=0, status=200, media_type="", size_bytes=0, digest="", **validators)  # type: ignore[arg-type]


SCOPE = Scope(ScopeOptions(types=("html",)))


@pytest.mark.parametrize(
    ("capture", "headers"),
    [
        (None, ()),
        (good(), ()),
        (good(etag='W/"1"'), (("If-None-Match", 'W/"1"'),)),
        (
            good(last_modified="Fri, 02 Oct 2026 08:00:00 GMT"),
            (("If-Modified-Since", "Fri, 02 Oct 2026 08:00:00 GMT"),),
        ),
        (good(etag='"1"', last_modified="x"), (("If-None-Match", '"1"'), ("If-Modified-Since", "x"))),
        (good(etag=""), ()),
    ],
)
def test_a_known_page_is_asked_conditionally(
    capture: Capture | None, headers: tuple[tuple[str, str], ...]
) -> None:
    request = request_for(lease(capture=capture), SCOPE)
    assert (request.url, request.headers) == (URL, headers)


@pytest.mark.parametrize(
    ("status", "content_type", "accepted"),
    [
        (200, "text/html; charset=utf-8", True),
        (200, "TEXT/HTML", True),
        (200, "application/zip", False),
        (404, "application/zip", True),
        (301, "application/zip", True),
    ],
)
def test_a_type_that_nobody_wants_is_cut(status: int, content_type: str, accepted: bool) -> None:
    head = Head(status=status, headers=(("Content-Type", content_type),))
    assert request_for(lease(), SCOPE).admit(head).accepted == accepted


def test_requisites_sitemaps_and_untold_types_are_read() -> None:
    zipped = Head(status=200, headers=(("content-type", "application/zip"),))
    assert request_for(lease(hops="E", is_requisite=True), SCOPE).admit(zipped).accepted
    assert request_for(lease(hops="P"), SCOPE).admit(zipped).accepted
    assert request_for(lease(), SCOPE).admit(Head(status=200)).accepted


def test_a_capture_says_what_came() -> None:
    head = Head(
        status=200,
        headers=(("ETag", '"1"'), ("Last-Modified", "yesterday"), ("Content-Type", "text/html; charset=x")),
    )
    response = Response(
        url=URL, head=head, wire=Body.of(b"coded"), body=Body.of(b"decoded"), started_at=5.0, ended_at=7.0
    )
    assert capture_of(response, "text/html") == Capture(
        url=URL,
        captured_at=5.0,
        status=200,
        media_type="text/html",
        content_type="text/html; charset=x",
        size_bytes=7,
        digest=f"sha256:{hashlib.sha256(b'decoded').hexdigest()}",
        etag='"1"',
        last_modified="yesterday",
    )


def test_sitemaps_of_robots_txt_have_no_file() -> None:
    assert mirror_path_of(lease(), "text/html") == "a.example/x~.html"
    assert mirror_path_of(lease(), "image/png") == "a.example/x~.png"
    assert mirror_path_of(lease(hops="P"), "application/xml") is None
    assert mirror_path_of(lease(hops="PM"), "text/html") == "a.example/x~.html"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, True),
        ({"digest": "sha256:other"}, False),
        ({"mirror_path": "a.example/y~.html"}, False),
        ({"charset": ""}, False),
        ({"charset": "", "media_type": "image/png"}, True),
    ],
)
def test_what_the_mirror_holds_is_not_written_again_unless_it_was_not_read(
    changes: dict[str, str], expected: bool
) -> None:
    new = dataclasses.replace(
        good(), media_type="text/html", charset="utf-8", digest="sha256:x", mirror_path="a.example/x~.html"
    )
    assert is_mirrored(lease(capture=dataclasses.replace(new, **changes)), new) is expected  # type: ignore[arg-type]
    assert not is_mirrored(lease(), new)
