"""Simulate a big shared crawl against the real scripts: `python -m benchmarks.shared_simulation`.

A real Redis server on a socket runs the scripts of the frontier; only the function that reads its clock reads ours.
So hours of many workers and hosts pass in minutes, in one process, the same way each time. Every request of every
worker is known, and held to what a host was promised: one at a time, and a rest after each answer. Some workers die
and leave their leases to expire; as many come. Hosts have very different numbers of pages, found page by page.
"""

from __future__ import annotations

import argparse
import asyncio
import heapq
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from statistics import median

from redis.asyncio import Redis

from crawler.clock import ManualClock
from crawler.frontier.protocol import RunPlan
from crawler.frontier.redis.frontier import RedisFrontier
from crawler.model import Candidate, Disposition, Finish, Lease, State
from crawler.urls import identity
from tests.frontier.redis_server import ClockedScripts, running_server

__all__ = ["Findings", "Size", "simulate"]

_CRAWL = "simulated"
_FANOUT = 10
_GROUP = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """What is simulated.

    Args:
        urls: about so many, of all hosts.
        hosts: of which the first has the most pages.
        workers: at any time.
        concurrency: requests at once of each.
        delay_seconds: that a host rests after an answer.
        lease_seconds: after which what the dead held goes to others.
        tick_seconds: between two landings of a worker.
        deaths: so many workers die on the way, and as many come.
    """

    urls: int = 10_000_000
    hosts: int = 100_000
    workers: int = 100
    concurrency: int = 32
    delay_seconds: float = 1.0
    lease_seconds: float = 120.0
    tick_seconds: float = 1.0
    deaths: int = 20


@dataclass(slots=True, kw_only=True)
class Findings:
    """What came of it; instants and durations are simulated but for `took_seconds` and `server_seconds`."""

    urls: int = 0
    done: int = 0
    requests: int = 0
    again: int = 0
    too_soon: int = 0
    at_once: int = 0
    least_rest_seconds: float = 1e9
    lasted_seconds: float = 0.0
    by_worker: Counter[int] = field(default_factory=Counter)
    waits: dict[str, list[float]] = field(default_factory=lambda: {"small": [], "large": []})
    died: int = 0
    took_seconds: float = 0.0
    server_seconds: float = 0.0
    most_bytes: int = 0
    slowest_script_seconds: float = 0.0

    def lines(self) -> Iterator[str]:
        """All of it for people."""
        yield f"{self.urls:,} URLs in {self.lasted_seconds / 3600:.2f} simulated hours; {self.took_seconds:,.0f} s here"
        yield f"done {self.done:,}; asked again after a death {self.again:,}, of {self.died} dead workers"
        yield (
            f"politeness: {self.requests:,} requests, {self.too_soon} too soon, {self.at_once} at once;"
            f" the shortest rest {self.least_rest_seconds:.3f} s"
        )
        for name, waits in self.waits.items():
            if waits:
                waits.sort()
                yield (
                    f"a ready {name} host waits {median(waits):.2f} s, in 99 of 100 cases at most"
                    f" {waits[len(waits) * 99 // 100]:.2f} s, at most {waits[-1]:.1f} s"
                )
        shares = sorted(self.by_worker.values())
        yield f"a worker that lived all the time: {shares[0]:,} to {shares[-1]:,} URLs"
        yield (
            f"server: {self.server_seconds / max(self.requests, 1) * 1e6:.0f} µs of its one core a URL,"
            f" the slowest script {self.slowest_script_seconds * 1000:.0f} ms, {self.most_bytes / 1e6:,.0f} MB at most"
        )


@dataclass(slots=True)
class _Worker:
    number: int
    frontier: RedisFrontier
    is_new: bool
    held: int = 0
    answered: list[tuple[float, Lease]] = field(default_factory=list)


