"""Keep together the workers of a shared crawl: who is there, by what all go, how it is ended for all of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.frontier.redis.reading import Rows, named
from crawler.frontier.redis.scripts import Scripts
from crawler.frontier.redis.wire import number
from crawler.muster import Muster, WorkerState

__all__ = ["RedisFleet", "Signal"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """What a worker is told when it says that it is there.

    Args:
        run: number of the last run; 0: there was none.
        terms: version of what all go by; 0: nothing was said yet.
        outcome: how the run ends; "": it goes on.
        is_held_back: nothing is given for now.
    """

    run: int
    terms: int
    outcome: str
    is_held_back: bool


class RedisFleet:
    """The workers of one crawl, as their server knows them.

    Args:
        scripts: of the crawl.
        silence_seconds: a worker that was not heard of for so long is gone.
    """

    def __init__(self, scripts: Scripts, silence_seconds: float) -> None:
        self._scripts = scripts
        self._rows = Rows(scripts)
        self._silence_seconds = silence_seconds

    @property
    def away_seconds(self) -> float:
        """For how long the server was away, all in all."""
        return self._scripts.line.away_seconds

    async def now(self) -> float:
        """What the server's clock shows, at most by one way to it in the past or the future."""
        (told,) = await self._rows.ask_plain(("TIME",))
        return float(told[0]) + float(told[1]) / 1e6

    async def join(self, name: str) -> int:
        """Take in a worker; gives its number, which stays the same whenever it comes again.

        Args:
            name: that no other worker of the crawl has.
        """
        return int(await self._scripts.run("join", {"name": name}))

    async def beat(self, holder: int, facts: Mapping[str, Any]) -> Signal:
        """Say that a worker is there, and how it stands; gives how the crawl stands."""
        return _signal(await self._scripts.run("beat", {"holder": holder, "facts": dict(facts)}))

    async def signal(self) -> Signal:
        """How the crawl stands."""
        return _signal(await self._scripts.run("beat", {}))

    async def leave(self, holder: int) -> None:
        """A worker goes, and says so."""
        await self._rows.ask(("ZREM", "alive", holder))

    async def hold_back(self) -> None:
        """Give nothing until there are terms again."""
        await self._scripts.run("mark", {"seeding": True})

    async def pause(self, *, is_paused: bool) -> None:
        """Give nothing for now, or go on."""
        await self._scripts.run("mark", {"paused": is_paused})

    async def publish(self, terms: str) -> int:
        """Say by what all go from now on, and let them; gives its version."""
        return int(await self._scripts.run("publish", {}, [terms.encode()]))

    async def terms(self) -> bytes:
        """By what all go; empty: nothing was said yet."""
        (told,) = await self._rows.ask(("GET", "terms"))
        return told or b""

    async def conclude(self, outcome: str, terms: int | None = None) -> str:
        """Say how the run ends, if nobody did before.

        Args:
            outcome: found by a worker, or told by a person.
            terms: the version under which it was found; None: it holds whatever was said since.

        Returns:
            How it ends; "": it goes on, because there is something new.
        """
        told = {"outcome": outcome} if terms is None else {"outcome": outcome, "terms": terms}
        return bytes(await self._scripts.run("conclude", told)).decode()

    async def warn(self, lines: Sequence[str]) -> None:
        """Keep what is for the report of the run, once each; a thousand lines at most."""
        if lines:
            await self._rows.ask(("RPUSH", "warnings", *lines), ("LTRIM", "warnings", 0, 999))

    async def warnings(self) -> list[str]:
        """What is for the report of the run."""
        (told,) = await self._rows.ask(("LRANGE", "warnings", 0, -1))
        return list(dict.fromkeys(line.decode("utf-8", "replace") for line in told))

    async def muster(self) -> Muster:
        """Who is there, and how the crawl stands."""
        signal, now = await self.signal(), await self.now()
        work, alive, held, ready, soon = await self._rows.ask(
            ("HGETALL", "work"),
            ("ZRANGE", "alive", 0, -1, "WITHSCORES"),
            ("HGET", "meta", "held_hosts"),
            ("ZCARD", "turn:any"),
            ("ZRANGE", "soon:any", 0, 0, "WITHSCORES"),
        )
        seen = {int(n): float(at) for n, at in alive}
        facts = await self._rows.ask(*(("GET", f"worker:{n}") for n in seen))
        workers = [
            _worker(n, at, json.loads(told or b"{}"), is_alive=now - at < self._silence_seconds)
            for (n, at), told in zip(seen.items(), facts, strict=True)
        ]
        return Muster(
            workers=tuple(sorted(workers, key=lambda each: each.number)),
            expired_leases=int(number(named(work), "expired")),
            outcome=signal.outcome,
            is_held_back=signal.is_held_back,
            held_hosts=int(held or 0),
            ready_hosts=ready,
            lag_seconds=max(now - float(soon[0][1]), 0.0) if soon else 0.0,
        )


def _signal(told: Sequence[Any]) -> Signal:
    run, terms, outcome, is_held_back = told
    return Signal(run=run, terms=terms, outcome=outcome.decode(), is_held_back=bool(is_held_back))


def _worker(n: int, seen_at: float, facts: Mapping[str, Any], *, is_alive: bool) -> WorkerState:
    return WorkerState(
        number=n,
        place=str(facts.get("place", "")),
        seen_at=seen_at,
        is_alive=is_alive,
        held=int(facts.get("held", 0)),
        finished=int(facts.get("finished", 0)),
        away_seconds=float(facts.get("away_seconds", 0.0)),
    )
