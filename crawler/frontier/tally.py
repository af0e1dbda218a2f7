"""Gather what a transaction changes in the counts, and write it once at its end."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping

from crawler.frontier.states import allows
from crawler.model import State

__all__ = ["Tally"]

_PLACE = {state: place for place, state in enumerate(State)}


class Tally:
    """The changes of one transaction: how many URLs of which host moved between which states."""

    def __init__(self) -> None:
        self._hosts: defaultdict[int, list[int]] = defaultdict(lambda: [0] * len(State))
        self._new_hosts = 0

    def host_is_new(self) -> None:
        """A host was met for the first time."""
        self._new_hosts += 1

    def move(self, host_id: int, before: State | None, after: State) -> None:
        """A URL of this host went from one state to another as the table allows; `None`: it is new."""
        assert before is None or allows(before, after), f"{before} -> {after}"
        row = self._hosts[host_id]
        if before is not None:
            row[_PLACE[before]] -= 1
        row[_PLACE[after]] += 1

    def write(self, connection: sqlite3.Connection, sql: Mapping[str, str]) -> None:
        """Add the changes to the host rows and the total, and begin again."""
        if not self._hosts and not self._new_hosts:
            return
        connection.executemany(sql["count_host"], [(*row, host_id) for host_id, row in self._hosts.items()])
        total = [sum(column) for column in zip(*self._hosts.values(), strict=True)] or [0] * len(State)
        connection.execute(sql["count_total"], (*total, self._new_hosts))
        self._hosts.clear()
        self._new_hosts = 0
