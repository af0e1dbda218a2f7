"""Know where URLs lie in the dump: at the predicted name, unless they are known to surprise.

A page is written before most of what it links to has been asked for. Its links lead to the names that
`crawler.paths.mirror_path` predicts from the URLs alone, which nearly always come true; what turns out
otherwise (a redirect, a failure, another type) is a surprise, kept here for the pages still to come and
in the frontier for the pages already written.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from crawler.paths import mirror_path
from crawler.urls import identity

__all__ = ["Addresses"]

_MAX_KNOWN = 200_000
_MAX_REDIRECTS = 10


class Addresses:
    """What is known of addresses in this process, bounded."""

    def __init__(self) -> None:
        self._paths: dict[str, str | None] = {}
        self._redirects: dict[str, str] = {}
        self.is_complete = True

    async def load(self, surprises: AsyncIterator[tuple[str, str | None]]) -> None:
        """Take over what earlier runs found."""
        async for key, path in surprises:
            self._learn(self._paths, key, path)

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

    def is_at(self, key: str, path: str | None) -> None:
        """A URL was found to have this file, or none."""
        self._redirects.pop(key, None)
        self._learn(self._paths, key, path)

    def leads_to(self, key: str, target: str) -> None:
        """A URL was found to redirect to another that belongs to the crawl."""
        self._paths.pop(key, None)
        if len(self._redirects) < _MAX_KNOWN:
            self._redirects[key] = target
        else:
            self.is_complete = False

    def is_as_predicted(self, key: str) -> None:
        """A URL is no surprise, or none any more."""
        self._paths.pop(key, None)
        self._redirects.pop(key, None)

    def _learn(self, known: dict[str, str | None], key: str, path: str | None) -> None:
        if len(known) < _MAX_KNOWN or key in known:
            known[key] = path
        else:
            self.is_complete = False
