"""Find out how a URL was reached and what became of it: what `crawler why` answers from.

What state decided (robots, a budget, a failure) stands in the ledger. What scope and traps refused was only
counted, so the refusal is worked out again from the options that the run stored. `crawler.telling` puts it
into words.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from crawler.duplicates import SHORT_ROW, row_of
from crawler.frontier.protocol import Ledger
from crawler.hindsight import scope_options_of, traps_of, unrendered_because
from crawler.insistence import WALL, doubted_remark
from crawler.manners import Overrides
from crawler.model import Candidate, Decision, Hop, State
from crawler.offers import DUPLICATE_CONTENT
from crawler.options import ScopeOptions
from crawler.output import Output
from crawler.override import Override
from crawler.patience import HEALING
from crawler.robots import parse
from crawler.scope import Scope
from crawler.standing import Entry, HostState, Refusal, RobotsCopy, Run
from crawler.traps import SESSION_ID
from crawler.urls import host_key, identity, origin
from crawler.version import USER_AGENT

__all__ = ["Explanation", "RobotsOpinion", "explain_url"]

_MAX_STEPS = 50
_MAX_PARENTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotsOpinion:
    """What the robots.txt that was fetched last says of a URL.

    Args:
        copy: of it.
        verdict: with the line that decided.
        notices: what is odd about the file.
    """

    copy: RobotsCopy
    verdict: Decision
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Everything the ledger can say of one URL.

    Args:
        url: canonical.
        now: the instant of the question.
        run: the last one; None: there was none.
        entry: None: it was never accepted.
        path: from the seed to it.
        parents: pages of the mirror that lead to it, at most ten.
        robots: None: no robots.txt of its origin was kept.
        ignores_robots: the last run was told to pass over it.
        host: None: nothing of it was ever accepted.
        judged: of a URL that was never accepted: what scope and traps say of a link to it.
        stand_in: what is offered in its place, if its session id is why it is refused.
        refusals: links to its host that the last run's rules refused.
        doubt: what may become of it, if its last answer was doubted.
        unrendered: why it is read as it was sent though the last run rendered pages; "": that is no question.
    """

    url: str
    now: float
    run: Run | None = None
    entry: Entry | None = None
    path: tuple[Entry, ...] = ()
    parents: tuple[str, ...] = ()
    robots: RobotsOpinion | None = None
    ignores_robots: bool = False
    host: HostState | None = None
    judged: Decision | None = None
    stand_in: str = ""
    refusals: tuple[Refusal, ...] = ()
    doubt: str = ""
    unrendered: str = ""

    @property
    def due_at(self) -> float | None:
        """When a queued URL may be asked for: it and its host are to be ready; None: it is not queued."""
        if self.entry is None or self.entry.state is not State.QUEUED:
            return None
        return max(self.entry.ready_at, self.host.ready_at if self.host else 0.0)

    @property
    def wait_seconds(self) -> float | None:
        """Seconds until `due_at`; 0: now."""
        return None if self.due_at is None else max(self.due_at - self.now, 0.0)

    @property
    def heals(self) -> bool:
        """Whether it failed in a way that another answer may follow: the next run takes it up first."""
        entry = self.entry
        is_failed = entry is not None and entry.state is State.FAILED
        return is_failed and entry is not None and entry.reason.partition(":")[0] in HEALING


async def explain_url(ledger: Ledger, url: str, now: float, output: Output | None = None) -> Explanation:
    """Ask the ledger about a canonical URL.

    Args:
        ledger: of the output.
        url: canonical.
        now: for what is due when.
        output: with the bodies; None: they are not looked at.
    """
    key = identity(url)
    runs = await ledger.runs()
    run = runs[-1] if runs else None
    entry = await ledger.entry(key)
    host = await ledger.host(host_key(url))
    parents = tuple(await ledger.parents(key, _MAX_PARENTS))
    if entry is not None:
        return Explanation(
            url=entry.candidate.url,
            now=now,
            run=run,
            entry=entry,
            path=await _path(ledger, entry),
            parents=parents,
            robots=await _robots(ledger, entry.candidate.url, run),
            ignores_robots=_ignores_robots(run, entry.candidate.host),
            host=host,
            doubt=await _doubt(ledger, entry.candidate.key),
            unrendered=await _unrendered(ledger, entry, run, output),
        )
    judged = None if run is None else await _judge(ledger, url, run, parents)
    return Explanation(
        url=url,
        now=now,
        run=run,
        parents=parents,
        robots=await _robots(ledger, url, run),
        ignores_robots=_ignores_robots(run, host_key(url)),
        host=host,
        judged=judged,
        stand_in=_stand_in(run, url, judged),
        refusals=tuple(each for each in await ledger.refusals() if each.host == host_key(url)),
    )


