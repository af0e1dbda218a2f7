"""Find the good copies to which no page leads any more, and write down from which run on.

Only pages that came anew, and those that are gone, can have let go of a link; so a night in which nothing changed
costs one look at an empty table. What they let go of is then looked for in the links of every page, once. A page that
is gone or moved leads nowhere; one that fails for now leads where it led. A redirect counts as a link.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from crawler.frontier.database import explain, open_database, statements
from crawler.frontier.fingerprints import fingerprint, told_live, unpack
from crawler.urls import identity

__all__ = ["note_unlinked"]

_BATCH = 500


def note_unlinked(path: Path, run: int) -> int:
    """Write down what a run found to be unlinked, or linked again; gives how many URLs that are. Blocking.

    Args:
        path: of the database.
        run: the last one, whose links have settled.

    Raises:
        StorageError: the database is damaged or cannot be written.
    """
    with closing(open_database(path)) as connection:
        try:
            connection.execute("BEGIN IMMEDIATE")
            noted = _note(connection, statements("unlinking"), run)
            connection.execute("COMMIT")
        except sqlite3.Error as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise explain(error, path) from error
    return noted


def _note(connection: sqlite3.Connection, sql: Mapping[str, str], run: int) -> int:
    lost = _let_go(connection, sql, run)
    before = {row_id for (row_id,) in connection.execute(sql["unlinked"])}
    connection.execute(sql["forget_former"])
    if not lost and not before:
        return 0
    wanted = _wanted(connection, sql, lost, before)
    linked = _linked(connection, sql, wanted)
    candidates = {row_id for found in wanted.values() for row_id in found}
    changed = [(row_id, run, 0) for row_id in candidates - linked - before]
    changed += [(row_id, run, 1) for row_id in before & linked]
    connection.executemany(sql["note"], changed)
    return len(changed)


def _let_go(connection: sqlite3.Connection, sql: Mapping[str, str], run: int) -> set[int]:
    """Fingerprints of what some page led to before, and does not now."""
    lost: set[int] = set()
    for before, now in _each(connection, sql["former"]):
        lost.update(set(unpack(before)).difference(unpack(now or b"")))
    for (before,) in _each(connection, sql["left"], {"run": run}):
        lost.update(unpack(before))
    return lost


def _wanted(
    connection: sqlite3.Connection, sql: Mapping[str, str], lost: set[int], before: set[int]
) -> dict[int, set[int]]:
    """The URLs to be looked for, by each fingerprint by which a page may lead there."""
    wanted: dict[int, set[int]] = {}
    for row_id, key in _each(connection, sql["good"]):
        marks = fingerprint(key), fingerprint(told_live(key))
        if row_id in before or not lost.isdisjoint(marks):
            for mark in marks:
                wanted.setdefault(mark, set()).add(row_id)
    return wanted


def _linked(
    connection: sqlite3.Connection, sql: Mapping[str, str], wanted: Mapping[int, set[int]]
) -> set[int]:
    """Those of them to which another page leads, or a redirect."""
    linked: set[int] = set()
    for row_id, targets in _each(connection, sql["leading"]):
        for mark in wanted.keys() & set(unpack(targets)):
            linked |= wanted[mark] - {row_id}
    for row_id, target in _each(connection, sql["redirects"]):
        linked |= wanted.get(fingerprint(identity(target)), set()) - {row_id}
    return linked


def _each(connection: sqlite3.Connection, statement: str, terms: Any = ()) -> Iterator[Any]:
    cursor = connection.execute(statement, terms)
    while rows := cursor.fetchmany(_BATCH):
        yield from rows
