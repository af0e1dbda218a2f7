"""Work out what a crawl would take from what is known of its hosts before: pages, bytes, wall time.

Nothing here asks anybody. A host is bound by its pause: one request after another, each as long as an answer
took and then the delay. Hosts run beside each other, so the slowest one decides, unless all of them together
are more than `concurrency` requests can carry.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["CONCURRENCY", "HostForecast", "RunForecast", "forecast", "forecast_values"]

CONCURRENCY = "--concurrency"
"""The bottleneck where no single host is one."""

_STEPS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class HostForecast:
    """What is known of a host before it is crawled.

    Args:
        host: its name.
        pages: distinct URLs that may be pages and robots.txt allows, the seeds among them.
        others: distinct URLs of other kinds: requisites, documents, robots.txt and sitemaps.
        in_sitemaps: entries of its sitemaps.
        on_seeds: links to it on the seeds that were not counted before.
        known: URLs of it that earlier runs know.
        forbidden: URLs of it that robots.txt forbids.
        page_bytes: of one page on average; None: none was seen.
        other_bytes: the same of what else there is.
        answer_seconds: what one answer takes.
        delay_seconds: pause after an answer.
        parallel: requests at once.
        was_asked: its robots.txt is known; if not, its pace is assumed.
    """

    host: str
    pages: int = 0
    others: int = 0
    in_sitemaps: int = 0
    on_seeds: int = 0
    known: int = 0
    forbidden: int = 0
    page_bytes: float | None = None
    other_bytes: float | None = None
    answer_seconds: float = 0.0
    delay_seconds: float = 0.0
    parallel: int = 1
    was_asked: bool = True

    @property
    def requests(self) -> int:
        """All that would be asked."""
        return self.pages + self.others

    @property
    def seconds(self) -> float:
        """How long that takes if nothing else stands in its way."""
        if self.delay_seconds:
            return self.requests * (self.answer_seconds + self.delay_seconds)
        return self.requests * self.answer_seconds / self.parallel

    @property
    def size_bytes(self) -> int | None:
        """Of all bodies whose kind was seen; None: of no kind."""
        if self.page_bytes is None and self.other_bytes is None:
            return None
        return round(self.pages * (self.page_bytes or 0.0) + self.others * (self.other_bytes or 0.0))

    @property
    def is_floor(self) -> bool:
        """Only the links on seeds are known: there will be more."""
        return bool(self.pages) and not self.in_sitemaps and not self.known

    @property
    def basis(self) -> str:
        """What the figures rest on."""
        parts = [
            (self.known, "known from earlier runs"),
            (self.in_sitemaps, "in sitemaps"),
            (self.on_seeds, "linked on the seeds"),
            (self.forbidden, "forbidden by robots.txt"),
        ]
        known = ", ".join(f"{count} {words}" for count, words in parts if count) or "nothing but seeds"
        return known if self.was_asked else f"{known}; not asked, the pace is assumed"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunForecast:
    """What one run would do.

    Args:
        hosts: the slowest first.
        pages: it would store.
        requests: it would make.
        size_bytes: it would receive, as far as sizes are known; None: none is.
        seconds: it would take.
        ended_by: the budget that would end it; "": none.
        bottleneck: the host that decides how long it takes, or `CONCURRENCY`; "": nothing is to be done.
    """

    hosts: tuple[HostForecast, ...] = ()
    pages: int = 0
    requests: int = 0
    size_bytes: int | None = None
    seconds: float = 0.0
    ended_by: str = ""
    bottleneck: str = ""

    @property
    def is_floor(self) -> bool:
        """There will be more than this."""
        return any(each.is_floor for each in self.hosts)


def forecast(
    hosts: Sequence[HostForecast],
    *,
    concurrency: int,
    max_pages: int | None = None,
    max_seconds: float | None = None,
) -> RunForecast:
    """What a run over these hosts takes, hosts taking turns until a budget ends it.

    Args:
        hosts: each with what its own budget leaves of it.
        concurrency: requests at once, all hosts together.
        max_pages: of the run.
        max_seconds: of the run.
    """
    ranked = sorted(hosts, key=lambda each: (-each.seconds, each.host))
    slowest = ranked[0].seconds if ranked else 0.0
    work = sum(each.requests * each.answer_seconds for each in ranked) / concurrency
    whole = max(slowest, work)
    seconds, ended_by = whole, ""
    if max_pages is not None and sum(each.pages for each in ranked) > max_pages:
        seconds, ended_by = _seconds_to(max_pages, ranked, whole, work), "max-pages"
    if max_seconds is not None and seconds > max_seconds:
        seconds, ended_by = max_seconds, "max-time"
    shares = [_share(each, seconds, work) for each in ranked]
    pages = sum(each.pages * share for each, share in zip(ranked, shares, strict=True))
    sizes = [(each.size_bytes, share) for each, share in zip(ranked, shares, strict=True)]
    known_sizes = [size * share for size, share in sizes if size is not None]
    return RunForecast(
        hosts=tuple(ranked),
        pages=max_pages if ended_by == "max-pages" and max_pages is not None else round(pages),
        requests=round(sum(each.requests * share for each, share in zip(ranked, shares, strict=True))),
        size_bytes=round(sum(known_sizes)) if known_sizes else None,
        seconds=seconds,
        ended_by=ended_by,
        bottleneck="" if not ranked else CONCURRENCY if work > slowest else ranked[0].host,
    )


def _share(host: HostForecast, seconds: float, work: float) -> float:
    """What part of a host is done by then."""
    whole = max(host.seconds, work)
    return min(1.0, seconds / whole) if whole else 1.0


def _seconds_to(pages: int, hosts: Sequence[HostForecast], whole: float, work: float) -> float:
    """When that many pages are stored, by halving."""
    low, high = 0.0, whole
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if sum(each.pages * _share(each, middle, work) for each in hosts) < pages:
            low = middle
        else:
            high = middle
    return high


def forecast_values(run: RunForecast) -> dict[str, Any]:
    """A forecast for programs: plain values; sizes are None where nothing is known."""
    return {
        "pages": run.pages,
        "requests": run.requests,
        "bytes": run.size_bytes,
        "seconds": round(run.seconds, 3),
        "at_least": run.is_floor,
        "ended_by": run.ended_by,
        "bottleneck": run.bottleneck,
        "hosts": [
            {
                "host": each.host,
                "pages": each.pages,
                "requests": each.requests,
                "bytes": each.size_bytes,
                "seconds": round(each.seconds, 3),
                "at_least": each.is_floor,
                "delay_seconds": round(each.delay_seconds, 3),
                "parallel": each.parallel,
                "answer_seconds": round(each.answer_seconds, 3),
                "in_sitemaps": each.in_sitemaps,
                "on_seeds": each.on_seeds,
                "known": each.known,
                "forbidden": each.forbidden,
                "was_asked": each.was_asked,
            }
            for each in run.hosts
        ],
    }
