"""Open, close and restore runs on a server: slice by slice, so that no script holds the server up for long.

While a run is being opened nothing is claimed. If its opener dies, the next one goes through all URLs again; what is
taken into the run already is left as it is by that.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from crawler.errors import StorageError
from crawler.freshness import Freshness
from crawler.frontier.protocol import RunPlan
from crawler.frontier.redis.reading import Rows
from crawler.frontier.redis.scripts import Scripts
from crawler.frontier.redis.wire import Row, number, pace_of, plan_text, run_of, run_text, tempo_of, told_pace
from crawler.manners import Overrides
from crawler.model import Hop, State
from crawler.patience import HEALING
from crawler.standing import Run
from crawler.tempo import in_a_new_run

__all__ = ["close_run", "open_run", "restored_run"]

_SLICE = 2000
# What is done with the URLs of a run that goes on as it was.
_AS_IT_WAS = "none"
_ANEW = frozenset({"fresh", "anew", "all"})


async def open_run(scripts: Scripts, stored: Rows, plan: RunPlan, silence_seconds: float) -> Run:
    """Continue the interrupted run, or begin a new one; workers that were heard of since keep their leases."""
    _, told_now = await scripts.run("release", {"silence_seconds": silence_seconds})
    now = float(told_now)
    before = await stored.last_run_text()
    last = run_of(before) if before else None
    is_interrupted = last is not None and (last.ended_at is None or last.outcome == "stopped")
    if last is not None and is_interrupted and not plan.fresh:
        mode = await stored.opening() or ("judge" if plan.options != last.options else _AS_IT_WAS)
        run = replace(last, ended_at=None, outcome="", options=plan.options, is_continued=True)
        is_new = False
    else:
        is_alike = last is not None and last.options == plan.options
        mode, is_new = "fresh" if plan.fresh else "anew" if is_alike else "all", True
        run = Run(
            number=(last.number if last else 0) + 1,
            name=plan.name,
            started_at=now,
            options=plan.options,
        )
    run = replace(
        run,
        max_pages=plan.max_pages,
        max_pages_per_host=plan.max_pages_per_host,
        overrides=plan.overrides,
    )
    clears_seeds = mode != _AS_IT_WAS
    await _begin(scripts, stored, before, run, is_new=is_new, clears_seeds=clears_seeds, mode=mode, plan=plan)
    freshness = Freshness(plan.refresh_after, plan.refresh_paths, plan.overrides)
    await _pass(scripts, stored, mode, freshness, now, clears_seeds=clears_seeds)
    await _pace_hosts(scripts, stored, plan, now, is_new=mode in _ANEW)
    await scripts.run("opened", {})
    return run


async def close_run(scripts: Scripts, stored: Rows, outcome: str, silence_seconds: float) -> Run:
    """Write down the end of the last run with its counts; what the dead hold still is queued again."""
    _, now = await scripts.run("release", {"silence_seconds": silence_seconds})
    is_ours = True
    while True:
        before = await stored.last_run_text()
        run = run_of(before)
        if not is_ours and run.ended_at is not None:
            # Somebody else was sooner: there is one end.
            return run
        run = replace(run, ended_at=float(now), outcome=outcome, counts=await stored.counts())
        if await scripts.run("close", {"before": before.decode(), "after": run_text(run)}):
            return run
        is_ours = False


async def restored_run(scripts: Scripts, stored: Rows, run: Run) -> None:
    """Begin a run that the archive tells of, unless it is the last one already."""
    before = await stored.last_run_text()
    last = run_of(before) if before else None
    is_new = last is None or last.name != run.name
    if not is_new and not await stored.opening():
        return
    run = replace(run, number=(last.number if last else 0) + is_new)
    clears_seeds = run.ended_at is not None
    await _begin(
        scripts, stored, before, run, is_new=is_new, clears_seeds=clears_seeds, mode="all", plan=None
    )
    await _pass(scripts, stored, "all", Freshness(), 0.0, clears_seeds=clears_seeds)
    async for rows in stored.host_slices():
        await _pace(scripts, {name: {"v": number(row, "v"), "pages": True} for name, row in rows.items()})
    await scripts.run("opened", {})


async def _begin(
    scripts: Scripts,
    stored: Rows,
    before: bytes,
    run: Run,
    *,
    is_new: bool,
    clears_seeds: bool,
    mode: str,
    plan: RunPlan | None,
) -> None:
    refused = "kept" if is_new else "forgotten" if mode == "judge" else ""
    told: dict[str, Any] = {
        "last": before.decode(),
        "run": run_text(run),
        "number": run.number,
        "is_new": is_new,
        "clears_work": is_new,
        "clears_seeds": clears_seeds,
        "refused": refused,
        "opening": mode,
    }
    if plan is not None:
        told |= {"plan": plan_text(plan), "limits": plan.limits_pages}
        # In the rows 0 is the same as nothing.
        most = {"max_pages": plan.max_pages, "max_bytes": plan.max_bytes}
        told |= {name: value + 1 for name, value in most.items() if value is not None}
    elif run.ended_at is not None:
        counts = run.counts
        told["work"] = {
            "pages": counts.pages,
            "requests": counts.requests,
            "wire_bytes": counts.wire_bytes,
            "unchanged": counts.unchanged,
            "retries": counts.retries,
        }
    # Asked twice because an answer was lost, it finds what it did itself.
    if not await scripts.run("begin", told) and await stored.last_run_text() != told["run"].encode():
        raise StorageError("another process opened a run at the same time; start again to join it")


async def _pass(
    scripts: Scripts,
    stored: Rows,
    mode: str,
    freshness: Freshness,
    now: float,
    *,
    clears_seeds: bool,
) -> None:
    if mode == _AS_IT_WAS:
        return
    healing = dict.fromkeys(sorted(HEALING), True)
    last = await stored.last()
    for first in range(1, last + 1, _SLICE):
        until = min(first + _SLICE - 1, last)
        stays: list[int] = []
        if mode == "anew" and freshness.is_said:
            stays = await _fresh(stored, range(first, until + 1), freshness, now)
        told = {"from": first, "to": until, "mode": mode, "stays": stays}
        await scripts.run("pass", {**told, "clears_seeds": clears_seeds, "healing": healing})


async def _fresh(stored: Rows, numbers: Sequence[int], freshness: Freshness, now: float) -> list[int]:
    """Which URLs stay as they are, not asked for in this run."""
    fresh = []
    rows = await stored.rows(numbers)
    hosts = await stored.host_names(rows.values())
    for n, row in rows.items():
        state, reason = State(row["s"].decode()), row.get("r", b"").decode()
        may_heal = state is State.FAILED and reason.partition(":")[0] in HEALING
        if state not in {State.DONE, State.FAILED} or "is" in row or may_heal or "la" not in row:
            continue
        if row.get("hp", b"").decode().endswith(Hop.PREREQUISITE):
            continue
        last_at = number(row, "la")
        copies = [each for each in await stored.captures_of(n) if each.is_good]
        if not freshness.is_due(
            hosts[row["h"]],
            row["u"].decode(),
            now=now,
            last_at=last_at,
            first_at=min((each.captured_at for each in copies), default=last_at),
            changes=max(len({each.gist or each.digest for each in copies}) - 1, 0),
        ):
            fresh.append(n)
    return fresh


async def _pace_hosts(scripts: Scripts, stored: Rows, plan: RunPlan, now: float, *, is_new: bool) -> None:
    """No host was paced yet in this run."""
    overrides = Overrides(plan.overrides)
    async for rows in stored.host_slices():
        left = rows
        while left:
            told = {
                name: _followed(row, plan, now) | _limits(name, plan, overrides) | {"pages": is_new}
                for name, row in left.items()
            }
            again = await _pace(scripts, told)
            left = {name: row for name, row in (await stored.host_rows(again)).items() if row}
            await asyncio.sleep(0)


def _followed(row: Row, plan: RunPlan, now: float) -> dict[str, Any]:
    pace = pace_of(row)
    least, rest = max(pace.delay_seconds, plan.delay_seconds), plan.longest_rest_seconds
    if pace.delay_seconds > rest:
        least = rest = plan.delay_seconds
    paced = replace(pace, delay_seconds=least, parallel=1, spare=0)
    told = told_pace(paced, in_a_new_run(tempo_of(row)))
    return {**told, "ready": min(number(row, "ready"), now + rest), "v": number(row, "v")}


def _limits(name: str, plan: RunPlan, overrides: Overrides) -> dict[str, int]:
    most = overrides.max_pages_of(name, plan.max_pages_per_host)
    return {"mp": 0 if most is None else most + 1}


async def _pace(scripts: Scripts, told: dict[str, Any]) -> list[str]:
    again = await scripts.run("pace", {"paced": told})
    return [name.decode() for name in again]
