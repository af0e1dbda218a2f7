"""Open the runs of a frontier in memory: what the next run takes up, asks again, forgets."""

from __future__ import annotations

from dataclasses import replace

from crawler.freshness import Freshness
from crawler.frontier.memory_rows import UrlRow
from crawler.frontier.memory_state import Memory
from crawler.frontier.protocol import RunPlan
from crawler.frontier.states import FINAL
from crawler.model import Hop, State
from crawler.standing import Counts, Run
from crawler.tempo import in_a_new_run

__all__ = ["begin_anew", "forget_seeds", "open_run"]


def open_run(memory: Memory, plan: RunPlan, now: float) -> Run:
    """Continue the interrupted run, or begin a new one."""
    _follow(memory, plan, now)
    last = memory.runs[-1] if memory.runs else None
    if last and not plan.fresh and (last.ended_at is None or last.outcome == "stopped"):
        if plan.options != last.options:
            _judge_again(memory)
        del memory.runs[-1]
        run = replace(last, ended_at=None, outcome="", options=plan.options, is_continued=True)
    else:
        forget_seeds(memory)
        is_alike = last is not None and last.options == plan.options
        freshness = Freshness(plan.refresh_after, plan.refresh_paths, plan.overrides) if is_alike else None
        begin_anew(memory, freshness, now)
        run = Run(number=len(memory.runs) + 1, name=plan.name, started_at=now, options=plan.options)
    run = replace(
        run,
        max_pages=plan.max_pages,
        max_pages_per_host=plan.max_pages_per_host,
        overrides=tuple(plan.overrides),
    )
    memory.runs.append(run)
    return run


def _follow(memory: Memory, plan: RunPlan, now: float) -> None:
    """No lease of before holds, no host was paced yet."""
    memory.requeue_claimed(now)
    memory.plan = plan
    for host in memory.hosts.values():
        least, rest = max(host.pace.delay_seconds, plan.delay_seconds), plan.longest_rest_seconds
        if host.pace.delay_seconds > rest:
            least = rest = plan.delay_seconds
        host.ready_at = min(host.ready_at, now + rest)
        host.pace = replace(host.pace, delay_seconds=least, parallel=1, spare=0)
        host.tempo = in_a_new_run(host.tempo)


def forget_seeds(memory: Memory) -> None:
    """Forget what the run was pointed at."""
    for key in memory.seeds:
        row = memory.urls[key]
        row.candidate = replace(row.candidate, is_seed=False)
    memory.seeds.clear()


def _judge_again(memory: Memory) -> None:
    forget_seeds(memory)
    memory.refused.clear()
    for row in memory.urls.values():
        if row.state is State.EXCLUDED:
            row.attempts = 0
            memory.requeue(row)
        elif row.was_read_in(len(memory.runs)):
            row.offered_as = None
            memory.queue_stored(row)
        elif row.state is State.QUEUED and row.is_stored:
            row.offered_as, row.ready_at = None, 0.0


def begin_anew(memory: Memory, freshness: Freshness | None = None, now: float = 0.0) -> None:
    """Queue what an earlier run finished, as due, but for what is fresh; or forget it."""
    if memory.runs:
        memory.refused_before.append(frozenset(memory.refused))
    memory.refused.clear()
    memory.work = Counts()
    for host in memory.hosts.values():
        host.pages = 0
    for row in list(memory.urls.values()):
        if memory.plan.fresh:
            row.attempts = 0
            memory.forget(row)
            continue
        if freshness is not None and _is_fresh(memory, row, freshness, now):
            continue
        row.attempts = 0
        row.is_due = (row.is_due or row.is_stored or row.state in FINAL) and not row.may_heal
        row.is_stored = False
        if row.state in FINAL:
            memory.requeue(row)


def _is_fresh(memory: Memory, row: UrlRow, freshness: Freshness, now: float) -> bool:
    """Whether a URL stays as it is, not asked for in this run."""
    may_rest = row.state in {State.DONE, State.FAILED} and not row.is_stored and not row.may_heal
    if (
        not freshness.is_said
        or not may_rest
        or row.last_at is None
        or row.candidate.hops.endswith(Hop.PREREQUISITE)
    ):
        return False
    copies = [capture for key, capture in memory.captures if key == row.candidate.key and capture.is_good]
    first_at = min((each.captured_at for each in copies), default=row.last_at)
    changes = max(len({each.gist or each.digest for each in copies}) - 1, 0)
    url, host = row.candidate.url, row.candidate.host
    return not freshness.is_due(host, url, now=now, last_at=row.last_at, first_at=first_at, changes=changes)
