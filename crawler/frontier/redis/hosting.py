"""Work out what hosts will be like once leases are finished: how a host's tempo changes is a rule of ours, not of a script.

What a script is told of a host holds only if nobody changed the host since it was looked at; else it is looked at again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crawler.frontier.redis.wire import Row, number, pace_of, row_of, tempo_of, told_pace
from crawler.model import Disposition, Finish
from crawler.standing import Pace
from crawler.tempo import Tempo, delay_seconds, rest_until, tempo_after

__all__ = ["Host", "host_names", "host_of", "worked_out"]


@dataclass(slots=True)
class Host:
    """A host while what came of its leases is worked out."""

    version: int
    pace: Pace
    tempo: Tempo
    ready_at: float

    def learn(self, end: Disposition) -> None:
        """Take in how it answered, and leave it alone for as long as that asks."""
        self.tempo = tempo_after(self.tempo, end, self.ready_at)
        self.ready_at = max(self.ready_at, rest_until(self.pace, self.tempo, end))

    def rest_since(self, asked_at: float) -> None:
        """Leave it alone for its delay."""
        self.ready_at = max(self.ready_at, asked_at + delay_seconds(self.pace, self.tempo))

    def told(self) -> dict[str, Any]:
        """What it becomes, if it is still the version that was looked at."""
        return {**told_pace(self.pace, self.tempo), "ready": self.ready_at, "v": self.version}


def host_of(row: Row) -> Host:
    """The host of a row."""
    return Host(int(number(row, "v")), pace_of(row), tempo_of(row), number(row, "ready"))


def worked_out(finishes: Sequence[Finish], looked: Any) -> tuple[dict[str, Any], list[int]]:
    """What the hosts will be like after these, and how each lease stands before them.

    Args:
        finishes: of leases.
        looked: what `look` answered for them and for `host_names` of them.
    """
    standings, rows = looked
    found = zip(host_names(finishes), rows, strict=True)
    hosts = {name: host_of(row_of(row)) for name, row in found if row}
    changed = set()
    over: set[tuple[str, int]] = set()
    for each, standing in zip(finishes, standings, strict=True):
        name, end = each.lease.candidate.host, each.disposition
        lease = (each.lease.candidate.key, each.lease.token)
        if standing > 0 and lease not in over:
            hosts[name].learn(end)
            changed.add(name)
        elif standing >= 0 and end.answered:
            hosts[name].rest_since(end.ended_at)
            changed.add(name)
        over.add(lease)
    return {name: hosts[name].told() for name in changed}, standings


def host_names(finishes: Sequence[Finish]) -> list[str]:
    """The hosts of these leases."""
    return sorted({each.lease.candidate.host for each in finishes})
