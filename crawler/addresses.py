"""Know where URLs lie in the dump: at the predicted name, unless they are known to surprise.

A page is written before most of what it links to has been asked for. Its links lead to the names that
`crawler.paths.mirror_path` predicts from the URLs alone, which nearly always come true; what turns out
otherwise (a redirect, a failure, another type) is a surprise, kept here for the pages still to come and
in the frontier for the pages already written.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass

from crawler.model import Lease
from crawler.paths import mirror_path
from crawler.urls import identity

__all__ = ["Addresses", "Placement"]

_MAX_KNOWN = 200_000
_MAX_REDIRECTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """How a URL's address compares with what pages were told.

    Args:
        moves: pages written before hold another address.
        is_surprise: it is not the predicted one.
        appears: it has an address for the first time.
    """

    moves: bool = False
    is_surprise: bool = False
    appears: bool = False


class Addresses:
    """What is known of addresses in this process, bounded.

    Args:
        is_on: there is a mirror; without one no address matters.
        stand_in: gives the URL that is offered where a page links to another (`Traps.stand_in`); None: each
            stands for itself.
        may_be_free: tells whether no file may lie at a name of the mirror yet; None: any may.
    """

    def __init__(
        self,
        *,
        is_on: bool = True,
        stand_in: Callable[[str], str] | None = None,
        may_be_free: Callable[[str], bool] | None = None,
    ) -> None:
        self._is_on = is_on
        self.stand_in = stand_in or str
        self.may_be_free = may_be_free or (lambda _: True)
        self._paths: dict[str, str | None] = {}
        self._redirects: dict[str, str] = {}
        self._met: set[int] = set()
        self._pages_to_come: int | None = None
        self._is_complete = True

    async def load(self, surprises: AsyncIterator[tuple[str, str | None]]) -> None:
        """Take over what earlier runs found."""
        async for key, path in surprises:
            self._learn(self._paths, key, path)

    def expect(self, pages: int) -> None:
        """Expect so many pages at most, all of them new: links beyond those lead to the live site until theirs has landed."""
        self._pages_to_come = pages if pages < _MAX_KNOWN else None

    def meet(self, pages: Iterable[str], others: Iterable[str] = ()) -> None:
        """Note keys that were accepted, by whatever page.

        Args:
            pages: of what a link leads to.
            others: of requisites, and of what has landed.
        """
        met = self._met
        if not self._is_on or len(met) >= _MAX_KNOWN:
            return
        met.update(map(hash, others))
        if self._pages_to_come is None:
            met.update(map(hash, pages))
            return
        for met_now in map(hash, pages):
            if met_now not in met and self._pages_to_come > 0:
                self._pages_to_come -= 1
                met.add(met_now)

    def expects(self, key: str) -> bool:
        """Whether what was accepted will have a file by the end of the run, as far as can be told."""
        return self._pages_to_come is None or hash(key) in self._met

    def has_met(self, key: str) -> bool:
        """Whether this was accepted before, as far as is known here."""
        return hash(key) in self._met

    def of(self, url: str) -> str | None:
        """The mirror path that an accepted URL has or is expected to get; None: it has no file."""
        for _ in range(_MAX_REDIRECTS):
            key = identity(url)
            if key in self._redirects:
                url = self._redirects[key]
                continue
            if key in self._paths:
                return self._paths[key]
            break
        return mirror_path(url)

    def is_without_file(self, url: str) -> bool:
        """Whether this very URL, not one that it redirects to, is known to have no file."""
        return self._paths.get(identity(url), "") is None

    def loops(self, key: str, target: str) -> bool:
        """Whether a redirect from `key` to `target` would close a circle of redirects."""
        for _ in range(_MAX_REDIRECTS):
            at = identity(target)
            if at == key:
                return True
            if at not in self._redirects:
                return False
            target = self._redirects[at]
        return False

    def place(self, lease: Lease, path: str | None) -> Placement:
        """Note where a finished URL lies (None: nowhere), and compare that with what pages were told.

        Pages lead to the last good copy; else, if the URL is known to surprise, to the live site; else
        to the predicted name.
        """
        if not self._is_on:
            return Placement()
        key, predicted = lease.candidate.key, mirror_path(lease.candidate.url)
        is_surprise = path != predicted
        self._redirects.pop(key, None)
        if is_surprise:
            self._learn(self._paths, key, path)
        else:
            self._paths.pop(key, None)
        told: str | None = predicted
        if lease.capture is not None and lease.capture.mirror_path is not None:
            told = lease.capture.mirror_path
        elif lease.is_surprise:
            told = None
        return Placement(
            moves=path != told or (is_surprise and not self._is_complete),
            is_surprise=is_surprise,
            appears=path is not None and (lease.capture is None or lease.capture.mirror_path is None),
        )

    def redirect(self, lease: Lease, target: str, *, is_followed: bool) -> Placement:
        """Note that a finished URL leads to another, which has the file if it belongs to the crawl."""
        if not self._is_on:
            return Placement()
        key = lease.candidate.key
        self._paths.pop(key, None)
        if not is_followed:
            self._learn(self._paths, key, None)
        elif len(self._redirects) < _MAX_KNOWN or key in self._redirects:
            self._redirects[key] = target
        else:
            self._is_complete = False
        is_old_news = lease.redirect_to == target and lease.is_surprise and self._is_complete
        return Placement(moves=not is_old_news, is_surprise=True, appears=is_followed and not is_old_news)

    def _learn(self, known: dict[str, str | None], key: str, path: str | None) -> None:
        if len(known) < _MAX_KNOWN or key in known:
            known[key] = path
        else:
            self._is_complete = False
