"""Say what a frontier is: the queue of URLs and the ledger of what became of them.

Politeness lives here, where URLs are handed out, so that it holds across workers, processes and
runs: `claim` gives only URLs of hosts that are ready, `finish` says when the host is ready again.
Every implementation passes the same contract suite (`tests/frontier/test_contract.py`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from math import inf
from typing import Protocol

from crawler.model import Candidate, Capture, Claim, Finish, Lease, State
from crawler.override import Override
from crawler.standing import (
    Counts,
    Entry,
    HostState,
    Outcome,
    Pace,
    Refusal,
    Relic,
    RobotsCopy,
    Run,
    SeedGroup,
    SeedState,
)

__all__ = ["Frontier", "Ledger", "RunPlan"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunPlan:
    """What a run asks of the frontier.

    Args:
        name: sortable name, used if a new run begins.
        options: the options as JSON; where they differ from those of an interrupted run, what its
            pages link to is judged again.
        max_pages: page slots of the run, None: no limit.
        max_pages_per_host: page slots of each host, None: no limit.
        max_bytes: body bytes to receive in the run, None: no limit.
        max_depth: of the run; written down only, the scope holds to it.
        fresh: forget queue and validators, never captures.
        delay_seconds: what a host rests after an answer until it is paced in this run.
        longest_rest_seconds: that a host may be left alone for, whatever an earlier run was told.
        overrides: of that delay, of `max_pages_per_host`, and of what follows, for some hosts.
        refresh_after: as in `PoliteOptions`: what is fresh is not due.
        refresh_paths: as there.
    """

    name: str
    options: str = "{}"
    max_pages: int | None = None
    max_pages_per_host: int | None = None
    max_bytes: int | None = None
    max_depth: int | None = None
    fresh: bool = False
    delay_seconds: float = 0.0
    longest_rest_seconds: float = inf
    overrides: tuple[Override, ...] = ()
    refresh_after: float | None = None
    refresh_paths: tuple[tuple[str, float], ...] = ()

    @property
    def limits_pages(self) -> bool:
        """Whether a page needs a slot to be counted."""
        of_hosts = (self.max_pages_per_host, *(each.max_pages for each in self.overrides))
        return any(most is not None for most in (self.max_pages, *of_hosts))


class Ledger(Protocol):
    """Read what the frontier knows; never changes it."""

    async def counts(self) -> Counts:
        """Count URLs by state, and this (or the last) run's work."""
        ...

    async def entry(self, key: str) -> Entry | None:
        """Everything known of the URL with this identity."""
        ...

    async def addresses(self, keys: Collection[str]) -> dict[str, str | None]:
        """Where each known key's good copy lies in the mirror, redirects followed (at most 10).

        A key that is missing in the answer was never accepted; None: it has no file.
        """
        ...

    async def good_copy(self, key: str) -> tuple[str, Capture | None]:
        """The key at the end of its redirects (at most 10), and its last good capture; None: it has none."""
        ...

    async def doubted(self, key: str, face: str, most: int) -> tuple[Capture | None, int]:
        """The last answer of a URL, if it was doubted; how many others, up to `most`, last showed this face."""
        ...

    def entries(self, state: State | None = None) -> AsyncIterator[Entry]:
        """Every entry, oldest first, streamed; of one state if given."""
        ...

    def surprises(self) -> AsyncIterator[tuple[str, str | None]]:
        """Keys whose address is not the predicted one, with that address (None: no file)."""
        ...

    async def segments(self) -> dict[str, int]:
        """How many bytes of each archive segment are believed in; what lies behind them is torn."""
        ...

    def captures(self) -> AsyncIterator[Capture]:
        """Every capture that lies in the archive: URLs in the order they were met, each by time."""
        ...

    def pages_to_repair(self) -> AsyncIterator[Entry]:
        """Mirrored pages and stylesheets that may hold a link whose target, or its redirect's, moved.

        Redirects are followed if they are surprises, as `finish` is told of every one.
        """
        ...

    async def hosts(self) -> Sequence[HostState]:
        """Every host, most URLs first."""
        ...

    async def host(self, name: str) -> HostState | None:
        """One host; None: no URL of it was ever accepted, nor was it paced."""
        ...

    async def runs(self) -> Sequence[Run]:
        """Every run, oldest first."""
        ...

    async def refusals(self) -> Sequence[Refusal]:
        """What the last run's rules refused without storing it, most first."""
        ...

    async def parents(self, key: str, most: int) -> Sequence[str]:
        """Pages and stylesheets of the mirror that lead to a URL, oldest first.

        Found by 32 bits of the key, so now and then one is given that does not. A URL that was never
        accepted is found where it is linked live.

        Args:
            key: of the URL.
            most: as many are given, and ten thousand times as many are looked at.
        """
        ...

    async def hosts_refused_by(self, rule: str) -> Sequence[str]:
        """Hosts at which a rule refused links without storing them, in no order.

        In the last run, or in one before it under the same options, if every run since found pages
        unchanged: what those link to was not judged again.
        """
        ...

    def seeds(
        self, states: Collection[State] = (), *, is_redirected: bool = False
    ) -> AsyncIterator[SeedState]:
        """The seeds of the last run in the order given, redirect targets included, streamed.

        Args:
            states: only those in one of these; none: all.
            is_redirected: only those that nobody named, but another seed led to.
        """
        ...

    async def seed_groups(self) -> Sequence[SeedGroup]:
        """How many of the named seeds stand where, by host; without those that are DONE and led elsewhere."""
        ...

    def seed_ways(self) -> AsyncIterator[tuple[SeedState, ...]]:
        """The named seeds that led elsewhere when they were last asked, in order, streamed.

        Each is given with what its way leads over (redirects, or http in place of https), the end last; at
        most 10 steps. Alone: where it leads was never accepted.
        """
        ...

    async def joined(self, after: int) -> Sequence[tuple[int, str]]:
        """Number and URL of the seeds beyond this number that other seeds led to, in order, the first few hundred."""
        ...

    async def outcomes(self) -> Sequence[Outcome]:
        """What the last run decided so far, by state and first word of the reason."""
        ...

    async def robots(self, origin: str) -> RobotsCopy | None:
        """The last robots.txt of an origin."""
        ...

    async def original(self, digest: str) -> bytes | None:
        """The zlib-compressed body with this digest, where a disposition brought one."""
        ...


