"""Say in few words what the contract suite does to a frontier; the suite itself is `contract_*.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from crawler.clock import Clock
from crawler.frontier.protocol import Frontier, RunPlan
from crawler.model import Candidate, Capture, Disposition, Finish, Hop, Lease, State
from crawler.standing import Entry, Pace, Run
from crawler.urls import identity

__all__ = [
    "A",
    "B",
    "FrontierFactory",
    "OpenAt",
    "all_of",
    "answer",
    "candidate",
    "capture",
    "claim_all",
    "claim_one",
    "do",
    "entry_of",
    "finish",
    "key_of",
    "link",
    "next_run",
    "paths_of",
    "requisite",
    "seed",
]

A, B = "a.example", "b.example"
T = TypeVar("T")
OpenAt = Callable[[Path, Clock], AbstractAsyncContextManager[Frontier]]


@dataclass(frozen=True, kw_only=True)
class FrontierFactory:
    """Opens frontiers of one kind.

    Args:
        open_at: gives the frontier whose memory, if it is durable, lies in this folder.
        folder: empty at first.
        is_durable: what is opened twice at the same place knows the same.
    """

    open_at: OpenAt
    folder: Path
    is_durable: bool

    def __call__(self, clock: Clock) -> AbstractAsyncContextManager[Frontier]:
        return self.open_at(self.folder, clock)

    def reopen(self, clock: Clock) -> AbstractAsyncContextManager[Frontier]:
        if not self.is_durable:
            pytest.skip("keeps nothing")
        return self.open_at(self.folder, clock)


def candidate(path: str, host: str = A, **more: Any) -> Candidate:
    url = f"http://{host}/{path}"
    return Candidate(url=url, key=identity(url), host=host, **more)


def link(path: str, host: str = A, depth: int = 1, **more: Any) -> Candidate:
    more.setdefault("hops", Hop.LINK * depth)
    more.setdefault("via", f"http://{host}/")
    return candidate(path, host, depth=depth, **more)


def requisite(path: str, host: str = A, depth: int = 0, **more: Any) -> Candidate:
    hops = Hop.LINK * depth + Hop.EMBED
    return candidate(path, host, depth=depth, hops=hops, via=f"http://{host}/", is_requisite=True, **more)


def seed(path: str = "", host: str = A) -> Candidate:
    return candidate(path, host, is_seed=True)


def key_of(path: str, host: str = A) -> str:
    return candidate(path, host).key


def capture(path: str, host: str = A, **more: Any) -> Capture:
    """A good HTML page with a file, unless told otherwise."""
    more.setdefault("captured_at", 1.0)
    more.setdefault("status", 200)
    more.setdefault("media_type", "text/html")
    more.setdefault("digest", f"sha256:{path}")
    if 200 <= more["status"] < 300:
        more.setdefault("mirror_path", f"{host}/{path}.html")
    return Capture(url=f"http://{host}/{path}", size_bytes=10, **more)


async def claim_one(frontier: Frontier) -> Lease:
    (lease,) = (await frontier.claim(1)).leases
    return lease


async def nothing_given(frontier: Frontier, limit: int = 1) -> float | None:
    """Claim in vain; gives when there will be something, None: there is nothing to wait for."""
    claim = await frontier.claim(limit)
    assert claim.leases == ()
    return claim.ready_at


async def claim_all(frontier: Frontier, limit: int = 100) -> list[Lease]:
    """Everything that can be had now, paths in the order given; no host stands in the way."""
    for host in await frontier.hosts():
        await frontier.pace(host.host, Pace(delay_seconds=0, parallel=1000))
    leases: list[Lease] = []
    while more := (await frontier.claim(limit)).leases:
        leases += more
    return leases


async def finish(frontier: Frontier, lease: Lease, state: State = State.DONE, **what: Any) -> None:
    await frontier.finish([Finish(lease=lease, disposition=Disposition(state=state, **what))])


async def answer(frontier: Frontier, lease: Lease, **what: Any) -> None:
    """Finish with a good page."""
    path = lease.candidate.url.split("/", 3)[3]
    kept = capture(path, lease.candidate.host)
    what = {
        "is_page": True,
        "leads_on": True,
        "answered": True,
        "status": kept.status,
        "capture": kept,
    } | what
    await finish(frontier, lease, State.DONE, **what)


async def do(frontier: Frontier, offered: Candidate, state: State = State.DONE, **what: Any) -> None:
    """Add a URL, claim it alone, finish it; with DONE and nothing else said: with a good page."""
    await frontier.add([offered])
    await frontier.pace(offered.host, Pace(delay_seconds=0, parallel=1000))
    (lease,) = (await frontier.claim(1)).leases
    assert lease.candidate.key == offered.key
    if state is State.DONE and "capture" not in what:
        await answer(frontier, lease, **what)
    else:
        await finish(frontier, lease, state, **what)


async def next_run(frontier: Frontier, **plan: Any) -> Run:
    await frontier.close_run("finished")
    return await frontier.open_run(RunPlan(name="next", **plan))


async def entry_of(frontier: Frontier, path: str, host: str = A) -> Entry:
    entry = await frontier.entry(key_of(path, host))
    assert entry is not None
    return entry


async def all_of(stream: AsyncIterator[T]) -> list[T]:
    return [each async for each in stream]


def paths_of(leases: list[Lease] | tuple[Lease, ...]) -> list[str]:
    return [lease.candidate.url.split("/", 3)[3] for lease in leases]
