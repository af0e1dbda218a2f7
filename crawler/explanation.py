"""Tell how a URL was reached and what became of it: the answer of `crawler why`.

What state decided (robots, a budget, a failure) stands in the ledger. What the scope refused was only
counted, so the refusal is worked out again from the options that the run stored.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crawler.clock import iso_utc
from crawler.frontier.protocol import Ledger
from crawler.manners import Overrides
from crawler.model import UNKNOWN_DEPTH, Hop, State
from crawler.options import ScopeOptions
from crawler.override import Override
from crawler.quantities import show_duration, show_size
from crawler.robots import parse
from crawler.scope import Scope
from crawler.standing import Entry, HostState, Run
from crawler.urls import host_key, identity, origin
from crawler.version import USER_AGENT

__all__ = ["explain_url"]

_MAX_STEPS = 50
_HOPS = {
    "L": "link",
    "E": "needed by the page",
    "R": "redirect",
    "M": "named in a sitemap",
    "P": "named in robots.txt",
}


@dataclass(frozen=True, slots=True)
class _Story:
    ledger: Ledger
    url: str
    now: float


async def explain_url(ledger: Ledger, url: str, now: float) -> list[str]:
    """Lines for a person about a canonical URL, the verdict first.

    Args:
        ledger: of the output.
        url: canonical.
        now: for what is due when.
    """
    story = _Story(ledger, url, now)
    runs = await ledger.runs()
    entry = await ledger.entry(identity(url))
    if entry is None:
        return await _explain_unknown(story, runs)
    lines = [_verdict(entry, runs, now)]
    lines += await _path(story, entry)
    lines += _copies(entry)
    lines += await _politeness(story, entry, runs)
    return lines


def _verdict(entry: Entry, runs: Sequence[Run], now: float) -> str:
    when = "" if entry.last_at is None else f" at {iso_utc(entry.last_at)}"
    reason = f" ({entry.reason})" if entry.reason else ""
    status = f", status {entry.status}" if entry.status else ""
    match entry.state:
        case State.DONE:
            return f"done: fetched{when}{status}{reason}"
        case State.FAILED:
            return f"failed: tried {_times(entry.attempts)}, last{when}{status}{reason}"
        case State.EXCLUDED:
            return f"excluded{when}{reason}"
        case State.CLAIMED:
            return "claimed: being fetched now, or by a run that was killed; the next run takes it up"
    wait = entry.ready_at - now
    due = f", not before {show_duration(wait)} from now" if wait > 0 else ""
    retry = f"; tried {_times(entry.attempts)}, last{when}{status}{reason}" if entry.attempts else ""
    outcome = runs[-1].outcome if runs else ""
    ended = f"; the last run ended by {outcome}" if outcome and outcome != "finished" else ""
    return f"queued{due}{retry}{ended}"


async def _path(story: _Story, entry: Entry) -> list[str]:
    """The way from the seed, the seed first."""
    steps = [entry]
    seen = {entry.candidate.key}
    while (via := steps[-1].candidate.via) is not None and len(steps) < _MAX_STEPS:
        parent = await story.ledger.entry(identity(via))
        if parent is None or parent.candidate.key in seen:
            break
        seen.add(parent.candidate.key)
        steps.append(parent)
    steps.reverse()
    if entry.candidate.depth >= UNKNOWN_DEPTH:
        return ["how it was reached is not known: its record was rebuilt, and no page read since leads here"]
    lines = [f"depth {entry.candidate.depth}, path {entry.candidate.hops or '(seed)'}:"]
    for step in steps:
        hop = step.candidate.hops[-1:]
        via = step.candidate.via or ""
        how = _HOPS.get(hop, "seed") if not step.candidate.is_seed or hop else "seed"
        if hop == Hop.PREREQUISITE and via:
            how = f"{how} {via}"
        lines.append(f"  {step.candidate.url}  {how}")
    return lines


def _copies(entry: Entry) -> list[str]:
    good = entry.good
    if good is None:
        return ["no good copy was ever stored"]
    media_type, size = good.media_type or "unknown type", show_size(good.size_bytes)
    when = iso_utc(good.captured_at)
    lines = [f"last good copy: {when}, status {good.status}, {media_type}, {size}, {good.digest}"]
    if good.mirror_path is not None:
        lines.append(f"  mirror/{good.mirror_path}")
    if good.segment is not None:
        lines.append(f"  archive/{good.segment} at {good.offset}, {good.length} bytes")
    return lines


async def _politeness(story: _Story, entry: Entry, runs: Sequence[Run]) -> list[str]:
    user_agent, ignored = _user_agent(runs), _ignores_robots(runs, entry.candidate.host)
    copy = await story.ledger.robots(origin(entry.candidate.url))
    lines = []
    if copy is not None:
        robots = parse(copy.body)
        verdict = robots.verdict(user_agent, entry.candidate.url)
        word = "allows it" if verdict.accepted else "forbids it"
        if ignored:
            word += ", but is ignored as you said"
        lines.append(f"robots.txt ({copy.status}, {iso_utc(copy.fetched_at)}) {word}: {verdict.detail}")
        lines += [f"  that robots.txt {notice}" for notice in robots.notices]
    elif ignored:
        lines.append("robots.txt is not asked for, as you said")
    host = await _host(story.ledger, entry.candidate.host)
    if host is not None:
        wait = host.ready_at - story.now
        ready = f", ready in {show_duration(wait)}" if wait > 0 else ""
        lines.append(f"host {host.host}: {_pace(host)}{ready}; {host.queued} queued, {host.done} done")
    return lines


async def _explain_unknown(story: _Story, runs: Sequence[Run]) -> list[str]:
    """The scope's refusal, worked out again; or that nothing led there."""
    if not runs:
        return ["unknown: nothing was crawled here yet"]
    options = _scope_options(runs[-1].options)
    seeds = await story.ledger.seeds()
    scope = Scope(options, (seed.url for seed in seeds))
    decision = scope.judge(story.url, Hop.LINK, 1)
    if decision.accepted:
        lines = ["unknown: it would be accepted, but nothing that was fetched leads there"]
    else:
        lines = [f"never queued: refused as a link by {decision.reason}"]
    host = host_key(story.url)
    return lines + [
        f"  {each.links} link{'s' * (each.links != 1)} to {host} refused by {each.rule} in the last run"
        for each in await story.ledger.refusals()
        if each.host == host
    ]


