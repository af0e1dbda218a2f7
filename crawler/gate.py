"""Let a lease through to the web: scope once more, then robots.txt, which also sets the host's pace.

robots.txt follows RFC 9309: 2xx is parsed, 4xx allows everything, 5xx and unreachable forbid everything
and are asked again, redirects are followed five times, a copy holds 24 hours and is kept between runs.
Until a host's robots.txt is known the frontier gives out one lease of it at a time, so it is fetched once.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from crawler.clock import Clock
from crawler.errors import PermanentError, SiteError, TransientError
from crawler.exchange import Fetch, Request, Response
from crawler.fetch.address import is_public
from crawler.frontier.protocol import Frontier
from crawler.model import ACCEPTED, Candidate, Decision, Hop, Lease
from crawler.options import PoliteOptions
from crawler.robots import MAX_ROBOTS_BYTES, Robots
from crawler.rulebook import Rulebook, Rules
from crawler.standing import Pace, RobotsCopy
from crawler.territory import Territory
from crawler.urls import canonicalize, host_key, hostname, identity, origin

__all__ = ["Gate", "Passage"]

# One byte more than is parsed, so that a cut last line is known to be cut.
_ROBOTS_BYTES = MAX_ROBOTS_BYTES + 1
_ROBOTS_SECONDS = 24 * 3600.0
_MAX_REDIRECTS = 5
_MAX_ORIGINS = 10_000
_LEAST_DELAY_SECONDS = 0.25
_PUBLIC_PARALLEL = 2
# Leases that are being parsed or written, for each that is being fetched; of those the client's semaphore holds
# no more than `concurrency`.
_SPARE_PER_REQUEST = 2
_UNREACHABLE_SECONDS = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """The gate's answer.

    Args:
        decision: a refusal names its rule.
        asked: how many requests robots.txt took just now; not 0: the lease is to be given back.
        found: sitemaps that robots.txt names.
        ended_at: when the last of them was answered.
        latency_seconds: from that request to the first byte.
    """

    decision: Decision = ACCEPTED
    asked: int = 0
    found: tuple[Candidate, ...] = ()
    ended_at: float = 0.0
    latency_seconds: float = 0.0


class Gate:
    """Asks every rule that needs the state of the crawl.

    Args:
        territory: the scope, and the hosts named as seeds: private ones are asked without delay.
        options: politeness.
        frontier: keeps robots.txt and the pace of hosts.
        fetch: the way to the web.
        clock: tells how old a robots.txt is.
        user_agent: what robots.txt rules are matched with.
        concurrency: requests at once, for hosts of one's own.
        warnings: takes what a person should know of odd robots.txt files, a line each.
    """

    def __init__(
        self,
        territory: Territory,
        options: PoliteOptions,
        frontier: Frontier,
        fetch: Fetch,
        clock: Clock,
        *,
        user_agent: str,
        concurrency: int,
        warnings: list[str],
    ) -> None:
        self._territory = territory
        self._scope = territory.scope
        self._options = options
        self._frontier = frontier
        self._fetch = fetch
        self._clock = clock
        self._concurrency = concurrency
        self._rulebook = Rulebook(user_agent, options.max_crawl_delay, warnings)
        self._crawl_delays: OrderedDict[str, float] = OrderedDict()
        self._unreachable: OrderedDict[str, tuple[float, SiteError]] = OrderedDict()

    async def admit(self, lease: Lease, *, is_last_try: bool) -> Passage:
        """Whether this lease may be fetched now.

        Args:
            lease: what is to be fetched.
            is_last_try: after this there is no further try of the URL.

        Raises:
            SiteError: robots.txt cannot be had, so nothing of this host may be asked.
        """
        candidate = lease.candidate
        decision = self._scope.judge(
            candidate.url, candidate.hops, candidate.depth, is_seed=candidate.is_seed
        )
        if not decision.accepted:
            return Passage(decision=decision)
        origin_of_url = origin(candidate.url)
        rules = self._rulebook.find(origin_of_url)
        if rules is not None and self._clock.now() - rules.fetched_at < _ROBOTS_SECONDS:
            return Passage(decision=await self._verdict(rules, candidate.url))
        return await self._meet(candidate, origin_of_url, is_last_try=is_last_try)

    def is_own(self, host: str, address: str) -> bool:
        """Whether a host is the user's: named as a seed, on a private address."""
        return self._territory.is_named(host) and bool(address) and not is_public(address)

    async def _meet(self, candidate: Candidate, origin_of_url: str, *, is_last_try: bool) -> Passage:
        """Get to know an origin: its robots.txt, and with it the pace of its host."""
        copy = await self._frontier.robots(origin_of_url)
        now = self._clock.now()
        is_fresh = copy is not None and now - copy.fetched_at < _ROBOTS_SECONDS
        if copy is not None and is_fresh:
            rules = await self._rulebook.learn(copy)
            await self._pace(candidate.host, rules, copy.address)
            return Passage(decision=await self._verdict(rules, candidate.url))
        if self._options.robots == "ignore":
            rules = await self._rulebook.learn(RobotsCopy(origin=origin_of_url, fetched_at=now, status=404))
            await self._pace(candidate.host, rules, _literal_address(candidate.url))
            return Passage()
        self._check_unreachable(origin_of_url, now)
        try:
            response, asked = await self._ask(origin_of_url)
        except SiteError as error:
            if is_last_try or isinstance(error, PermanentError):
                self._give_up(origin_of_url, now, error)
            raise
        copy = RobotsCopy(
            origin=origin_of_url,
            fetched_at=response.ended_at,
            status=response.status,
            body=response.body.head(_ROBOTS_BYTES) if response.status < 300 else b"",
            address=response.address,
        )
        await self._frontier.keep_robots(copy)
        rules = await self._rulebook.learn(copy)
        await self._pace(candidate.host, rules, response.address)
        return Passage(
            asked=asked,
            found=tuple(self._sitemaps(rules.robots, origin_of_url)),
            ended_at=response.ended_at,
            latency_seconds=response.latency_seconds,
        )

    async def _ask(self, origin_of_url: str) -> tuple[Response, int]:
        """The answer to robots.txt behind at most five redirects, and the number of requests.

        Raises:
            SiteError: the host is in trouble (network, 5xx, 429).
        """
        url = f"{origin_of_url}/robots.txt"
        for asked in range(1, _MAX_REDIRECTS + 2):
            response = await self._fetch(Request(url=url))
            if response.status >= 500 or response.status == 429:
                raise TransientError("robots", f"{url} answered {response.status}; nothing may be asked")
            target = response.header("location") if 300 <= response.status < 400 else None
            following = canonicalize(target, url) if target else None
            if following is None:
                return response, asked
            url = following
        return Response(url=url, head=response.head, ended_at=response.ended_at), asked

    def _check_unreachable(self, origin_of_url: str, now: float) -> None:
        """Give up at once on a host that was given up a moment ago."""
        since, error = self._unreachable.get(origin_of_url, (0.0, PermanentError("connect")))
        if now - since < _UNREACHABLE_SECONDS:
            raise PermanentError(error.failure, error.detail)

    def _give_up(self, origin_of_url: str, now: float, error: SiteError) -> None:
        if len(self._unreachable) >= _MAX_ORIGINS:
            self._unreachable.popitem(last=False)
        self._unreachable[origin_of_url] = (now, error)

    async def _verdict(self, rules: Rules, url: str) -> Decision:
        return ACCEPTED if self._options.robots == "ignore" else await rules.verdict(url)

    async def _pace(self, host: str, rules: Rules, address: str) -> None:
        options = self._options
        is_own = self.is_own(host, address)
        delay = options.delay
        if delay is None:
            delay = 0.0 if is_own else _LEAST_DELAY_SECONDS
        parallel = options.per_host or (self._concurrency if is_own else _PUBLIC_PARALLEL)
        spare = _SPARE_PER_REQUEST * parallel if is_own and options.per_host is None else 0
        if options.robots != "ignore":
            delay = max(delay, self._crawl_delay(host, rules))
        adapts = options.delay is None and not is_own
        pace = (
            Pace(delay_seconds=delay, parallel=1, adapts=adapts)
            if delay
            else Pace(delay_seconds=0, parallel=parallel, spare=spare)
        )
        await self._frontier.pace(host, pace)

    def _crawl_delay(self, host: str, rules: Rules) -> float:
        """What a host asks for: the longest of its origins, of which http and https each have a robots.txt."""
        asked = min(rules.crawl_delay or 0.0, self._options.max_crawl_delay)
        longest = max(asked, self._crawl_delays.get(host, 0.0))
        if longest:
            self._crawl_delays[host] = longest
        if len(self._crawl_delays) > _MAX_ORIGINS:
            self._crawl_delays.popitem(last=False)
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
