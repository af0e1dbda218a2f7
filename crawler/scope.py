"""Decide which URLs belong to the crawl: by where they lie, how they were reached and what they are.

Every refusal names its rule: `scope`, `depth`, `include`, `exclude`, `assets`, `embed-depth`,
`sitemaps`, `sitemap-depth`, `types`, `nofollow`. The same judgement is made for a link when it is found and for a queued
URL when it is claimed, because options may have changed in between.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from crawler.media import media_class
from crawler.model import ACCEPTED, Decision, Hop
from crawler.options import ScopeOptions
from crawler.urls import host_key, hostname, path_of, registrable_domain

__all__ = ["MAX_EMBEDS_IN_A_ROW", "MAX_SITEMAPS_IN_A_ROW", "Scope", "folder_of"]

MAX_EMBEDS_IN_A_ROW = 5
MAX_SITEMAPS_IN_A_ROW = 5
"""An index names sitemaps, and by the protocol no index; no budget of pages would end a chain of them."""
_MAX_COVERED = 20_000
_MAX_COVERED_CHARS = 500
_TAIL = re.compile(r"[ER]*\Z")
_SITEMAPS = re.compile(r"[PR]*\Z")


class Scope:
    """The extent of one crawl: the options, and the seeds they are measured from.

    Args:
        options: which links to follow.
        seeds: canonical URLs.
    """

    def __init__(self, options: ScopeOptions, seeds: Iterable[str] = ()) -> None:
        self._options = options
        self._include = tuple(re.compile(pattern) for pattern in options.include)
        self._exclude = tuple(re.compile(pattern) for pattern in options.exclude)
        self._types = None if "all" in options.types else frozenset(options.types)
        self._places: set[str] = set()
        self._covered: dict[str, bool] = {}
        for url in seeds:
            self.join(url)

    @property
    def is_by_folder(self) -> bool:
        """Whether seeds of one host may stand for different places."""
        return self._options.scope == "prefix"

    def join(self, url: str) -> None:
        """Make `url` a seed: what it stands for (its host, folder, domain) belongs to the crawl."""
        self._covered.clear()
        match self._options.scope:
            case "host":
                self._places.add(host_key(url))
            case "domain":
                self._places.add(registrable_domain(hostname(url)))
            case "prefix":
                if not self._is_below_a_seed(url):
                    self._places.add(folder_of(url))

    def places(self) -> list[str]:
        """What the seeds stand for."""
        return [*self._places]

    def add_places(self, places: Iterable[str]) -> None:
        """Join what seeds stand for that were joined to another scope of the same options."""
        self._covered.clear()
        self._places.update(places)

    def judge(self, url: str, hops: str, depth: int, *, is_seed: bool = False) -> Decision:
        """Whether a URL reached on the path `hops` belongs to the crawl.

        Args:
            url: canonical.
            hops: the letters of the path to it, its own hop last.
            depth: links from the nearest seed.
            is_seed: seeds always belong.
        """
        if is_seed:
            return ACCEPTED
        if pattern := next((each for each in self._exclude if each.search(url)), None):
            return Decision(accepted=False, rule="exclude", detail=pattern.pattern)
        tail = _TAIL.search(hops)
        embeds = tail[0].count(Hop.EMBED) if tail else 0
        if embeds:
            return self._judge_requisite(embeds)
        return self._judge_link(url, hops, depth)

    def covers(self, url: str) -> bool:
        """Whether `url` lies where the seeds lie."""
        known = self._covered.get(url)
        if known is None:
            known = self._covers(url)
            if len(url) <= _MAX_COVERED_CHARS:
                if len(self._covered) >= _MAX_COVERED:
                    self._covered.clear()
                self._covered[url] = known
        return known

    def _covers(self, url: str) -> bool:
        match self._options.scope:
            case "any":
                return True
            case "host":
                return host_key(url) in self._places
            case "domain":
                return registrable_domain(hostname(url)) in self._places
            case "prefix":
                return self._is_below_a_seed(url)
            case _:
                return False

    def admits(self, media_type: str, *, is_requisite: bool) -> Decision:
        """Whether an answer of this type is read; requisites and untold types always are."""
        if is_requisite or self._types is None or not media_type:
            return ACCEPTED
        kind = media_class(media_type)
        if kind in self._types:
            return ACCEPTED
        return Decision(accepted=False, rule="types", detail=f"{media_type} is of class {kind}")

    def _judge_requisite(self, embeds: int) -> Decision:
        if not self._options.assets:
            return Decision(accepted=False, rule="assets")
        if embeds > MAX_EMBEDS_IN_A_ROW:
            return Decision(accepted=False, rule="embed-depth", detail=f"{embeds} requisites in a row")
        return ACCEPTED

    def _judge_link(self, url: str, hops: str, depth: int) -> Decision:
        options = self._options
        if not options.sitemaps and hops.endswith((Hop.PREREQUISITE, Hop.MANIFEST)):
            return Decision(accepted=False, rule="sitemaps")
        if hops.endswith(Hop.PREREQUISITE) and (tail := _SITEMAPS.search(hops)):
            sitemaps = tail[0].count(Hop.PREREQUISITE)
            if sitemaps > MAX_SITEMAPS_IN_A_ROW:
                return Decision(accepted=False, rule="sitemap-depth", detail=f"{sitemaps} sitemaps in a row")
        if not self.covers(url):
            return Decision(accepted=False, rule="scope", detail=f"not in scope {options.scope}")
        if options.max_depth is not None and depth > options.max_depth:
            return Decision(accepted=False, rule="depth", detail=f"{depth} links from the nearest seed")
        if hops.endswith(Hop.PREREQUISITE) or not self._include:
            return ACCEPTED
        if any(each.search(url) for each in self._include):
            return ACCEPTED
        return Decision(accepted=False, rule="include", detail="matches no --include")

    def _is_below_a_seed(self, url: str) -> bool:
        folder = folder_of(url)
        while folder not in self._places:
            parent = folder.rstrip("/").rpartition("/")[0] + "/"
            if len(parent) >= len(folder) or "/" not in folder.rstrip("/"):
                return False
            folder = parent
        return True


def folder_of(url: str) -> str:
    """Host and path up to the last slash; http and https are one."""
    path = path_of(url)
    return host_key(url) + path[: path.rfind("/") + 1]
