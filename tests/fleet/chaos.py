"""Share one crawl among workers that are killed and held still, over a server that is started again; then count."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

from redis import Redis

from tests.fleet.hosts import Hosts, serving_hosts
from tests.fleet.sharing import COMMAND, ROOT, brought
from tests.frontier.redis_server import Server, mortal_server

__all__ = ["Trial", "Verdict", "run_trial"]

_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What is done to a crawl.

    Args:
        hosts: on loopback.
        pages: of each.
        workers: at once; one that was killed is followed by another in its folder.
        delay_seconds: that hosts rest.
        lease_seconds: of a URL.
        kill_seconds: a worker is killed as often.
        restarts: of the server.
        stills: of a worker, each for longer than a lease.
        seed: of all that is drawn.
    """

    hosts: int = 8
    pages: int = 150
    workers: int = 3
    delay_seconds: float = 0.1
    lease_seconds: float = 4.0
    kill_seconds: float = 3.0
    restarts: int = 2
    stills: int = 1
    seed: int = 1


@dataclass(slots=True)
class Verdict:
    """What came of it.

    Args:
        seconds: that the crawl took.
        kills: of workers.
        restarts: of the server.
        stills: of workers.
        lost: pages that nobody brought home, or of which the server does not know that they are done.
        twice: pages that the run counts more than once.
        asked_twice: pages that a host was asked for more than once.
        rests: that were measured at the hosts.
        shortest_rest: of all.
        cut_rests: shorter than the delay.
        expired: leases.
        codes: with which workers ended.
        errors: what they said on stderr, for whoever looks into it.
    """

    seconds: float = 0.0
    kills: int = 0
    restarts: int = 0
    stills: int = 0
    lost: int = 0
    twice: int = 0
    asked_twice: int = 0
    rests: int = 0
    shortest_rest: float = float("inf")
    cut_rests: int = 0
    expired: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    errors: list[str] = field(default_factory=list)


class _Workers:
    """The workers of a trial, in folders of their own."""

    def __init__(self, trial: Trial, url: str, folder: Path, hosts: Hosts) -> None:
        self._url, self._folder, self._hosts = url, folder, hosts
        self._options = [
            *("--frontier", url, "--delay", str(trial.delay_seconds), "--lease", f"{trial.lease_seconds}s"),
            *("--no-sitemaps", "--progress", "never", "--concurrency", "16"),
        ]
        self.folders = [folder / f"worker-{number}" for number in range(trial.workers)]
        self.processes = [self._start(number) for number in range(trial.workers)]

    def _start(self, number: int) -> subprocess.Popen[bytes]:
        """The first opens the crawl; the same line continues it."""
        seeds = self._folder / "seeds.txt"
        seeds.write_text("\n".join(self._hosts.seeds) + "\n")
        line = ["crawl", str(seeds), *self._options] if number == 0 else ["work", self._url, "--wait", "15s"]
        log = (self._folder / f"worker-{number}.err").open("ab")
        with log:
            return subprocess.Popen(
                [*COMMAND, *line, "-o", str(self.folders[number])],
                stdout=subprocess.DEVNULL,
                stderr=log,
                cwd=ROOT,
            )

    def revive(self) -> None:
        """Start again whoever gave up, as whoever watches over workers would."""
        for number, process in enumerate(self.processes):
            if process.poll() not in {None, 0}:
                self.processes[number] = self._start(number)

    def has_begun(self, number: int) -> bool:
        """Whether it has finished anything."""
        return (self.folders[number] / "crawl.log").is_file()

    def replace(self, number: int) -> None:
        """Kill one, and start another in its folder."""
        self.processes[number].kill()
        self.processes[number].wait()
        self.processes[number] = self._start(number)

    @property
    def are_over(self) -> bool:
        """Whether all have ended."""
        return all(each.poll() is not None for each in self.processes)

    def clear(self) -> None:
        """Let none outlive the trial."""
        for each in self.processes:
            if each.poll() is None:
                each.kill()
                each.wait()


