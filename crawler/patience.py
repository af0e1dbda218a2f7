"""Say how long to wait after a failure: a pure function of the failure, the attempt and what the site asks.

The strategy is tenacity's exponential wait with jitter; it is only asked for its figure, because no
worker sleeps: the URL goes back to the queue with the instant it may be tried again.
"""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime

from tenacity import RetryCallState, Retrying, wait_exponential_jitter

__all__ = ["HEALING", "RETRIED_STATUSES", "pause_seconds", "retry_after_seconds"]

RETRIED_STATUSES = frozenset({408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524})
"""Statuses that may heal: RFC 9110 and 6585, and those Cloudflare gives for an origin in trouble."""

HEALING = frozenset(
    {"connect", "dns", "empty_reply", "host_down", "incomplete", "proxy", "robots", "timeout"}
    | {"blocked", "login_wall", "maintenance", "truncated"}
) | {f"http_{status}" for status in RETRIED_STATUSES}
"""Classes of failures that the next run takes up first: they may have healed."""

_WAIT = wait_exponential_jitter(max=120.0, jitter=1.0)
_RETRYING = Retrying()
_MOST_DOUBLED = 64


def pause_seconds(attempt: int) -> float:
    """Seconds to the next try after attempt 1, 2, 3, ...: about 1, 2, 4, ... with up to a second of jitter."""
    state = RetryCallState(_RETRYING, None, (), {})
    # It raises 2 to that power, digit by digit.
    state.attempt_number = min(attempt, _MOST_DOUBLED)
    return float(_WAIT(state))


def retry_after_seconds(value: str | None, now: float, most_seconds: float) -> float:
    """Seconds that a `Retry-After` header asks for (RFC 9110 section 10.2.3), between 0 and `most_seconds`.

    Args:
        value: seconds or an HTTP date; junk asks for nothing.
        now: the instant of the answer.
        most_seconds: the longest pause we grant.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        # 10^12 seconds and more are written by servers in trouble.
        return min(float(text[:12]), most_seconds)
    try:
        date = parsedate_to_datetime(text)
        asked_at = (date if date.tzinfo is not None else date.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return min(max(asked_at - now, 0.0), most_seconds)
