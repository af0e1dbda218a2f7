"""Remember the robots.txt files of a crawl, read and ready to be asked, within bounds.

A file of 500 KiB is legal, and a hostile one takes a tenth of a second to read and as long to ask. So
long ones are read and asked in a thread, what was not asked for longest is forgotten (the frontier keeps
the bytes), and what is odd about a file is told to a person once.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from dataclasses import dataclass

from crawler.model import Decision
from crawler.quantities import show_duration
from crawler.robots import Robots, parse
from crawler.standing import RobotsCopy

__all__ = ["Rulebook", "Rules"]

_log = logging.getLogger(__name__)

_MAX_FILES = 10_000
# Of bodies; what is read of them takes up to ten times as much.
_MAX_BYTES = 16 * 1024 * 1024
# A hostile file of this length takes five milliseconds to read or to ask.
_MAX_INLINE_BYTES = 16 * 1024
_MAX_WARNINGS = 50


@dataclass(frozen=True, slots=True)
class Rules:
    """A robots.txt that was read.

    Args:
        robots: what it says.
        fetched_at: when it was answered.
        size_bytes: of its body.
        agent: whom it is asked for.
    """

    robots: Robots
    fetched_at: float
    size_bytes: int
    agent: str

    @property
    def crawl_delay(self) -> float | None:
        """Seconds between requests as the site asks, not clamped."""
        return self.robots.crawl_delay(self.agent)

    async def verdict(self, url: str) -> Decision:
        """`Robots.verdict` for our agent; that of a long file is found in a thread."""
        if self.size_bytes > _MAX_INLINE_BYTES:
            return await asyncio.to_thread(self.robots.verdict, self.agent, url)
        return self.robots.verdict(self.agent, url)


class Rulebook:
    """The robots.txt files that were asked last.

    Args:
        agent: our `User-Agent`.
        warnings: takes what a person should know of odd files, a line each.
    """

    def __init__(self, agent: str, warnings: list[str]) -> None:
        self._agent = agent
        self._warnings = warnings
        self._warned: set[str] = set()
        self._files: OrderedDict[str, Rules] = OrderedDict()
        self._size_bytes = 0

    def find(self, origin: str) -> Rules | None:
        """What an origin's robots.txt says, if it is remembered."""
        if origin in self._files:
            self._files.move_to_end(origin)
        return self._files.get(origin)

    async def learn(self, copy: RobotsCopy, max_delay_seconds: float) -> Rules:
        """Read a robots.txt and remember it.

        Args:
            copy: of an origin.
            max_delay_seconds: what a longer `Crawl-delay` is cut to, by whom it concerns; here it is only told.
        """
        body = copy.body if 200 <= copy.status < 300 else b""
        if len(body) > _MAX_INLINE_BYTES:
            robots = await asyncio.to_thread(self._read, body)
        else:
            robots = self._read(body)
        rules = Rules(robots, copy.fetched_at, len(body), self._agent)
        self._warn(copy.origin, rules, max_delay_seconds)
        old = self._files.pop(copy.origin, None)
        self._size_bytes += rules.size_bytes - (0 if old is None else old.size_bytes)
        self._files[copy.origin] = rules
        while len(self._files) > _MAX_FILES or self._size_bytes > _MAX_BYTES:
            self._size_bytes -= self._files.popitem(last=False)[1].size_bytes
        return rules

    def _read(self, body: bytes) -> Robots:
        robots = parse(body)
        # Asked anything, it compiles the rules for our agent.
        robots.crawl_delay(self._agent)
        return robots

    def _warn(self, origin: str, rules: Rules, most: float) -> None:
        oddities = list(rules.robots.notices)
        asked = rules.crawl_delay
        if asked is not None and asked > most:
            oddities.append(f"asks for a Crawl-delay of {asked:g}s: {show_duration(most)} are kept")
        for oddity in oddities:
            line = f"{origin}/robots.txt {oddity}"
            if line in self._warned or len(self._warned) > _MAX_WARNINGS:
                continue
            if len(self._warned) == _MAX_WARNINGS:
                line = "more robots.txt files are odd; `crawler why URL` tells of one"
            self._warned.add(line)
            self._warnings.append(line)
            _log.warning(line)
