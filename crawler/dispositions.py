"""Say what becomes of a lease that gave no good answer: tried again, failed, or refused."""

from __future__ import annotations

from crawler.addresses import Placement
from crawler.exchange import Response
from crawler.links.headers import REDIRECTS
from crawler.model import Candidate, Decision, Disposition, Lease, State
from crawler.patience import pause_seconds, retry_after_seconds
from crawler.urls import MAX_URL_CHARS

__all__ = ["failed", "held", "leads_nowhere", "refused", "retried"]

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


def retried(
    lease: Lease, reason: str, now: float, *, response: Response | None = None, most_seconds: float
) -> Disposition:
    """Back to the queue; the whole host rests, as long as `Retry-After` asks if it does.

    Args:
        lease: its attempt decides how long.
        reason: what went wrong.
        now: the instant of the decision.
        response: the answer, if there was one.
        most_seconds: the longest pause that a site is granted.
    """
    pause = pause_seconds(lease.attempt)
    if response is not None:
        pause = max(pause, retry_after_seconds(response.header("retry-after"), now, most_seconds))
    return Disposition(
        state=State.QUEUED,
        reason=reason,
        status=None if response is None else response.status,
        retry_at=now + pause,
        host_ready_at=now + pause,
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


def held(ended_at: float, latency_seconds: float, found: tuple[Candidate, ...]) -> Disposition:
    """Back to the queue at no cost: robots.txt was fetched in its place, and the host rests from that answer."""
    return Disposition(
        state=State.QUEUED,
        reason="robots.txt first",
        found=found,
        counts_attempt=False,
        ended_at=ended_at,
        latency_seconds=latency_seconds,
        answered=True,
    )
