"""Work out from what servers wrote down how long each was left alone after an answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import ceil
from statistics import median

from tests.politeness.hosts import Answered

__all__ = ["Figures", "figures_of", "gaps_by_host"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What many gaps come to; seconds.

    Args:
        delay: what was asked for.
        hosts: that were asked at all.
        requests: that they got.
        below: gaps shorter than the delay, requests beside one that was still unanswered among them.
        unsure: gaps that are as long only if the answer left as soon as the server gave it to the kernel.
    """

    delay: float
    hosts: int
    requests: int
    gaps: int
    below: int
    unsure: int
    shortest: float
    median: float
    p99: float
    longest: float

    def lines(self) -> list[str]:
        """A table for people, in Markdown."""
        rows = [
            ("hosts", f"{self.hosts}"),
            ("requests", f"{self.requests}"),
            ("delay", f"{self.delay:g} s"),
            ("gaps below the delay", f"{self.below} of {self.gaps}"),
            ("too close to tell", f"{self.unsure}"),
            ("shortest gap", f"{self.shortest:.4f} s"),
            ("median", f"{self.median:.4f} s ({self.median / self.delay - 1:+.2%})"),
            ("99th percentile", f"{self.p99:.4f} s ({self.p99 / self.delay - 1:+.2%})"),
            ("longest", f"{self.longest:.4f} s"),
        ]
        return ["| figure | value |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows)]


def gaps_by_host(answered: Iterable[Answered], *, surely: bool = False) -> dict[str, list[float]]:
    """Seconds from the last end of an answer so far to each next request, of every host in order of time.

    Args:
        answered: what servers wrote down.
        surely: count from when the server came back from the call that sent the answer, not from when it made it.
    """
    asked = defaultdict(list)
    for each in answered:
        asked[each.host].append(each)
    gaps = {}
    for host, requests in asked.items():
        requests.sort(key=lambda each: each.began)
        ends = list(accumulate((each.ended if surely else each.ending for each in requests), max))
        gaps[host] = [after.began - end for end, after in zip(ends, requests[1:], strict=False)]
    return gaps


def figures_of(answered: Sequence[Answered], delay: float) -> Figures:
    """The figures of hosts with one and the same delay."""
    by_host, surely = gaps_by_host(answered), gaps_by_host(answered, surely=True)
    gaps = sorted(gap for each in by_host.values() for gap in each)
    below = sum(gap < delay for gap in gaps)
    return Figures(
        delay=delay,
        hosts=len(by_host),
        requests=len(answered),
        gaps=len(gaps),
        below=below,
        unsure=sum(gap < delay for each in surely.values() for gap in each) - below,
        shortest=gaps[0],
        median=median(gaps),
        p99=gaps[ceil(len(gaps) * 0.99) - 1],
        longest=gaps[-1],
    )
