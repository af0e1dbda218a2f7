"""What becomes of a lease that gave no good answer."""

from __future__ import annotations

import pytest

from crawler.addresses import Placement
from crawler.dispositions import failed, held, leads_nowhere, refused, retried
from crawler.exchange import Head, Response
from crawler.model import Candidate, Decision, Lease, State

URL = "http://a.example/"
MOVED = Placement(moves=True, is_surprise=True)


def lease(attempt: int) -> Lease:
    return Lease(
        candidate=Candidate(url=URL, key=URL, host="a.example"), token=1, attempt=attempt, expires_at=0
    )


def answer(retry_after: str | None) -> Response:
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return Response(url=URL, head=Head(status=503, headers=headers))


def test_failed_keeps_reason_and_place() -> None:
    done = failed(MOVED, "http_404", 404)
    assert (done.state, done.reason, done.status) == (State.FAILED, "http_404", 404)
    assert (done.moves, done.is_surprise, done.capture) == (True, True, None)


def test_refused_names_the_rule() -> None:
    done = refused(Placement(), Decision(accepted=False, rule="robots", detail="line 3"))
    assert (done.state, done.reason, done.answered) == (State.EXCLUDED, "robots: line 3", False)


@pytest.mark.parametrize(("attempt", "least", "most"), [(1, 1, 2), (2, 2, 3), (3, 4, 5), (20, 120, 121)])
def test_pauses_grow_with_the_attempts(attempt: int, least: float, most: float) -> None:
    done = retried(lease(attempt), "timeout", 1000.0, most_seconds=300)
    assert done.state is State.QUEUED
    assert 1000 + least <= done.retry_at <= 1000 + most
    assert done.host_ready_at == done.retry_at
    assert done.counts_attempt
    assert done.status is None


@pytest.mark.parametrize(
    ("retry_after", "least", "most"),
    [("50", 50, 50), ("1", 1, 2), ("junk", 1, 2), (None, 1, 2), ("99999", 300, 300), ("-5", 1, 2)],
)
def test_retry_after_is_granted_within_reason(retry_after: str | None, least: float, most: float) -> None:
    done = retried(lease(1), "http_503", 1000.0, response=answer(retry_after), most_seconds=300)
    assert 1000 + least <= done.host_ready_at <= 1000 + most
    assert done.status == 503


def test_held_costs_no_attempt() -> None:
    done = held(40.0, 2.0, ())
    assert (done.state, done.counts_attempt, done.answered) == (State.QUEUED, False, True)
    assert (done.retry_at, done.host_ready_at, done.ended_at, done.latency_seconds) == (0.0, 0.0, 40.0, 2.0)


@pytest.mark.parametrize(
    ("status", "locations", "reason"),
    [
        (301, (), "http_301"),
        (300, ("/a",), "http_300"),
        (302, ("file:///etc/passwd",), "bad_redirect: 'file:///etc/passwd' is no web address"),
        (302, ("java\x1b[2Jscript:\u202ex",), r"bad_redirect: 'java\x1b[2Jscript:\u202ex' is no web address"),
        (308, ("/a", "/b"), "bad_redirect: two Locations"),
        (308, ("/" + "a" * 9000,), "bad_redirect: a Location of 9001 bytes"),
    ],
)
def test_a_redirect_without_a_target_says_why(status: int, locations: tuple[str, ...], reason: str) -> None:
    headers = tuple(("Location", each) for each in locations)
    assert leads_nowhere(Response(url=URL, head=Head(status=status, headers=headers))) == reason
