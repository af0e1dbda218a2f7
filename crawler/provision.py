"""Provide what pages ask for while they are rendered: from the archive, else from the web, as politely as anything.

Every request is judged as a requisite of the page: scope, traps, robots.txt and the guard of addresses hold. What is
stored of this run is given from there. The rest is asked for here and kept for its own lease, which is queued: so each
answer is asked for once, archived and counted like any other. Only GET is spoken; who changes something
by a page's script is a person, not we.
"""

from __future__ import annotations

import asyncio
import base64
from collections import OrderedDict
from collections.abc import Callable, Sequence
from math import inf

from crawler.body import Body
from crawler.browser.wanted import Supply, Wanted
from crawler.clock import Clock
from crawler.errors import DamageError, SiteError, StorageError
from crawler.exchange import Headers, Request, Response
from crawler.frontier.protocol import Frontier
from crawler.gate import Gate
from crawler.larder import Larder
from crawler.links.headers import redirect_target
from crawler.model import Candidate, Hop, Lease, Outlink, State
from crawler.offers import Offers
from crawler.originals import Originals
from crawler.standing import HostState
from crawler.urls import canonicalize

__all__ = ["Provider", "Provision"]

_MOST_REQUESTS = 300
_MOST_BYTES = 100_000_000
_MOST_HOSTS = 1000
_MOST_REDIRECTS = 5
_LONGEST_WAIT_SECONDS = 15.0
_ROBOTS_TRIES = 3
_BURDENED = frozenset({429, 503})
_BURDENED_SECONDS = 60.0
"""After such an answer pages get no more of the host; whoever has the lease of that URL reads `Retry-After`."""
_METHODS = frozenset({"GET", "HEAD"})
# They change how a page looks, not what it says.
_LOOKS = frozenset({"image", "font"})
_NEVER = frozenset({"media", "eventsource", "websocket", "ping", "manifest", "texttrack"})
_PIXEL = Supply(
    headers=(("content-type", "image/gif"),),
    body=Body.of(base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")),
)
_NOTHING = Supply(status=204, body=Body.of(b""))


class Provider:
    """Provides for the pages of one engine.

    Args:
        gate: robots.txt and pace.
        frontier: knows what is stored, and queues what is asked for.
        originals: stored bodies.
        larder: the way to the web.
        judge: asks the scope about links.
        clock: for pauses.
        gives_looks: pictures and fonts are wanted, too.
    """

    def __init__(
        self,
        *,
        gate: Gate,
        frontier: Frontier,
        originals: Originals,
        larder: Larder,
        judge: Callable[[Lease, Sequence[Outlink]], Offers],
        clock: Clock,
        gives_looks: bool = False,
    ) -> None:
        self._gate = gate
        self._frontier = frontier
        self._originals = originals
        self._larder = larder
        self._judge = judge
        self._clock = clock
        self.gives_looks = gives_looks
        self._turns: OrderedDict[str, asyncio.Semaphore] = OrderedDict()
        self._asked_at: OrderedDict[str, float] = OrderedDict()

    def of(self, lease: Lease, response: Response) -> Provision:
        """What provides for one page, whose answer has come just now."""
        self._note(lease.candidate.host, response.ended_at)
        return Provision(self, lease)

    def judged(self, lease: Lease, url: str) -> Candidate | None:
        """A URL as a requisite of the page; None: a rule refuses it."""
        offers = self._judge(lease, [Outlink(url=url, hop=Hop.EMBED, context="script")])
        return offers.found[0] if offers.found else None

    async def answer(self, candidate: Candidate, headers: Headers) -> tuple[Supply, str] | None:
        """What a URL answers, and where it leads if that is elsewhere; None: it is not to be had.

        Raises:
            StorageError: our own storage failed.
        """
        await self._frontier.add([candidate])
        entry = await self._frontier.entry(candidate.key)
        if entry is not None and entry.state in {State.FAILED, State.EXCLUDED}:
            return None
        is_done = entry is not None and entry.state is State.DONE
        if is_done and (stored := await self._stored(candidate.key)) is not None:
            return stored, ""
        response = await self._asked(candidate, headers)
        if response is None or not response.refusal.accepted:
            return None
        supply = Supply(status=response.status, headers=response.head.headers, body=response.body)
        return supply, redirect_target(response.status, response.head.headers, response.url) or ""

    async def _stored(self, key: str) -> Supply | None:
        _, capture = await self._frontier.good_copy(key)
        if capture is None:
            return None
        try:
            head = await self._originals.head(capture)
            return Supply(headers=head.headers, body=await self._originals.read(capture))
        except DamageError:
            raise
        except StorageError:
            return None

    async def _asked(self, candidate: Candidate, headers: Headers) -> Response | None:
        """Ask the web in turn, and not before the rest of the host is over."""
        try:
            host = await self._frontier.host(candidate.host)
            assert host is not None, "a host of which something was just queued"
            async with self._turn(host):
                ready_at = self._asked_at.get(host.host, 0.0) + host.delay_seconds
                if host.delay_seconds:
                    ready_at = max(ready_at, host.ready_at)
                if not await self._rest(ready_at - self._clock.now()):
                    return None
                response = await self._ask(candidate, headers)
                if response is not None:
                    is_burdened = response.status in _BURDENED
                    self._note(host.host, self._clock.now() + is_burdened * _BURDENED_SECONDS)
                return response
        except SiteError:
            return None

    async def _ask(self, candidate: Candidate, headers: Headers) -> Response | None:
        lease = Lease(candidate=candidate, token=0, attempt=1, expires_at=inf)
        for _ in range(_ROBOTS_TRIES):
            passage = await self._gate.admit(lease)
            if not passage.decision.accepted:
                return None
            if not passage.asked:
                return await self._larder.bring(Request(url=candidate.url, headers=headers))
            host = await self._frontier.host(candidate.host)
            await self._rest(host.delay_seconds if host else 0.0)
        return None

    async def _rest(self, seconds: float) -> bool:
        """Wait; False: that is too long for a page that stands in a browser."""
        if seconds > _LONGEST_WAIT_SECONDS:
            return False
        if seconds > 0:
            await self._clock.wait(asyncio.Event(), seconds)
        return True

    def _turn(self, host: HostState) -> asyncio.Semaphore:
        """As many requests at once as the host takes; those of leases come on top where it takes several."""
        parallel = 1 if host.delay_seconds else host.pace.parallel
        turn = self._turns.setdefault(f"{host.host} {parallel}", asyncio.Semaphore(parallel))
        self._turns.move_to_end(f"{host.host} {parallel}")
        for each in [*self._turns][: max(len(self._turns) - _MOST_HOSTS, 0)]:
            if not self._turns[each].locked():
                del self._turns[each]
        return turn

    def _note(self, host: str, at: float) -> None:
        self._asked_at[host] = max(at, self._asked_at.get(host, 0.0))
        self._asked_at.move_to_end(host)
        while len(self._asked_at) > _MOST_HOSTS:
            self._asked_at.popitem(last=False)


class Provision:
    """What one page asked for and got. Made by `Provider.of`."""

    def __init__(self, provider: Provider, lease: Lease) -> None:
        self._provider = provider
        self._lease = lease
        self._requests = self._bytes = 0
        self._found: dict[str, None] = {}

    @property
    def outlinks(self) -> tuple[Outlink, ...]:
        """What it needed: requisites like those that stand in a page."""
        return tuple(Outlink(url=each, hop=Hop.EMBED, context="script") for each in self._found)

    async def provide(self, wanted: Wanted) -> Supply | None:
        """Answer one request of the page; None: it does not get that.

        Raises:
            StorageError: our own storage failed.
        """
        if wanted.method not in _METHODS or wanted.kind in _NEVER:
            return None
        if wanted.kind in _LOOKS and not self._provider.gives_looks:
            return _PIXEL if wanted.kind == "image" else None
        url = canonicalize(wanted.url)
        self._requests += 1
        if url is None or self._requests > _MOST_REQUESTS or self._bytes > _MOST_BYTES:
            return None
        named = (("Accept", wanted.accept), ("Origin", wanted.origin))
        headers = tuple((name, value) for name, value in named if value)
        for step in range(_MOST_REDIRECTS + 1):
            candidate = self._provider.judged(self._lease, url)
            if candidate is None:
                return None
            if not step:
                self._found[candidate.url] = None
            if (answer := await self._provider.answer(candidate, headers)) is None:
                return None
            supply, url = answer
            if not url:
                self._bytes += supply.body.size_bytes
                return _NOTHING if supply.status == 204 else supply
        return None
