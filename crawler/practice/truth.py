"""Say what a default crawl of the practice site must find, so that a crawler can be checked against it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urljoin

from crawler.practice.catalog import catalog
from crawler.practice.maze import MAZE
from crawler.practice.options import DEFAULT_OPTIONS, PracticeOptions
from crawler.practice.resource import Role

__all__ = ["NEVER", "Truth", "truth"]

NEVER = "/never/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """What one crawl of `seed` in the scope `host`, robots obeyed, requisites and sitemaps fetched, finds.

    All URLs are absolute, canonical (WHATWG) and without fragment.

    Args:
        seed: where to begin.
        pages: HTML and XHTML pages that must be stored, those of sitemaps and frames included.
        unlinked: the pages among them that only a sitemap names.
        redirects: URL and the absolute target of its `Location`, whether in scope or not.
        failures: URL and status of what never gets well; 0 where no whole answer ever comes.
        requisites: stylesheets, pictures, scripts, fonts, media, manifest; all answer 200.
        documents: what is linked and is no page: PDF, text, JSON, feed; all answer 200.
        manifests: robots.txt and the sitemaps.
        refused: linked or listed, but closed by robots.txt.
        nofollow: reached only by links that ask not to be followed.
        offsite: URLs of other hosts that a page links to or redirects to.
        never: what these URLs start with is text, a form or a comment, never a link.
        trap: what these URLs start with has no end; "" if traps are off.
        maze: the same, but it is linked like any page: rules against traps end it; "" if mazes are off.
    """

    seed: str
    pages: frozenset[str]
    unlinked: frozenset[str]
    redirects: Mapping[str, str]
    failures: Mapping[str, int]
    requisites: frozenset[str]
    documents: frozenset[str]
    manifests: frozenset[str]
    refused: frozenset[str]
    nofollow: frozenset[str]
    offsite: frozenset[str]
    never: str
    trap: str
    maze: str


def truth(base_url: str, options: PracticeOptions = DEFAULT_OPTIONS) -> Truth:
    """The truth about a practice site.

    Args:
        base_url: scheme, host and port it is served at, e.g. `http://127.0.0.1:8801`.
        options: those it is served with.
    """
    origin = base_url.rstrip("/")
    host = origin.partition("//")[2]
    resources = catalog(options).values()

    def of(*roles: Role) -> frozenset[str]:
        return frozenset(origin + resource.target for resource in resources if resource.role in roles)

    def target_of(url: str, location: str) -> str:
        address = location.replace("@ORIGIN@", origin).replace("@HOST@", host)
        return urljoin(url, address).partition("#")[0]

    redirects = {
        origin + resource.target: target_of(origin + resource.target, resource.location)
        for resource in resources
        if resource.role is Role.REDIRECT
    }
    failed = [resource for resource in resources if resource.role is Role.FAILURE]
    return Truth(
        seed=f"{origin}/",
        pages=of(Role.PAGE, Role.UNLINKED),
        unlinked=of(Role.UNLINKED),
        redirects=redirects,
        failures={
            origin + resource.target: resource.status if resource.status >= 400 else 0 for resource in failed
        },
        requisites=of(Role.REQUISITE),
        documents=of(Role.DOCUMENT),
        manifests=of(Role.MANIFEST),
        refused=of(Role.REFUSED),
        nofollow=of(Role.NOFOLLOW),
        offsite=frozenset({options.offsite_url, "https://mainland.example/"}),
        never=origin + NEVER,
        trap=f"{origin}/trap/" if options.traps else "",
        maze=origin + MAZE if options.mazes else "",
    )