async def _doubt(ledger: Ledger, key: str) -> str:
    last, _ = await ledger.doubted(key, "", 0)
    if last is None:
        return ""
    _, alike = await ledger.doubted(key, last.face, WALL)
    return doubted_remark(last, is_wall=alike >= WALL)


async def _unrendered(ledger: Ledger, entry: Entry, run: Run | None, output: Output | None) -> str:
    if entry.good is None or run is None or output is None or entry.candidate.is_requisite:
        return ""
    return await unrendered_because(entry.good, run, ledger, output)


async def _path(ledger: Ledger, entry: Entry) -> tuple[Entry, ...]:
    """The way from the seed, the seed first."""
    steps = [entry]
    seen = {entry.candidate.key}
    while (via := steps[-1].candidate.via) is not None and len(steps) < _MAX_STEPS:
        parent = await ledger.entry(identity(via))
        if parent is None or parent.candidate.key in seen:
            break
        seen.add(parent.candidate.key)
        steps.append(parent)
    return tuple(reversed(steps))


async def _robots(ledger: Ledger, url: str, run: Run | None) -> RobotsOpinion | None:
    copy = await ledger.robots(origin(url))
    if copy is None:
        return None
    robots = parse(copy.body)
    stored = json.loads(run.options) if run else {}
    verdict = robots.verdict(stored.get("user_agent") or USER_AGENT, url)
    return RobotsOpinion(copy=copy, verdict=verdict, notices=tuple(robots.notices))


async def _judge(ledger: Ledger, url: str, run: Run, parents: Sequence[str]) -> Decision:
    """What scope and traps say of a link; it is taken to stand on the nearest of some pages."""
    options = scope_options_of(run)
    depth, hops = 0, ""
    entries = [await ledger.entry(identity(parent)) for parent in parents]
    if known := [entry.candidate for entry in entries if entry is not None]:
        nearest = min(known, key=lambda each: each.depth)
        depth, hops = nearest.depth, nearest.hops
    link = Candidate(url=url, key=identity(url), host=host_key(url), depth=depth + 1, hops=hops + Hop.LINK)
    decision = (await _scope(ledger, options)).judge(url, link.hops, link.depth)
    if decision.accepted:
        decision = traps_of(run).admit(link)
    if decision.accepted and (above := await _row_above(ledger, url)) is not None:
        detail = f"{above} ends a row of pages with the same bytes"
        return Decision(accepted=False, rule=DUPLICATE_CONTENT, detail=detail)
    return decision


async def _scope(ledger: Ledger, options: ScopeOptions) -> Scope:
    """Measured from the seeds of the last run."""
    scope = Scope(options)
    if scope.is_by_folder:
        async for seed in ledger.seeds():
            scope.join(seed.url)
        return scope
    for group in await ledger.seed_groups():
        scope.join(group.first)
    async for way in ledger.seed_ways():
        for step in way:
            scope.join(step.url)
    return scope


def _stand_in(run: Run | None, url: str, judged: Decision | None) -> str:
    """What is offered in place of a URL whose session id is why it is refused."""
    if run is None or judged is None or judged.rule != SESSION_ID:
        return ""
    return traps_of(run).stand_in(url)


async def _row_above(ledger: Ledger, url: str) -> str | None:
    """The page nearest above the URL, if its links are refused because it ends a row of pages with the same bytes."""
    if all(each.rule != DUPLICATE_CONTENT or each.host != host_key(url) for each in await ledger.refusals()):
        return None
    start, _, path = url.partition("?")[0].partition("//")
    *folders, name = path.split("/")
    for depth in range(len(folders) - 1, 0, -1):
        above = f"{start}//{'/'.join(folders[:depth])}/"
        for place in dict.fromkeys((above, above + name)):
            entry = await ledger.entry(identity(place))
            if entry is not None and entry.good is not None:
                row = await row_of(ledger, entry.candidate, entry.good.digest)
                return place if row >= SHORT_ROW else None
    return None


def _ignores_robots(run: Run | None, host: str) -> bool:
    """Whether the last run was told to pass over this host's robots.txt."""
    stored = json.loads(run.options) if run else {}
    told = stored.get("robots_of", {})
    override = Overrides(Override(hosts=hosts, robots=robots) for hosts, robots in told.items()).of(host)
    return bool((stored.get("robots") if override is None else override.robots) == "ignore")
