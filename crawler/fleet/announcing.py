"""Open a run of a shared crawl: name its seeds, and say by what all workers go.

Nothing is given while that goes on. Whoever comes after an opener that died does it again.
"""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import islice

from crawler.errors import UsageError
from crawler.fetch.setcookie import Cookie
from crawler.fleet.berth import Berth
from crawler.fleet.terms import Terms, read_terms, spell_terms
from crawler.frontier.redis.frontier import RedisFrontier
from crawler.opening import open_run
from crawler.options import CrawlOptions
from crawler.output import Output, remove_whole, write_whole
from crawler.seeds import Seed
from crawler.territory import Territory, seeds_of_the_last_run

__all__ = ["Announcement", "announce", "shared_options"]

_SEEDS_AT_ONCE = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """What a run of a shared crawl is to be.

    Args:
        seeds: in order; empty: those of the last run.
        options: of the crawl.
        territory: that takes the seeds in.
        cookies: to begin with.
    """

    seeds: Iterable[Seed]
    options: CrawlOptions
    territory: Territory
    cookies: tuple[Cookie, ...] = dataclasses.field(default=(), repr=False)


def shared_options(options: CrawlOptions) -> CrawlOptions:
    """The options as they hold in every worker: without mirror, and without the password of the server.

    Raises:
        UsageError: one of them cannot be obeyed by workers that share nothing but a server.
    """
    if not options.keep.archive:
        raise UsageError(
            "--no-archive cannot be used with --frontier: what workers bring home is their archive"
        )
    if options.keep.rules is not None:
        raise UsageError(
            "--rules cannot be used with --frontier; run `crawler extract` over what `crawler gather` made"
        )
    if options.processes != 1:
        raise UsageError("--processes cannot be used with --frontier; start a `crawler work` for each more")
    return dataclasses.replace(
        options,
        keep=dataclasses.replace(options.keep, mirror=False),
        fetch=dataclasses.replace(options.fetch, cookies=None),
        shared=dataclasses.replace(options.shared, frontier=None),
    )


async def announce(berth: Berth, output: Output, wanted: Announcement) -> tuple[Terms, int]:
    """Continue the interrupted run, or begin a new one; gives its terms and their version.

    Args:
        berth: of the worker that opens it.
        output: its folder.
        wanted: what it is to be.

    Raises:
        UsageError: no seeds.
        StorageError: the server or the disk failed.
    """
    fleet, frontier = berth.fleet, berth.frontier()
    options, seeds = wanted.options, wanted.seeds
    if next(iter(seeds), None) is None:
        # Whatever ends this opener, they are not lost.
        seeds = named = await seeds_of_the_last_run(frontier, output.seeds)
        await asyncio.to_thread(write_whole, output.seeds, named.lines())
    told = await fleet.terms()
    await fleet.hold_back()
    run, rereads = await open_run(output, options, frontier, berth.clock)
    if told and run.is_continued:
        before = read_terms(told)
        rereads = rereads or (before.rereads and before.run == run.number)
    await _add_seeds(frontier, wanted.territory, seeds)
    if run.number > 1 or run.is_continued:
        async for way in frontier.seed_ways():
            wanted.territory.inherit(way)
    seconds = options.budget.max_time
    terms = Terms(
        options=options,
        facts=wanted.territory.facts(),
        cookies=wanted.cookies,
        run=run.number,
        run_name=run.name,
        rereads=rereads,
        ends_at=None if seconds is None else berth.clock.now() + seconds,
    )
    version = await fleet.publish(await asyncio.to_thread(spell_terms, terms))
    await asyncio.to_thread(remove_whole, output.seeds)
    return terms, version


async def _add_seeds(frontier: RedisFrontier, territory: Territory, seeds: Iterable[Seed]) -> None:
    candidates = territory.claim(seeds)
    while group := list(islice(candidates, _SEEDS_AT_ONCE)):
        await frontier.add(group)
