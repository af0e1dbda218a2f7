"""Gather what one transaction's finishes change in a host's row: politeness, tempo, page slots."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import Any, Self

from crawler.frontier.rows import pace_of, tempo_of
from crawler.model import Disposition, State
from crawler.standing import Pace
from crawler.tempo import Tempo, delay_seconds, leases_at_once, rest_until, tempo_after

__all__ = ["Visit"]


@dataclass(slots=True)
class Visit:
    """A host while leases of it are closed.

    Args:
        host_id: its row.
        ready_at: left alone until then.
        pace: as it was told to be asked.
        tempo: how it has been answering.
    """

    host_id: int
    ready_at: float
    pace: Pace
    tempo: Tempo
    queue_at: float = inf
    frees_slot: bool = False
    slots: int = 0
    pages: int = 0

    @classmethod
    def of(cls, host_id: int, row: tuple[Any, ...]) -> Self:
        """The host in the last columns of the statement `held`."""
        return cls(host_id, row[0], pace_of(row[1:5]), tempo_of(row[5:9]))

    def end(self, done: Disposition, *, is_counted: bool, holds_page_slot: int) -> None:
        """Take in one lease that is over."""
        self.tempo = tempo_after(self.tempo, done, self.ready_at)
        self.ready_at = max(self.ready_at, rest_until(self.pace, self.tempo, done))
        if done.state is State.QUEUED:
            self.queue_at = min(self.queue_at, done.retry_at)
        self.frees_slot = self.frees_slot or holds_page_slot > is_counted
        self.slots += holds_page_slot
        self.pages += is_counted

    def rest(self, ended_at: float) -> None:
        """Rest from an answer on whose lease was another's by then."""
        self.ready_at = max(self.ready_at, ended_at + delay_seconds(self.pace, self.tempo))

    def values(self) -> tuple[Any, ...]:
        """What the statement `host_answered` takes."""
        tempo = self.tempo
        return (
            self.slots,
            self.pages,
            self.ready_at,
            self.frees_slot,
            self.queue_at,
            self.queue_at,
            delay_seconds(self.pace, tempo),
            leases_at_once(self.pace, tempo),
            tempo.latency_seconds,
            tempo.strain,
            tempo.silences,
            tempo.down,
            self.host_id,
        )