class _Web:
    """Hosts with pages, each of which leads to ten more of its host; the first hosts have the most."""

    def __init__(self, size: Size) -> None:
        weights = [(rank + 20.0) ** -0.5 for rank in range(size.hosts)]
        share = size.urls / sum(weights)
        self.pages = [max(int(weight * share), 1) for weight in weights]
        self.urls = sum(self.pages)

    def page(self, host: int, number: int, depth: int) -> Candidate:
        """A URL of a host."""
        name = f"h{host}.example"
        url = f"https://{name}/articles/{number}"
        return Candidate(url=url, key=identity(url), host=name, depth=depth, hops="L", is_seed=not number)

    def seeds(self) -> Iterator[Candidate]:
        """The first page of each host."""
        return (self.page(host, 0, 0) for host in range(len(self.pages)))

    def links(self, candidate: Candidate) -> tuple[Candidate, ...]:
        """Where a page leads: to ten that are new, and to one that is known."""
        host, number = _place(candidate)
        first = number * _FANOUT + 1
        below = range(first, min(first + _FANOUT, self.pages[host]))
        found = [self.page(host, each, candidate.depth + 1) for each in below]
        return (*found, self.page(host, 0, candidate.depth + 1))


class _Simulation:
    """One crawl while it lasts."""

    def __init__(self, url: str, size: Size) -> None:
        self.size = size
        self.web = _Web(size)
        self.clock = ManualClock(1_000_000_000.0)
        self.client = Redis.from_url(url)
        self.found = Findings(urls=self.web.urls)
        self._url = url
        self._workers: dict[int, _Worker] = {}
        self._ends: dict[int, float] = {}
        self._asking: dict[int, int] = {}
        self._asked: set[str] = set()
        self._events: list[tuple[float, int]] = []
        self._last_number = 0

    def frontier(self, holder: int) -> RedisFrontier:
        """The frontier of one worker."""
        scripts = ClockedScripts(self.client, _CRAWL, self.clock)
        return RedisFrontier(scripts, lease_seconds=self.size.lease_seconds, holder=holder)

    def come(self, *, is_new: bool) -> None:
        """A worker joins."""
        self._last_number += 1
        number = self._last_number
        self._workers[number] = _Worker(number, self.frontier(number), is_new)
        # Not all at the same instant.
        at = self.clock.now() + self.size.tick_seconds * (number % 97) / 97
        heapq.heappush(self._events, (at, number))

    async def run(self) -> Findings:
        """Let it go on until everything is done."""
        began_at = self.clock.now()
        opener = self.frontier(0)
        await opener.open_run(RunPlan(name="simulated", delay_seconds=self.size.delay_seconds))
        seeds = self.web.seeds()
        while group := list(islice(seeds, _GROUP)):
            await opener.add(group)
        for _ in range(self.size.workers):
            self.come(is_new=False)
        deaths = [self.web.urls * (each + 1) // (self.size.deaths + 1) for each in range(self.size.deaths)]
        landed = 0
        while self._events:
            at, number = heapq.heappop(self._events)
            self.clock.advance(max(at - self.clock.now(), 0.0))
            landed += await self._tick(self._workers[number])
            if deaths and landed >= deaths[0]:
                deaths.pop(0)
                self._die()
        self.found.lasted_seconds = self.clock.now() - began_at
        self.found.done = (await opener.counts()).done
        return self.found

    def _die(self) -> None:
        """The worker with the most requests out dies; another comes."""
        worker = max(self._workers.values(), key=lambda each: each.held)
        for _, lease in worker.answered:
            # It asked, and nobody will ever hear of it.
            self._asking.pop(_place(lease.candidate)[0], None)
        del self._workers[worker.number]
        self._events = [each for each in self._events if each[1] != worker.number]
        heapq.heapify(self._events)
        self.found.by_worker.pop(worker.number, None)
        self.found.died += 1
        self.come(is_new=True)

    async def _tick(self, worker: _Worker) -> int:
        """A worker lands what was answered, and takes what it has room for."""
        now = self.clock.now()
        landed = [each for each in worker.answered if each[0] <= now]
        worker.answered = [each for each in worker.answered if each[0] > now]
        if landed:
            await worker.frontier.finish([self._finish(lease, ended_at) for ended_at, lease in landed])
            worker.held -= len(landed)
            if not worker.is_new:
                self.found.by_worker[worker.number] += len(landed)
        room = self.size.concurrency - worker.held
        claim = await worker.frontier.claim(room) if room else None
        for lease in claim.leases if claim is not None else ():
            self._ask(worker, lease)
        if claim is not None and not claim.leases and not claim.held and claim.ready_at is None:
            return len(landed)
        later = now + self.size.tick_seconds
        if claim is not None and not claim.leases and not worker.answered and claim.ready_at is not None:
            later = max(later, claim.ready_at)
        heapq.heappush(self._events, (later, worker.number))
        return len(landed)

    def _ask(self, worker: _Worker, lease: Lease) -> None:
        """Hold a request to what its host was promised."""
        host, _ = _place(lease.candidate)
        now, found = self.clock.now(), self.found
        found.requests += 1
        if lease.attempt > 1 or lease.candidate.url in self._asked:
            found.again += 1
        if host in self._asking:
            found.at_once += 1
        if (ended_at := self._ends.get(host)) is not None:
            rest = now - ended_at
            found.least_rest_seconds = min(found.least_rest_seconds, rest)
            found.too_soon += rest < self.size.delay_seconds - 1e-6
            if lease.candidate.depth > 1:
                size = "large" if self.web.pages[host] > 2 * self.web.urls // len(self.web.pages) else "small"
                _sample(found.waits[size], rest - self.size.delay_seconds, found.requests)
        latency = 0.05 + zlib.crc32(lease.candidate.url.encode()) % 1000 / 1000
        self._asking[host] = worker.number
        self._ends[host] = now + latency
        worker.held += 1
        worker.answered.append((now + latency, lease))

    def _finish(self, lease: Lease, ended_at: float) -> Finish:
        self._asking.pop(_place(lease.candidate)[0], None)
        end = Disposition(
            state=State.DONE,
            status=200,
            is_page=True,
            leads_on=True,
            answered=True,
            ended_at=ended_at,
            latency_seconds=0.05,
            found=self.web.links(lease.candidate),
        )
        return Finish(lease=lease, disposition=end)


async def simulate(url: str, size: Size) -> Findings:
    """Let a crawl of this size take place on a server.

    Args:
        url: of the server, on which there is nothing else.
        size: of it.
    """
    began = time.perf_counter()
    simulation = _Simulation(url, size)
    found = await simulation.run()
    found.took_seconds = time.perf_counter() - began
    cpu, memory = await simulation.client.info("cpu"), await simulation.client.info("memory")
    found.server_seconds = float(cpu["used_cpu_user"]) + float(cpu["used_cpu_sys"])
    found.most_bytes = int(memory["used_memory_peak"])
    slowest = await simulation.client.slowlog_get(128)
    found.slowest_script_seconds = max((each["duration"] / 1e6 for each in slowest), default=0.0)
    await simulation.client.aclose()
    return found


def _place(candidate: Candidate) -> tuple[int, int]:
    """Host and page of a URL."""
    return int(candidate.host[1:].partition(".")[0]), int(candidate.url.rpartition("/")[2])


def _sample(kept: list[float], value: float, number: int, most: int = 200_000) -> None:
    """Keep a value, or some of very many."""
    if len(kept) < most:
        kept.append(value)
    else:
        kept[number * 2_654_435_761 % most] = value


def main(arguments: Iterable[str] | None = None) -> int:
    """Read how big it is to be, and say what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    for name, value in (("urls", 10_000_000), ("hosts", 100_000), ("workers", 100), ("deaths", 20)):
        parser.add_argument(f"--{name}", type=int, default=value)
    told = parser.parse_args(None if arguments is None else list(arguments))
    size = Size(urls=told.urls, hosts=told.hosts, workers=told.workers, deaths=told.deaths)
    with running_server("--slowlog-log-slower-than", "5000") as url:
        found = asyncio.run(simulate(url, size))
    for line in found.lines():
        print(line, flush=True)
    return 0 if not found.too_soon and not found.at_once and found.done == found.urls else 1


if __name__ == "__main__":
    sys.exit(main())
