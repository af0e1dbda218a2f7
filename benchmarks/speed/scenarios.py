"""Which sites are crawled, by whom, with how many connections, and how often."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from benchmarks.speed.contenders import CONTENDERS
from benchmarks.speed.sites import Site, documentation, farm, hosts, sections

__all__ = ["QUICK", "SCENARIOS", "Scenario", "chosen"]

_ALL = tuple(CONTENDERS)
_WIDE = ("ours", "ours-auto", "wget2", "scrapy", "crawlee")
_LATE = ("ours", "ours-auto", "wget2", "wget2-plain", "wget", "httrack", "scrapy", "crawlee")
_PYTHON = ("python3.11-doc", "/usr/share/doc/python3.11/html", 526)
_POSTGRESQL = ("postgresql-doc-15", "/usr/share/doc/postgresql-doc-15/html", 1169)
_BOOST = ("libboost1.81-doc", "/usr/share/doc/libboost1.81-doc/doc/html", 3903)
_LATE_SECONDS = 0.1

QUICK = ("py", "pg", "start")
"""What `--quick` runs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """A site, and how it is crawled.

    Args:
        name: what `--sites` calls it.
        site: that is served.
        connections: requests at once.
        contenders: who takes part, in the order of the table.
        rounds: at most so many that count; long ones are run less often.
        limit_seconds: a run that takes longer is ended; None: what `--limit` says.
        max_pages: for our crawl.
        is_asked_for: whether it runs only when `--sites` names it.
    """

    name: str
    site: Site
    connections: int = 32
    contenders: tuple[str, ...] = _ALL
    rounds: int = 100
    limit_seconds: float | None = None
    max_pages: int | None = None
    is_asked_for: bool = False


def _site(known: tuple[str, str, int], delay_seconds: float = 0.0) -> Site:
    package, folder, pages = known
    return documentation(package, folder, pages=pages, delay_seconds=delay_seconds)


SCENARIOS = {
    each.name: each
    for each in (
        Scenario(name="py", site=_site(_PYTHON)),
        Scenario(name="pg", site=_site(_POSTGRESQL)),
        Scenario(name="boost", site=_site(_BOOST)),
        Scenario(name="boost-100ms-32", site=_site(_BOOST, _LATE_SECONDS), contenders=_LATE, rounds=3),
        Scenario(
            name="boost-100ms-128",
            site=_site(_BOOST, _LATE_SECONDS),
            connections=128,
            contenders=_WIDE,
            rounds=3,
        ),
        Scenario(
            name="boost-100ms-512",
            site=_site(_BOOST, _LATE_SECONDS),
            connections=512,
            contenders=_WIDE,
            rounds=3,
        ),
        Scenario(
            name="pg-100ms-32", site=_site(_POSTGRESQL, _LATE_SECONDS), contenders=_LATE, is_asked_for=True
        ),
        Scenario(
            name="hosts",
            site=hosts(1000, pages=10, delay_seconds=1.0),
            connections=1000,
            contenders=_WIDE,
            rounds=2,
        ),
        Scenario(name="start", site=sections(1, pages=1), contenders=("ours",)),
        Scenario(name="scale-1k", site=sections(10), contenders=("ours",)),
        Scenario(
            name="scale-100k",
            site=sections(1000),
            contenders=("ours",),
            rounds=2,
            limit_seconds=1800,
        ),
        Scenario(
            name="million",
            site=farm(1000),
            contenders=("ours",),
            rounds=1,
            limit_seconds=1800,
            max_pages=1001,
        ),
        Scenario(name="tiny", site=sections(2, pages=5), contenders=("ours", "wget"), is_asked_for=True),
    )
}
"""All of them by name, in the order in which they run."""


def chosen(patterns: Sequence[str]) -> list[Scenario]:
    """Those that patterns such as `boost*` name, all that need not be asked for without any.

    Raises:
        ValueError: a pattern fits none.
    """
    for pattern in patterns:
        if not any(fnmatchcase(name, pattern) for name in SCENARIOS):
            raise ValueError(f"--sites: none is called {pattern}; there are {', '.join(SCENARIOS)}")
    return [
        each
        for each in SCENARIOS.values()
        if any(fnmatchcase(each.name, pattern) for pattern in patterns) or not (patterns or each.is_asked_for)
    ]
