"""Gather what a transaction changes in the hosts and the counts, and write it once at its end."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from crawler.frontier.states import allows
from crawler.model import State

__all__ = ["HostChange", "Tally"]

_PLACE = {state: place for place, state in enumerate(State)}
_ALLOWED = {(before, after) for before in State for after in State if allows(before, after)}


@dataclass(slots=True)
class HostChange:
    """What changes in the row of one host.

    Args:
        states: by how much its counts change, in the order of `State`.
        pages: more pages counted.
        page_slots: more page slots held.
        ready_at: it is not asked before, whatever it said so far.
        queue_at: from then on, at the latest, a URL may be taken that its page slots allow.
        free_at: the same for one that needs no slot.
        answers: the new delay and tempo, if it was asked: the last terms of the statement `answer_host`.
    """

    states: list[int] = field(default_factory=lambda: [0] * len(State))
    pages: int = 0
    page_slots: int = 0
    ready_at: float = 0.0
    queue_at: float = inf
    free_at: float = inf
    answers: tuple[Any, ...] = ()

    def wake(self, at: float = 0.0) -> None:
        """A URL is queued that may be taken from an instant on."""
        self.queue_at = min(self.queue_at, at)
        self.free_at = min(self.free_at, at)

    def values(self, host_id: int) -> tuple[Any, ...]:
        """The terms of the statement `change_host`, or `answer_host`."""
        instants = (self.ready_at, self.queue_at, self.free_at)
        return (*self.states, self.pages, self.page_slots, *instants, *self.answers, host_id)


class Tally:
    """The changes of one transaction: how many URLs of which host moved between which states."""

    def __init__(self) -> None:
        self._hosts: defaultdict[int, HostChange] = defaultdict(HostChange)
        self._new_hosts = 0

    def host(self, host_id: int) -> HostChange:
        """What changes in a host's row, to be added to."""
        return self._hosts[host_id]

    def host_is_new(self) -> None:
        """A host was met for the first time."""
        self._new_hosts += 1

    def move(self, host_id: int, before: State | None, after: State) -> None:
        """A URL of this host went from one state to another as the table allows; `None`: it is new."""
        assert before is None or (before, after) in _ALLOWED, f"{before} -> {after}"
        states = self._hosts[host_id].states
        if before is not None:
            states[_PLACE[before]] -= 1
        states[_PLACE[after]] += 1

    def write(self, connection: sqlite3.Connection, sql: Mapping[str, str]) -> None:
        """Add the changes to the host rows and the total, and begin again."""
        if not self._hosts and not self._new_hosts:
            return
        rows: dict[str, list[tuple[Any, ...]]] = {"change_host": [], "answer_host": []}
        # In the order of the table: neighbours lie on one page.
        for host_id, change in sorted(self._hosts.items()):
            rows["answer_host" if change.answers else "change_host"].append(change.values(host_id))
        for statement, changes in rows.items():
            connection.executemany(sql[statement], changes)
        columns = zip(*(change.states for change in self._hosts.values()), strict=True)
        total = [sum(column) for column in columns] or [0] * len(State)
        connection.execute(sql["count_total"], (*total, self._new_hosts))
        self._hosts.clear()
        self._new_hosts = 0
