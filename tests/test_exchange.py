"""What a request and its answer are when nothing else is said, and how headers are looked up."""

from __future__ import annotations

from crawler.exchange import Head, Request, Response
from crawler.model import ACCEPTED

HEAD = Head(status=200, headers=(("Content-Type", "text/html"), ("X-Twice", "1"), ("x-twice", "2, 3")))


def test_a_header_is_found_by_any_case_of_its_name() -> None:
    assert [HEAD.header(name) for name in ("content-type", "CONTENT-TYPE", "absent")] == ["text/html"] * 2 + [
        None
    ]


def test_the_first_of_several_counts_or_all_of_them_joined() -> None:
    assert HEAD.header("X-Twice") == "1"
    assert HEAD.joined("X-TWICE") == "1, 2, 3"
    assert HEAD.joined("absent") is None
    assert HEAD.values("x-twice") == ("1", "2, 3")
    assert HEAD.values("absent") == ()


def test_a_response_speaks_for_its_head() -> None:
    response = Response(url="http://a.example/", head=HEAD)
    assert (response.status, response.header("content-type")) == (200, "text/html")
    assert response.refusal is ACCEPTED


def test_a_request_reads_every_body_unless_told_otherwise() -> None:
    assert Request(url="http://a.example/").admit(HEAD).accepted