class Frontier(Ledger, Protocol):
    """Hand out URLs, each to one holder at a time, and take back what became of them."""

    async def open_run(self, plan: RunPlan) -> Run:
        """Continue the interrupted run, or begin a new one.

        Leases of dead processes become queued. A new run queues every DONE, FAILED and EXCLUDED URL
        again as due, also what waited as `is_stored`, except that a failure that may heal
        (`crawler.patience.HEALING`) goes before what is due, as if it had never been fetched. What is DONE or FAILED
        and fresh by `refresh_after` stays, unless the options are others. Attempts, seeds, refusals and work count anew. A
        continued run whose options changed queues EXCLUDED URLs again, and its DONE pages,
        stylesheets and whatever else `leads_on` as `is_stored`; seeds and refusals are named anew.
        """
        ...

    async def close_run(self, outcome: str) -> Run:
        """Write down how the run ended; `stopped` leaves it to be continued."""
        ...

    async def add(self, candidates: Sequence[Candidate]) -> int:
        """Queue the candidates not known yet; gives how many those were. Idempotent.

        A known URL keeps its state, but takes the least depth (with the path to it) and becomes a
        seed or a requisite if it was none. What this run finished and `leads_on` is queued as
        `is_stored` when it is met on a shorter path, or is no mere requisite any more, so that its
        links are offered again; what was refused for its depth alone is queued on a shorter path.
        What is DONE or FAILED since an earlier run is queued as due where `Candidate.modified_at` is later than
        when it was decided, or, of a failure, than when its good copy came.
        """
        ...

    async def claim(self, limit: int) -> Claim:
        """Lease up to `limit` URLs of hosts that are ready, hosts taking turns.

        A host gives at most `Pace.parallel` leases at a time, one until it was paced for the first
        time in this run; with a delay the next one that long after the last answer's end. A lease in
        which nothing was asked costs no delay; one that was lost may have been used to its last moment. Order within a host: requisites and stored
        pages by depth, then never fetched by depth, then due by when they were last decided. Fewer than
        `limit` are given only if no ready host has more. A URL that may become a page is given only with
        a page slot; one that is embedded too takes a slot if there is one. Expired leases are queued
        again first. No two leases have the same token. With `RunPlan.max_bytes` received, nothing is given.
        """
        ...

    async def renew(self, leases: Sequence[Lease]) -> Sequence[Lease]:
        """Give these leases their full time again; gives those that hold no more, as another has the URL."""
        ...

    async def release(self, holder: int) -> int:
        """Queue again what a process held that is no more; gives how many leases those were.

        Nobody knows when it asked last: its hosts rest as if it had been just now.
        """
        ...

    async def finish(self, finishes: Sequence[Finish]) -> None:
        """Close leases, in one transaction: found URLs, capture, state, host, counts.

        A page is counted if it is DONE, `is_page`, not `is_stored`, and held a slot or pages have no limit.
        What its rules refused is counted once, however often its links are offered. A capture that
        tells of the same record as the good one takes its place.
        A lease that expired and was claimed by another is fenced: its links are kept, its state is not,
        and the host rests from its answer on.
        """
        ...

    async def pace(self, host: str, pace: Pace) -> None:
        """Set how a host may be asked from now on; it need not be known yet."""
        ...

    async def keep_robots(self, copy: RobotsCopy) -> None:
        """Remember a robots.txt."""
        ...

    async def restore(self, run: Run, relics: Sequence[Relic]) -> None:
        """Take what the archive tells of a run into a frontier that lost it: each as if it had just been finished.

        To be called before `open_run`, run after run, the oldest first, for each as often as need be;
        a run is known by its name, and an ended one keeps its counts. What older runs finished is due.
        Of an interrupted run the seeds of the one before are seeds still: it may not have come to all of its own.
        Links that are still to be offered are, as soon as the URL is met again or `open_run` finds other
        options than `run.options`. One that only said that nothing had changed is left out if its copy is lost;
        the archive is believed in up to its record all the same.
        """
        ...

    async def settle(self, repaired: Sequence[tuple[str, bytes]]) -> None:
        """Store the new link fingerprints of repaired pages, by key."""
        ...

    async def abandon_unsettled(self) -> int:
        """Make every queued URL without a file a surprise that has moved; gives how many: links to them are live."""
        ...

    async def settled(self) -> None:
        """Forget which addresses moved: all pages were repaired."""
        ...

    async def close(self) -> None:
        """Flush and let go of every resource."""
        ...