def run_trial(trial: Trial, folder: Path, most_seconds: float = 900.0) -> Verdict:
    """Do all that to a crawl, and look at what is left.

    Args:
        trial: what is done.
        folder: for everything.
        most_seconds: after which it is over, and what is missing is lost.
    """
    verdict = Verdict()
    with mortal_server() as server:
        with serving_hosts(trial.hosts, trial.pages, folder) as hosts:
            workers = _Workers(trial, server.url, folder, hosts)
            try:
                _trouble(trial, server, workers, verdict, most_seconds)
                verdict.codes = Counter(each.wait() for each in workers.processes)
            finally:
                workers.clear()
        _count(trial, server, workers, hosts, verdict)
    verdict.errors = [line for path in sorted(folder.glob("*.err")) for line in path.read_text().splitlines()]
    return verdict


def _trouble(trial: Trial, server: Server, workers: _Workers, verdict: Verdict, most_seconds: float) -> None:
    dice = random.Random(trial.seed)
    began = time.monotonic()
    next_kill, still_until, still = began + trial.kill_seconds, 0.0, None
    # The crawl has to have begun; then server and workers have their turns.
    pending = [*["restart"] * trial.restarts, *["still"] * trial.stills]
    dice.shuffle(pending)
    next_other = began + 2 * trial.kill_seconds
    while not workers.are_over and time.monotonic() - began < most_seconds:
        time.sleep(_LOOK_SECONDS)
        workers.revive()
        now = time.monotonic()
        if still is not None and now >= still_until:
            still.send_signal(signal.SIGCONT)
            still = None
        if now >= next_kill and not _is_over(server):
            next_kill = now + trial.kill_seconds
            number = dice.randrange(trial.workers)
            process = workers.processes[number]
            if process.poll() is None and process is not still and workers.has_begun(number):
                workers.replace(number)
                verdict.kills += 1
        # Once the crawl is over, its workers wait a while for another: that is no time for trouble.
        if pending and now >= next_other and still is None and not _is_over(server):
            next_other = now + trial.kill_seconds
            if pending.pop() == "restart":
                server.kill()
                time.sleep(dice.uniform(0.1, 1.0))
                server.start()
                verdict.restarts += 1
            else:
                still = workers.processes[dice.randrange(trial.workers)]
                still.send_signal(signal.SIGSTOP)
                still_until = now + 1.5 * trial.lease_seconds
                verdict.stills += 1
    if still is not None:
        still.send_signal(signal.SIGCONT)
    verdict.seconds = time.monotonic() - began


def _is_over(server: Server) -> bool:
    """Whether the end of the crawl was decided."""
    with Redis.from_url(server.url) as client:
        return bool(client.hget("{crawl}:meta", "over"))


def _count(trial: Trial, server: Server, workers: _Workers, hosts: Hosts, verdict: Verdict) -> None:
    with Redis.from_url(server.url) as client:
        states = {name.decode(): int(n) for name, n in client.hgetall("{crawl}:states").items()}
        work = {name.decode(): int(n) for name, n in client.hgetall("{crawl}:work").items()}
    found = set(brought(workers.folders))
    # robots.txt is done as well, once a host, with a 404.
    verdict.lost = len(hosts.urls - found) + max(len(hosts.urls) - work.get("pages", 0), 0)
    verdict.twice = max(work.get("pages", 0) - len(hosts.urls), 0)
    verdict.lost += states.get("queued", 0) + states.get("claimed", 0)
    verdict.expired = work.get("expired", 0)
    for seen in hosts.asked().values():
        paths = Counter(path for path, _, _ in seen)
        verdict.asked_twice += sum(times > 1 for path, times in paths.items() if path != "/robots.txt")
        for (_, _, ended), (_, began, _) in pairwise(seen):
            verdict.rests += 1
            verdict.shortest_rest = min(verdict.shortest_rest, began - ended)
            verdict.cut_rests += began - ended < trial.delay_seconds
