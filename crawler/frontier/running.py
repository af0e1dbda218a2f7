"""Open and close runs: what the next run takes up, what it asks again, what it forgets."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from collections.abc import Mapping

from crawler.frontier.protocol import RunPlan
from crawler.frontier.rows import run_of
from crawler.standing import Run

__all__ = ["close_run", "open_run"]

_STOPPED = "stopped"


def open_run(connection: sqlite3.Connection, sql: Mapping[str, str], plan: RunPlan, now: float) -> Run:
    """Continue the interrupted run or begin a new one; inside a transaction."""
    row = connection.execute(sql["last_run"]).fetchone()
    last = None if row is None else run_of(row)
    is_interrupted = last is not None and (last.ended_at is None or last.outcome == _STOPPED)
    if last is not None and is_interrupted and not plan.fresh:
        number = last.number
        connection.execute(sql["release_all"])
        if last.options != plan.options:
            connection.execute(sql["queue_refused"])
            connection.execute(sql["queue_texts"], (number,))
            connection.execute(sql["forget_seeds"])
    else:
        connection.execute(sql["forget_seeds"])
        if plan.fresh:
            connection.execute(sql["drop_unfetched"])
            connection.execute(sql["forget_validators"])
        else:
            connection.execute(sql["release_all"])
            connection.execute(sql["queue_due"])
        connection.execute(sql["reset_pages"])
        number = connection.execute(sql["new_run"], (plan.name, now, plan.options)).lastrowid or 0
        is_interrupted = False
    connection.execute(
        sql["plan_run"], (plan.options, plan.max_pages, plan.max_pages_per_host, plan.max_depth, number)
    )
    connection.execute(sql["reset_hosts"])
    connection.execute(sql["recount_hosts"])
    connection.execute(sql["recount_total"])
    return run_of(connection.execute(sql["last_run"]).fetchone(), is_continued=bool(is_interrupted))


def close_run(connection: sqlite3.Connection, sql: Mapping[str, str], outcome: str, now: float) -> Run:
    """Write down the end of the last run with its counts; what is still claimed is queued again."""
    run = run_of(connection.execute(sql["last_run"]).fetchone())
    connection.execute(sql["release_all"])
    connection.execute(sql["recount_hosts"])
    connection.execute(sql["recount_total"])
    hosts, queued, claimed, done, failed, excluded = connection.execute(sql["totals"]).fetchone()
    totals = {
        "hosts": hosts,
        "queued": queued,
        "claimed": claimed,
        "done": done,
        "failed": failed,
        "excluded": excluded,
    }
    connection.execute(sql["end_run"], (now, outcome, json.dumps(totals), run.number))
    counts = dataclasses.replace(run.counts, **totals)
    return dataclasses.replace(run, ended_at=now, outcome=outcome, counts=counts)
