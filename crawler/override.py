"""Hold what the user said of some hosts in particular: a `[host."example.org"]` table of crawler.toml."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from crawler.bounds import MOST_DELAY_SECONDS, at_least, at_most
from crawler.errors import UsageError

__all__ = ["LEARNED", "Override", "check_refresh"]

LEARNED = -1.0
"""In the place of seconds until a page is asked for again: work it out from its own history (`auto`)."""

_HOSTS = re.compile(r"(?:\*\.)?(?:[^\s/@*:\[\]]+|\[[0-9a-f:.]+\])(?::\d{1,5})?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """Options that hold for some hosts instead of the run's; None: the run's hold.

    Args:
        hosts: `example.org` (on every port), `example.org:8080`, or `*.example.org` for it and all below it;
            names as they stand in a canonical URL.
        delay: as in `PoliteOptions`; like there, a figure does not adapt.
        per_host: as in `PoliteOptions`.
        robots: as in `PoliteOptions`.
        max_pages: HTML pages to store of each of these hosts in a run, instead of `max_pages_per_host`.
        max_crawl_delay: as in `PoliteOptions`.
        refresh_after: as in `PoliteOptions`.
        refresh_paths: as in `PoliteOptions`; they go before those.
    """

    hosts: str
    delay: float | None = None
    per_host: int | None = None
    robots: Literal["obey", "ignore"] | None = None
    max_pages: int | None = None
    max_crawl_delay: float | None = None
    refresh_after: float | None = None
    refresh_paths: tuple[tuple[str, float], ...] | None = None

    def __post_init__(self) -> None:
        if not _HOSTS.fullmatch(self.hosts):
            raise UsageError(
                f'host "{self.hosts:.80}" is none; write example.org, example.org:8080 or *.example.org'
            )
        try:
            at_least(1, per_host=self.per_host, max_pages=self.max_pages)
            at_least(0, delay=self.delay, max_crawl_delay=self.max_crawl_delay)
            at_most(MOST_DELAY_SECONDS, "30d", delay=self.delay, max_crawl_delay=self.max_crawl_delay)
            check_refresh(self.refresh_after, self.refresh_paths or ())
        except UsageError as error:
            raise UsageError(f'host "{self.hosts}": {error}') from None
        if self.robots not in {"obey", "ignore", None}:
            raise UsageError(f'host "{self.hosts}": robots {self.robots!r} is unknown; choose obey or ignore')


def check_refresh(after: float | None, paths: tuple[tuple[str, float], ...]) -> None:
    """Refuse what cannot be meant by `refresh_after` and `refresh_paths`.

    Raises:
        UsageError: a time is negative and not `LEARNED`, or a pattern is none of a path.
    """
    for seconds in (after, *(seconds for _, seconds in paths)):
        if seconds != LEARNED:
            at_least(0, refresh_after=seconds)
    for pattern, _ in paths:
        if not pattern.startswith(("/", "*")):
            raise UsageError(f"refresh-paths {pattern!r:.60} is no path; write for example /news/*")
