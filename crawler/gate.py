"""Let a lease through to the web: scope and traps once more, then robots.txt, which also sets the host's pace.

robots.txt follows RFC 9309: 2xx is parsed, 4xx allows everything, 5xx and unreachable forbid everything
and are asked again, redirects are followed five times, a copy holds 24 hours and is kept between runs.
Until a host's robots.txt is known the frontier gives out one lease of it at a time, so it is fetched once.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.asks import ask_for
from crawler.clock import Clock
from crawler.exchange import Fetch
from crawler.frontier.protocol import Frontier
from crawler.inquiry import Inquiry
from crawler.manners import Manners
from crawler.model import ACCEPTED, Candidate, Decision, Hop, Lease
from crawler.options import CrawlOptions
from crawler.robots import MAX_ROBOTS_BYTES, Robots
from crawler.rulebook import Rulebook, Rules
from crawler.standing import Pace, RobotsCopy
from crawler.tempo import LEAST_DELAY_SECONDS
from crawler.territory import Territory
from crawler.urls import canonicalize, host_key, hostname, identity, origin, origins

__all__ = ["Gate", "Passage"]

# One byte more than is parsed, so that a cut last line is known to be cut.
_ROBOTS_BYTES = MAX_ROBOTS_BYTES + 1
_ROBOTS_SECONDS = 24 * 3600.0
_PUBLIC_PARALLEL = 2
# Leases that are being parsed or written, for each that is being fetched; of those the client's semaphore holds
# no more than `concurrency`.
_SPARE_PER_REQUEST = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """The gate's answer.

    Args:
        decision: a refusal names its rule.
        asked: how many requests robots.txt took just now; not 0: the lease is to be given back.
        ended_at: when the last of them was answered.
        latency_seconds: from that request to the first byte.
    """

    decision: Decision = ACCEPTED
    asked: int = 0
    ended_at: float = 0.0
    latency_seconds: float = 0.0


class Gate:
    """Asks every rule that needs the state of the crawl.

    Args:
        territory: the scope, and the hosts named as seeds: private ones are asked without delay.
        options: politeness, requests at once for hosts of one's own, tries of a robots.txt.
        frontier: keeps robots.txt and the pace of hosts.
        fetch: the way to the web.
        clock: tells how old a robots.txt is.
        user_agent: what robots.txt rules are matched with.
        warnings: takes what a person should know of odd robots.txt files, a line each.
    """

    def __init__(
        self,
        territory: Territory,
        options: CrawlOptions,
        frontier: Frontier,
        fetch: Fetch,
        clock: Clock,
        *,
        user_agent: str,
        warnings: list[str],
    ) -> None:
        self._territory = territory
        self._scope = territory.scope
        self.manners = Manners(options.polite)
        self._concurrency = options.fetch.concurrency
        self._frontier = frontier
        self._clock = clock
        self._inquiry = Inquiry(territory, fetch, clock, max_tries=options.fetch.retries + 1)
        self._rulebook = Rulebook(user_agent, warnings)

    async def admit(self, lease: Lease) -> Passage:
        """Whether this lease may be fetched now.

        Raises:
            SiteError: robots.txt cannot be had, so nothing of this host may be asked.
        """
        candidate = lease.candidate
        decision = self._territory.judge(candidate, is_stored=lease.capture is not None)
        if not decision.accepted:
            return Passage(decision=decision)
        origin_of_url = origin(candidate.url)
        rules = self._rulebook.find(origin_of_url)
        if rules is not None and self._clock.now() - rules.fetched_at < _ROBOTS_SECONDS:
            return Passage(decision=await self._verdict(rules, candidate))
        return await self._meet(candidate, origin_of_url)

    async def foresee(self, candidate: Candidate) -> Decision:
        """What robots.txt will say of a URL, as far as it was read; nobody is asked."""
        rules = self._rulebook.find(origin(candidate.url))
        return ACCEPTED if rules is None else await self._verdict(rules, candidate)

    async def _meet(self, candidate: Candidate, origin_of_url: str) -> Passage:
        """Get to know an origin: its robots.txt, and with it the pace of its host."""
        copy = await self._frontier.robots(origin_of_url)
        now = self._clock.now()
        is_fresh = copy is not None and now - copy.fetched_at < _ROBOTS_SECONDS
        if copy is not None and is_fresh:
            rules = await self._learn(copy, candidate.host)
            await self._pace(candidate.host, rules, origin_of_url, copy.address)
            return Passage(decision=await self._verdict(rules, candidate))
        if self.manners.of(candidate.host).robots == "ignore":
            nothing = RobotsCopy(origin=origin_of_url, fetched_at=now, status=404)
            rules = await self._learn(nothing, candidate.host)
            await self._pace(candidate.host, rules, origin_of_url, _literal_address(candidate.url))
            return Passage()
        told = await self._inquiry.ask(candidate, self.manners.of(candidate.host).max_crawl_delay)
        response = told.response
        passage = Passage(
            asked=told.asked, ended_at=response.ended_at, latency_seconds=response.latency_seconds
        )
        if not told.is_last:
            return passage
        copy = RobotsCopy(
            origin=origin_of_url,
            fetched_at=response.ended_at,
            status=response.status,
            body=response.body.head(_ROBOTS_BYTES) if response.status < 300 else b"",
            address=response.address,
        )
        rules = await self._learn(copy, candidate.host)
        # Who has a copy does not look for sitemaps again: they are queued before it is kept.
        await self._frontier.add(self._sitemaps(rules.robots, origin_of_url))
        await self._frontier.keep_robots(copy)
        await self._pace(candidate.host, rules, origin_of_url, copy.address)
        return passage

    async def _learn(self, copy: RobotsCopy, host: str) -> Rules:
        return await self._rulebook.learn(copy, self.manners.of(host).max_crawl_delay)

    async def _verdict(self, rules: Rules, candidate: Candidate) -> Decision:
        if self.manners.of(candidate.host).robots == "ignore":
            return ACCEPTED
        ask = ask_for(candidate)
        return await rules.verdict(candidate.url if ask is None else ask.url)

    async def _pace(self, host: str, rules: Rules, origin_of_url: str, address: str) -> None:
        options = self.manners.of(host)
        is_own = self._territory.is_own(host, address)
        delay = options.delay
        if delay is None:
            delay = 0.0 if is_own else LEAST_DELAY_SECONDS
        parallel = options.per_host or (self._concurrency if is_own else _PUBLIC_PARALLEL)
        spare = _SPARE_PER_REQUEST * parallel if is_own and options.per_host is None else 0
        if options.robots != "ignore":
            asked = max(rules.crawl_delay or 0.0, await self._asked_elsewhere(host, origin_of_url))
            delay = max(delay, min(asked, options.max_crawl_delay))
        adapts = options.delay is None and not is_own
        pace = (
            Pace(delay_seconds=delay, parallel=1, adapts=adapts)
            if delay
            else Pace(delay_seconds=0, parallel=parallel, spare=spare)
        )
        await self._frontier.pace(host, pace)

    async def _asked_elsewhere(self, host: str, origin_of_url: str) -> float:
        """The longest `Crawl-delay` of the host's other origins: http and https each have a robots.txt.

        Their copies in the frontier tell it, so it holds across processes and runs; how old they are does not
        matter, because whoever asks one of those origins again asks for its robots.txt first.
        """
        longest = 0.0
        for other in origins(host):
            copy = None if other == origin_of_url else await self._frontier.robots(other)
            if copy is not None and copy.body:
                rules = await self._learn(copy, host)
                longest = max(longest, rules.crawl_delay or 0.0)
        return longest

    def _sitemaps(self, robots: Robots, origin_of_url: str) -> list[Candidate]:
        found = []
        for text in robots.sitemaps:
            url = canonicalize(text, f"{origin_of_url}/robots.txt")
            if url is not None and self._scope.judge(url, Hop.PREREQUISITE, 0).accepted:
                found.append(
                    Candidate(
                        url=url,
                        key=identity(url),
                        host=host_key(url),
                        hops=Hop.PREREQUISITE,
                        via=f"{origin_of_url}/robots.txt",
                    )
                )
        return found


def _literal_address(url: str) -> str:
    """The address that the URL itself names; "" if only resolving would tell."""
    host = hostname(url).strip("[]")
    return "127.0.0.1" if host == "localhost" or host.endswith(".localhost") else host
