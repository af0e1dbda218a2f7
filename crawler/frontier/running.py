"""Open and close runs: what the next run takes up, what it asks again, what it forgets."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from crawler.freshness import Freshness
from crawler.frontier.fingerprints import fingerprint
from crawler.frontier.protocol import RunPlan
from crawler.frontier.rows import overrides_text, run_of
from crawler.model import State
from crawler.standing import Run
from crawler.tempo import SILENCES_KEPT

__all__ = ["abandon_unsettled", "begin_anew", "close_run", "open_run"]

_STOPPED = "stopped"
_SLICE = 5000


def open_run(connection: sqlite3.Connection, sql: Mapping[str, str], plan: RunPlan, now: float) -> Run:
    """Continue the interrupted run or begin a new one; inside a transaction."""
    row = connection.execute(sql["last_run"]).fetchone()
    last = None if row is None else run_of(row)
    _release(connection, sql, now)
    is_interrupted = last is not None and (last.ended_at is None or last.outcome == _STOPPED)
    is_continued = is_interrupted and not plan.fresh
    if last is not None and is_continued:
        number = last.number
        if last.options != plan.options:
            _judge_again(connection, sql, number)
    else:
        connection.execute(sql["forget_seeds"])
        freshness = Freshness(plan.refresh_after, plan.refresh_paths, plan.overrides)
        if last is None or last.options != plan.options:
            # What was read by other options is to be read again.
            freshness = Freshness()
        begin_anew(connection, sql, fresh=plan.fresh, freshness=freshness, now=now)
        number = connection.execute(sql["new_run"], (plan.name, now, plan.options)).lastrowid or 0
    connection.execute(
        sql["plan_run"],
        (
            plan.options,
            plan.max_pages,
            plan.max_pages_per_host,
            plan.max_depth,
            plan.max_bytes,
            plan.delay_seconds,
            overrides_text(plan.overrides),
            number,
        ),
    )
    rests = {"delay": plan.delay_seconds, "longest": plan.longest_rest_seconds, "now": now}
    connection.execute(sql["reset_hosts"], {"silences": SILENCES_KEPT, **rests})
    return run_of(connection.execute(sql["last_run"]).fetchone(), is_continued=is_continued)


def close_run(connection: sqlite3.Connection, sql: Mapping[str, str], outcome: str, now: float) -> Run:
    """Write down the end of the last run with its counts; what is still claimed is queued again."""
    run = run_of(connection.execute(sql["last_run"]).fetchone())
    _release(connection, sql, now)
    states = ("hosts", "queued", "claimed", "done", "failed", "excluded")
    totals = dict(zip(states, connection.execute(sql["totals"]).fetchone(), strict=True))
    connection.execute(sql["end_run"], (now, outcome, json.dumps(totals), run.number))
    counts = dataclasses.replace(run.counts, **totals)
    return dataclasses.replace(run, ended_at=now, outcome=outcome, counts=counts)


def _release(connection: sqlite3.Connection, sql: Mapping[str, str], now: float) -> None:
    connection.execute(sql["release_all"])
    # Nobody knows when the dead asked last: their hosts rest as if it had been just now.
    connection.execute(sql["free_hosts"], (now,))
    connection.execute(sql["recount_total"])


def _sliced(
    connection: sqlite3.Connection, sql: Mapping[str, str], statement: str, **terms: object
) -> Iterator[sqlite3.Cursor]:
    """Run a statement over all URLs, so many at a time.

    SQLite keeps what one statement changes in memory until it is over, in case it has to take it back.
    """
    (last,) = connection.execute(sql["last_url"]).fetchone()
    for after in range(0, last, _SLICE):
        yield connection.execute(sql[statement], {"after": after, "until": after + _SLICE, **terms})


def _each_url(
    connection: sqlite3.Connection, sql: Mapping[str, str], statement: str, **terms: object
) -> None:
    for _ in _sliced(connection, sql, statement, **terms):
        pass


def _judge_again(connection: sqlite3.Connection, sql: Mapping[str, str], run: int) -> None:
    connection.execute(sql["forget_seeds"])
    connection.execute(sql["forget_refusals"], (run,))
    _each_url(connection, sql, "queue_refused")
    _each_url(connection, sql, "queue_texts", run=run)
    _recount(connection, sql)


def begin_anew(
    connection: sqlite3.Connection,
    sql: Mapping[str, str],
    *,
    fresh: bool = False,
    freshness: Freshness | None = None,
    now: float = 0.0,
) -> None:
    """Make what earlier runs finished due, or forget what is still to be done; inside a transaction.

    Args:
        connection: inside a transaction.
        sql: the statements of `writing.sql`.
        fresh: forget, and make nothing due.
        freshness: what is fresh by it is not due.
        now: the beginning of the run.
    """
    connection.execute(sql["reset_pages"])
    if fresh:
        _each_url(connection, sql, "drop_targets")
        _each_url(connection, sql, "drop_unfetched")
        _each_url(connection, sql, "forget_validators")
    elif freshness is not None and freshness.is_said:
        for rows in _sliced(connection, sql, "askable"):
            connection.executemany(
                sql["queue_due_one"], [(row[0],) for row in rows if _is_due(row, freshness, now)]
            )
    else:
        _each_url(connection, sql, "queue_due")
    _recount(connection, sql)


def _is_due(row: Sequence[Any], freshness: Freshness, now: float) -> bool:
    """Whether a URL that might stay as it is is to be asked for all the same."""
    _, host, url, may_rest, last_at, first_at, copies = row
    if not may_rest or last_at is None:
        return True
    since = last_at if first_at is None else first_at
    return freshness.is_due(host, url, now=now, last_at=last_at, first_at=since, changes=max(copies - 1, 0))


def _recount(connection: sqlite3.Connection, sql: Mapping[str, str]) -> None:
    counts: defaultdict[int, dict[str, int]] = defaultdict(lambda: dict.fromkeys(State, 0))
    for rows in _sliced(connection, sql, "count_urls"):
        for host_id, state, urls in rows:
            counts[host_id][state] += urls
    connection.execute(sql["empty_hosts"])
    recounted = [(*by_state.values(), host_id) for host_id, by_state in counts.items()]
    connection.executemany(sql["recount_host"], recounted)
    connection.execute(sql["recount_total"])


def abandon_unsettled(connection: sqlite3.Connection, sql: Mapping[str, str]) -> int:
    """Make every queued URL without a file a surprise that has moved; inside a transaction."""
    last = count = 0
    while rows := connection.execute(sql["unsettled"], (last, 1000)).fetchall():
        last = rows[-1][0]
        connection.executemany(sql["abandon"], [(row_id,) for row_id, _ in rows])
        connection.executemany(sql["move"], [(fingerprint(key),) for _, key in rows])
        count += len(rows)
    return count
