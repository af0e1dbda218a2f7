"""Follow redirects from row to row: where a key's file lies, and which way a seed went."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Mapping
from typing import Any

from crawler.frontier.fingerprints import key_hash
from crawler.frontier.rows import seed_of
from crawler.standing import SeedState
from crawler.urls import identity

__all__ = ["MAX_REDIRECTS", "addresses_of", "way_of"]

MAX_REDIRECTS = 10
"""As many are followed in a row."""


def addresses_of(
    connection: sqlite3.Connection, sql: Mapping[str, str], keys: Collection[str]
) -> dict[str, str | None]:
    """Where each known key's good copy lies in the mirror; None: nowhere.

    Args:
        connection: to the database.
        sql: the statements of `reading.sql`.
        keys: that are asked for; those that nobody knows are missing in the answer.
    """
    found: dict[str, str | None] = {}
    for key in keys:
        at = key
        for hop in range(MAX_REDIRECTS + 1):
            row = connection.execute(sql["address"], (key_hash(at),)).fetchone()
            if row is None:
                break
            found[key], target = row
            if target is None or hop == MAX_REDIRECTS:
                break
            at = identity(target)
    return found


def way_of(
    connection: sqlite3.Connection, sql: Mapping[str, str], row: tuple[Any, ...]
) -> tuple[SeedState, ...]:
    """The seeds on the way on which one led elsewhere, itself first.

    Args:
        connection: to the database.
        sql: the statements of `reading.sql`.
        row: of the statement `seed_ways`, without its number.
    """
    *seed, leads_to = row
    way = {identity(seed[0]): seed_of(tuple(seed))}
    while leads_to is not None and len(way) <= MAX_REDIRECTS and (key := identity(leads_to)) not in way:
        step = connection.execute(sql["way_on"], (key_hash(key),)).fetchone()
        if step is None:
            break
        _, *seed, leads_to = step
        way[key] = seed_of(tuple(seed))
    return tuple(way.values())