def _user_agent(runs: Sequence[Run]) -> str:
    """What robots.txt was matched with in the last run."""
    stored = json.loads(runs[-1].options) if runs else {}
    return stored.get("user_agent") or USER_AGENT


def _ignores_robots(runs: Sequence[Run], host: str) -> bool:
    """Whether the last run was told to pass over this host's robots.txt."""
    stored = json.loads(runs[-1].options) if runs else {}
    told = stored.get("robots_of", {})
    override = Overrides(Override(hosts=hosts, robots=robots) for hosts, robots in told.items()).of(host)
    return bool((stored.get("robots") if override is None else override.robots) == "ignore")


def _scope_options(text: str) -> ScopeOptions:
    stored: dict[str, Any] = json.loads(text)
    names = ScopeOptions.__dataclass_fields__
    values: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in stored.items()
    }
    return ScopeOptions(**{key: value for key, value in values.items() if key in names})


async def _host(ledger: Ledger, name: str) -> HostState | None:
    return next((each for each in await ledger.hosts() if each.host == name), None)


def _pace(host: HostState) -> str:
    """How a host is asked."""
    delay = f"{host.delay_seconds:.3g}s after each answer" if host.delay_seconds else "no delay"
    if host.delay_seconds > host.pace.delay_seconds:
        delay += f" (at least {host.pace.delay_seconds:g}s; it is slow or in trouble)"
    at_once = "one request at a time" if host.pace.parallel == 1 else f"{host.pace.parallel} requests at once"
    down = f"; down: {host.down}" if host.down else ""
    return f"{delay}, {at_once}{down}"


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
