"""Say what becomes of a lease that gave no good answer: tried again, failed, or refused."""

from __future__ import annotations

import dataclasses

from crawler.addresses import Placement
from crawler.errors import SiteError
from crawler.exchange import Response
from crawler.links.headers import REDIRECTS
from crawler.model import Candidate, Decision, Disposition, Lease, State
from crawler.offers import Offers
from crawler.patience import pause_seconds, retry_after_seconds
from crawler.urls import MAX_URL_CHARS

__all__ = ["answered", "failed", "held", "leads_nowhere", "led", "refused", "retried", "silent", "unanswered"]

_MAX_SHOWN_CHARS = 100


def failed(placement: Placement, reason: str, status: int | None = None) -> Disposition:
    """The URL will not be tried again in this run; its last good copy stays."""
    return Disposition(
        state=State.FAILED,
        reason=reason,
        status=status,
        moves=placement.moves,
        is_surprise=placement.is_surprise,
    )


def refused(placement: Placement, decision: Decision) -> Disposition:
    """A rule that needs the state of the crawl (robots.txt, the answer's type) said no."""
    return Disposition(
        state=State.EXCLUDED,
        reason=decision.reason,
        moves=placement.moves,
        is_surprise=placement.is_surprise,
    )


def retried(lease: Lease, reason: str, now: float, status: int | None = None) -> Disposition:
    """Back to the queue; the whole host rests.

    Args:
        lease: its attempt decides how long.
        reason: what went wrong.
        now: the instant of the decision.
        status: of the answer, if there was one.
    """
    pause = pause_seconds(lease.attempt)
    return Disposition(
        state=State.QUEUED,
        reason=reason,
        status=status,
        retry_at=now + pause,
        host_ready_at=now + pause,
    )


def answered(done: Disposition, response: Response, most_seconds: float) -> Disposition:
    """The same with what politeness and the counts want to know of the answer.

    An answer that is no page may ask for a rest by `Retry-After` (RFC 9110 section 10.2.3), also one after which
    the URL is not asked again: the whole host gets it.

    Args:
        done: what became of the lease.
        response: the answer.
        most_seconds: the longest pause that a site is granted.
    """
    rest = 0.0
    if response.status >= 300:
        rest = retry_after_seconds(response.header("retry-after"), response.ended_at, most_seconds)
    return dataclasses.replace(
        _rested(done, response.ended_at, rest),
        latency_seconds=response.latency_seconds,
        answered=True,
        wire_bytes=response.wire.size_bytes,
    )


def silent(
    lease: Lease,
    error: SiteError,
    placement: Placement,
    over_http: Candidate | None,
    *,
    heals: bool,
    now: float,
) -> Disposition:
    """No answer: tried again later if it may heal, over http if that was left open.

    Args:
        lease: of the URL.
        error: why there is none.
        placement: where its last good copy stays.
        over_http: the same URL over http, if that was left open.
        heals: there are further tries, and they may help.
        now: the instant of the decision.
    """
    if heals:
        # Silence on https says nothing of a host that http is still to be asked of.
        done = retried(lease, str(error) if over_http is None else f"https: {error}", now)
    elif over_http is not None:
        given_up = failed(placement, f"no https ({error}); http is asked instead")
        done = dataclasses.replace(given_up, state=State.DONE, found=(over_http,))
    else:
        done = failed(placement, str(error))
    return unanswered(done, error, now)


def unanswered(done: Disposition, error: SiteError, now: float) -> Disposition:
    """The same after an error; one that was not asked for costs the host no rest and is no request."""
    return dataclasses.replace(_rested(done, now, error.rest_seconds), answered=error.was_asked)


def led(placement: Placement, target: str, offers: Offers) -> Disposition:
    """What a redirect means: its target is its one link."""
    return Disposition(
        state=State.DONE,
        reason=f"redirect to {target}" + ("" if offers.accepted else ", which is not followed"),
        found=offers.found,
        refused=offers.refused,
        leads_on=True,
        moves=placement.moves,
        is_surprise=placement.is_surprise,
        appears=placement.appears,
    )


def leads_nowhere(response: Response) -> str:
    """Why a 3xx answer without a usable target failed, its class first."""
    locations = {value.strip() for name, value in response.head.headers if name.lower() == "location"}
    if response.status not in REDIRECTS or not locations:
        return f"http_{response.status}"
    if len(locations) > 1:
        return "bad_redirect: two Locations"
    location = locations.pop()
    if len(location) > MAX_URL_CHARS:
        return f"bad_redirect: a Location of {len(location)} bytes"
    return f"bad_redirect: {location[:_MAX_SHOWN_CHARS]!a} is no web address"


def held(ended_at: float, latency_seconds: float) -> Disposition:
    """Back to the queue at no cost: robots.txt was fetched in its place, and the host rests from that answer."""
    return Disposition(
        state=State.QUEUED,
        reason="robots.txt first",
        counts_attempt=False,
        ended_at=ended_at,
        latency_seconds=latency_seconds,
        answered=True,
    )


def _rested(done: Disposition, ended_at: float, rest_seconds: float) -> Disposition:
    rests_until = ended_at + rest_seconds if rest_seconds else 0.0
    return dataclasses.replace(
        done,
        ended_at=ended_at,
        host_ready_at=max(done.host_ready_at, rests_until),
        retry_at=max(done.retry_at, rests_until) if done.state is State.QUEUED else done.retry_at,
    )
