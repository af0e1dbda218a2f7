"""Work out what one transaction's finishes tell of a host: politeness, tempo, page slots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from crawler.frontier.rows import pace_of, tempo_of
from crawler.frontier.tally import HostChange
from crawler.model import Disposition, State
from crawler.standing import Pace
from crawler.tempo import Tempo, delay_seconds, leases_at_once, rest_until, tempo_after

__all__ = ["Visit"]


@dataclass(slots=True)
class Visit:
    """A host while leases of it are closed.

    Args:
        change: what the transaction changes in its row.
        ready_at: left alone until then.
        pace: as it was told to be asked.
        tempo: how it has been answering.
    """

    change: HostChange
    ready_at: float
    pace: Pace
    tempo: Tempo

    @classmethod
    def of(cls, change: HostChange, row: tuple[Any, ...]) -> Self:
        """The host in the last columns of the statement `held`."""
        return cls(change, row[0], pace_of(row[1:5]), tempo_of(row[5:9]))

    def end(self, done: Disposition, *, is_counted: bool, holds_page_slot: int) -> None:
        """Take in one lease that is over."""
        self.tempo = tempo_after(self.tempo, done, self.ready_at)
        self.ready_at = max(self.ready_at, rest_until(self.pace, self.tempo, done))
        if done.state is State.QUEUED:
            self.change.wake(done.retry_at)
        if holds_page_slot > is_counted:
            self.change.queue_at = 0.0
        self.change.page_slots -= holds_page_slot
        self.change.pages += is_counted

    def rest(self, ended_at: float) -> None:
        """Rest from an answer on whose lease was another's by then."""
        self.ready_at = max(self.ready_at, ended_at + delay_seconds(self.pace, self.tempo))

    def close(self) -> None:
        """Note how the host is to be asked from now on."""
        tempo = self.tempo
        self.change.ready_at = max(self.change.ready_at, self.ready_at)
        self.change.answers = (
            delay_seconds(self.pace, tempo),
            leases_at_once(self.pace, tempo),
            tempo.latency_seconds,
            tempo.strain,
            tempo.silences,
            tempo.down,
        )
