"""What becomes of a lease that gave no good answer."""

from __future__ import annotations

import pytest

from crawler.addresses import Placement
from crawler.dispositions import answered, failed, held, leads_nowhere, refused, retried, unanswered
from crawler.errors import PermanentError, TransientError
from crawler.exchange import Head, Response
from crawler.model import Candidate, Decision, Lease, State

URL = "http://a.example/"
MOVED = Placement(moves=True, is_surprise=True)


def lease(attempt: int) -> Lease:
    return Lease(
        candidate=Candidate(url=URL, key=URL, host="a.example"), token=1, attempt=attempt, expires_at=0
    )


def answer(status: int, retry_after: str | None) -> Response:
    headers = () if retry_after is None else (("Retry-After", retry_after),)
    return Response(url=URL, head=Head(status=status, headers=headers), ended_at=1000.0, latency_seconds=2.0)


def test_failed_keeps_reason_and_place() -> None:
    done = failed(MOVED, "http_404", 404)
    assert (done.state, done.reason, done.status) == (State.FAILED, "http_404", 404)
    assert (done.moves, done.is_surprise, done.capture) == (True, True, None)


def test_refused_names_the_rule() -> None:
    done = refused(Placement(), Decision(accepted=False, rule="robots", detail="line 3"))
    assert (done.state, done.reason, done.answered) == (State.EXCLUDED, "robots: line 3", False)


@pytest.mark.parametrize(("attempt", "least", "most"), [(1, 1, 2), (2, 2, 3), (3, 4, 5), (20, 120, 121)])
def test_pauses_grow_with_the_attempts(attempt: int, least: float, most: float) -> None:
    done = retried(lease(attempt), "timeout", 1000.0)
    assert done.state is State.QUEUED
    assert 1000 + least <= done.retry_at <= 1000 + most
    assert done.host_ready_at == done.retry_at
    assert done.counts_attempt
    assert done.status is None


@pytest.mark.parametrize("status", [503, 429, 302, 404, 413])
@pytest.mark.parametrize(
    ("retry_after", "rest"), [("50", 50), ("1", 1), ("junk", 0), (None, 0), ("99999", 300), ("-5", 0)]
)
def test_retry_after_is_granted_within_reason(status: int, retry_after: str | None, rest: float) -> None:
    failure = failed(MOVED, f"http_{status}", status)
    done = answered(failure, answer(status, retry_after), 300)
    assert done.host_ready_at == (1000 + rest if rest else 0)
    assert (done.state, done.retry_at, done.ended_at) == (State.FAILED, 0, 1000)
    assert (done.answered, done.latency_seconds) == (True, 2.0)
    again = answered(retried(lease(1), "http", 1000.0, status), answer(status, retry_after), 300)
    assert again.retry_at == again.host_ready_at >= 1000 + max(rest, 1)
    assert again.status == status


def test_a_date_is_counted_from_the_answer() -> None:
    done = answered(failed(MOVED, "http_503", 503), answer(503, "Thu, 01 Jan 1970 00:17:10 GMT"), 300)
    assert done.host_ready_at == 1030


def test_a_page_asks_for_no_rest() -> None:
    done = answered(retried(lease(1), "", 1000.0), answer(200, "50"), 300)
    assert done.retry_at <= 1002


def test_what_was_not_asked_is_no_request_and_costs_no_rest() -> None:
    failure = failed(MOVED, "robots: answered 503")
    known = unanswered(failure, PermanentError("robots", was_asked=False), 1000.0)
    assert (known.answered, known.host_ready_at) == (False, 0)
    told = unanswered(failure, TransientError("robots", rest_seconds=30.0), 1000.0)
    assert (told.answered, told.host_ready_at, told.ended_at) == (True, 1030, 1000)


def test_held_costs_no_attempt() -> None:
    done = held(40.0, 2.0)
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
