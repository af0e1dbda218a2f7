"""Work out from how a host answers how fast it may be asked, and when it is down.

The delay follows the latency, smoothed, and the last answer in full: a slow host is asked less often. Trouble (5xx, 429, time-outs, connections
that break) doubles it, good answers take that back little by little. Silence in a row, no answer at all, is
counted: the host rests longer each time, and after `DOWN_AFTER` its other URLs would only repeat it. The
figures are argued in docs/decisions/0009-tempo-of-a-host.md.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from crawler.model import Disposition, State
from crawler.patience import RETRIED_STATUSES
from crawler.standing import Pace

__all__ = [
    "DOWN_AFTER",
    "LEAST_DELAY_SECONDS",
    "MOST_DELAY_SECONDS",
    "SILENCES_KEPT",
    "SILENT",
    "Tempo",
    "delay_seconds",
    "in_a_new_run",
    "leases_at_once",
    "rest_until",
    "tempo_after",
]

DOWN_AFTER = 6
"""Silences in a row after which a host is down for the rest of the run: 31 seconds of rests, and the time-outs."""

LEAST_DELAY_SECONDS = 0.25
"""The shortest delay of a host that is not the user's, unless an option says otherwise."""

MOST_DELAY_SECONDS = 60.0
"""The longest delay that latency and trouble make of a shorter one."""

SILENCES_KEPT = 3
"""How many of them a new run remembers: a host that was down gets another chance, a shorter one."""

SILENT = frozenset({"dns", "connect", "timeout", "empty_reply"})
"""Classes of failures in which the host said nothing."""

_BROKEN = frozenset({"incomplete", "robots"})
_MOST_STRAIN = 64.0
_EASED_BY = 0.9
_WEIGHT_OF_THE_LAST = 0.25
# Nothing is asked with them.
_LEASES_WHEN_DOWN = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Tempo:
    """What is remembered of a host, also between runs.

    Args:
        latency_seconds: smoothed; 0: it never answered.
        strain: what trouble multiplies the delay by, 1 without.
        silences: leases in a row that got no answer.
        down: the failure that the host is down with; "": it is not.
    """

    latency_seconds: float = 0.0
    strain: float = 1.0
    silences: int = 0
    down: str = ""


def tempo_after(tempo: Tempo, end: Disposition, ready_at: float) -> Tempo:
    """What is known of a host after one more lease.

    Args:
        tempo: before.
        end: of the lease.
        ready_at: the host was to be left alone until then; silence before that is the same incident.
    """
    # Of robots.txt the time to connect is a part: it is rested from, not remembered.
    if not end.answered or not end.counts_attempt:
        return tempo
    failure = end.reason.partition(":")[0]
    if end.status is None and failure in SILENT:
        # A name that does not exist is no host: the next question gets the same answer.
        if failure == "dns" and end.state is State.FAILED:
            return _silent(tempo, DOWN_AFTER, end.reason)
        if end.ended_at < ready_at:
            return tempo
        return _silent(tempo, tempo.silences + 1, end.reason)
    if end.status in RETRIED_STATUSES or failure in _BROKEN:
        return _heard(tempo, end, min(tempo.strain * 2, _MOST_STRAIN))
    if end.status is None and end.latency_seconds is None:
        return tempo
    return _heard(tempo, end, max(tempo.strain * _EASED_BY, 1.0))


def delay_seconds(pace: Pace, tempo: Tempo) -> float:
    """How long a host is left alone after an answer."""
    if not pace.adapts:
        return pace.delay_seconds
    felt = max(pace.delay_seconds, tempo.latency_seconds) * tempo.strain
    return max(pace.delay_seconds, min(felt, MOST_DELAY_SECONDS))


def leases_at_once(pace: Pace, tempo: Tempo) -> int:
    """How many leases of a host may be out: one while it is silent, many to be failed once it is down."""
    if tempo.down:
        return _LEASES_WHEN_DOWN
    if tempo.silences or delay_seconds(pace, tempo) > 0:
        return 1
    return pace.parallel + pace.spare


def rest_until(pace: Pace, tempo: Tempo, end: Disposition) -> float:
    """The instant until which a host is left alone after a lease; `tempo` is the one after it.

    The one place where a rest is worked out: the delay in force, or what this very answer took if that is longer.
    """
    if not end.answered:
        return end.host_ready_at
    delay = delay_seconds(pace, tempo)
    if pace.adapts and end.latency_seconds is not None:
        delay = max(delay, min(end.latency_seconds, MOST_DELAY_SECONDS))
    if tempo.silences and not tempo.down:
        delay = max(delay, 2.0 ** (tempo.silences - 1))
    return max(end.host_ready_at, end.ended_at + delay)


def in_a_new_run(tempo: Tempo) -> Tempo:
    """What is still held of a host when a process begins or continues a run."""
    return replace(tempo, silences=min(tempo.silences, SILENCES_KEPT), down="")


def _silent(tempo: Tempo, silences: int, reason: str) -> Tempo:
    return replace(
        tempo,
        strain=min(tempo.strain * 2, _MOST_STRAIN),
        silences=silences,
        down=reason if silences >= DOWN_AFTER else "",
    )


def _heard(tempo: Tempo, end: Disposition, strain: float) -> Tempo:
    """The host said something."""
    latency, before = end.latency_seconds, tempo.latency_seconds
    if latency is None:
        latency = before
    elif before:
        latency = before + (latency - before) * _WEIGHT_OF_THE_LAST
    return Tempo(latency_seconds=latency, strain=strain)
