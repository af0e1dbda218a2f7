"""Count what a crawl would ask for, each URL once, without holding the URLs in memory.

Two frontiers of which nobody claims keep them, pages apart from all else; beside them stands what was seen of
each host: sizes, seconds an answer, where its URLs come from.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from crawler.clock import Clock
from crawler.estimate import HostForecast
from crawler.frontier.protocol import Ledger
from crawler.frontier.sqlite import SqliteFrontier
from crawler.manners import Manners, Overrides
from crawler.media import is_html
from crawler.model import Candidate, Hop, State
from crawler.options import CrawlOptions
from crawler.standing import Entry, HostState
from crawler.tempo import LEAST_DELAY_SECONDS
from crawler.territory import Territory

__all__ = ["Census", "Sight", "may_be_page"]

_AT_ONCE = 5000


@dataclass(slots=True)
class Sight:
    """What was seen of a host; sums, of which averages are made.

    Args:
        in_sitemaps: entries of sitemaps.
        on_seeds: links on seeds that were not known before.
        known: URLs that earlier runs know.
        forbidden: URLs that robots.txt forbids.
        asked: requests for robots.txt.
        answers: of which the seconds are known.
        answer_seconds: of all of these.
        pages: whose size is known.
        page_bytes: of all of these.
        others: the same of what else there is.
        other_bytes: of all of these.
    """

    in_sitemaps: int = 0
    on_seeds: int = 0
    known: int = 0
    forbidden: int = 0
    asked: int = 0
    answers: int = 0
    answer_seconds: float = 0.0
    pages: int = 0
    page_bytes: int = 0
    others: int = 0
    other_bytes: int = 0

    def weigh(self, size_bytes: int, *, is_page: bool) -> None:
        """Take in the size of one more body."""
        if is_page:
            self.pages, self.page_bytes = self.pages + 1, self.page_bytes + size_bytes
        else:
            self.others, self.other_bytes = self.others + 1, self.other_bytes + size_bytes


class Census:
    """Every URL that would be asked. Use `await Census.open(...)`, then `async with`.

    Args:
        pages: keeps what may be a page.
        others: keeps all else.
    """

    def __init__(self, pages: SqliteFrontier, others: SqliteFrontier) -> None:
        self._pages = pages
        self._others = others
        self._remembered: dict[str, HostState] = {}
        self.hosts: defaultdict[str, Sight] = defaultdict(Sight)

    @classmethod
    async def open(cls, folder: Path, clock: Clock) -> Self:
        """Begin, in a folder of its own."""
        pages = await SqliteFrontier.open(folder / "pages.db", clock)
        try:
            return cls(pages, await SqliteFrontier.open(folder / "others.db", clock))
        except BaseException:
            await pages.close()
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._pages.close()
        await self._others.close()

    async def add(self, candidates: list[Candidate]) -> int:
        """Count URLs; gives how many of them are new and may be pages."""
        await self._others.add([each for each in candidates if not may_be_page(each)])
        pages = [each for each in candidates if may_be_page(each)]
        # What is known to be no page is counted already.
        others = await self._others.addresses([each.key for each in pages])
        return await self._pages.add([each for each in pages if each.key not in others])

    async def note(self, candidate: Candidate, *, is_page: bool) -> None:
        """Count a URL of which it is known whether it is a page."""
        await (self._pages if is_page else self._others).add([candidate])

    async def recall(self, ledger: Ledger, territory: Territory) -> None:
        """Count what earlier runs know of the territory; the next one asks for all of it again.

        Args:
            ledger: of the output.
            territory: has taken the seeds in.
        """
        self._remembered = {each.host: each for each in await ledger.hosts()}
        pages: list[Candidate] = []
        others: list[Candidate] = []
        async for entry in ledger.entries():
            candidate = entry.candidate
            is_ours = territory.scope.covers(candidate.url) or candidate.is_requisite
            if entry.state is State.EXCLUDED or not is_ours:
                continue
            is_page = _was_page(entry)
            sight = self.hosts[candidate.host]
            sight.known += 1
            if entry.good is not None:
                sight.weigh(entry.good.size_bytes, is_page=is_page)
            (pages if is_page else others).append(candidate)
            if len(pages) + len(others) == _AT_ONCE:
                await self._keep(pages, others)
        await self._keep(pages, others)

    async def _keep(self, pages: list[Candidate], others: list[Candidate]) -> None:
        await self._pages.add(pages)
        await self._others.add(others)
        pages.clear()
        others.clear()

    async def forecasts(self, asked: dict[str, HostState], options: CrawlOptions) -> list[HostForecast]:
        """What all that says of each host.

        Args:
            asked: how the hosts that were asked are paced.
            options: of the crawl.
        """
        pages = {each.host: each.queued for each in await self._pages.hosts()}
        others = {each.host: each.queued for each in await self._others.hosts()}
        answers = sum(each.answers for each in self.hosts.values())
        usual = sum(each.answer_seconds for each in self.hosts.values()) / answers if answers else 0.0
        manners, overrides = Manners(options.polite), Overrides(options.polite.overrides)
        forecasts = []
        for host in sorted({*pages, *others, *asked}):
            sight, paced = self.hosts[host], asked.get(host) or self._remembered.get(host)
            # A host that was never asked is taken for a public one.
            delay = LEAST_DELAY_SECONDS if (said := manners.of(host).delay) is None else said
            most = overrides.max_pages_of(host, options.budget.max_pages_per_host)
            forecasts.append(
                HostForecast(
                    host=host,
                    pages=min(pages.get(host, 0), pages.get(host, 0) if most is None else most),
                    others=others.get(host, 0) + sight.asked,
                    in_sitemaps=sight.in_sitemaps,
                    on_seeds=sight.on_seeds,
                    known=sight.known,
                    forbidden=sight.forbidden,
                    page_bytes=sight.page_bytes / sight.pages if sight.pages else None,
                    other_bytes=sight.other_bytes / sight.others if sight.others else None,
                    answer_seconds=sight.answer_seconds / sight.answers if sight.answers else usual,
                    delay_seconds=paced.delay_seconds if paced else delay,
                    parallel=paced.pace.parallel if paced else 1,
                    was_asked=host in asked,
                )
            )
        return [each for each in forecasts if each.requests]


def may_be_page(candidate: Candidate) -> bool:
    """Whether its answer may be a page: neither a requisite nor robots.txt or a sitemap."""
    return not candidate.is_requisite and not candidate.hops.endswith(Hop.PREREQUISITE)


def _was_page(entry: Entry) -> bool:
    """Whether it is one by its good copy; without one, whether it may be."""
    if entry.good is not None:
        return is_html(entry.good.media_type) and not entry.candidate.is_requisite
    return entry.state is not State.FAILED and may_be_page(entry.candidate)
