"""Bound what one text may hold: links that are kept, and in a light text the work that it makes.

Nearly all of the cost of reading is tags with links and the resolving of what they name, whatever the size
of the text. So a text is light if it is small *and* few of these come up while it is read.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import copy

__all__ = ["MAX_LINKS", "MAX_LINK_CHARS", "Allowance", "TooHeavyError"]

MAX_LINKS = 20_000
"""Distinct URLs of one text: more than the largest index by hand, less than blocks the crawl behind it."""

MAX_LINK_CHARS = 2_000_000
"""In all of them: a `base` of eight kilobytes makes as much of each short link."""

_UNLIMITED = 1 << 62


class TooHeavyError(Exception):
    """The text makes more work than was allowed."""


class Allowance:
    """What is left of it while one text is read.

    Args:
        most_work: distinct tags and references that are looked at; beyond them the reading is given up.
        most_links: distinct URLs that are kept; what is beyond is left out.
        most_chars: of these URLs.
    """

    def __init__(
        self,
        *,
        most_work: int = _UNLIMITED,
        most_links: int = MAX_LINKS,
        most_chars: int = MAX_LINK_CHARS,
    ) -> None:
        self.left_out = 0
        self._work = most_work
        self._links = most_links
        self._chars = most_chars
        self._urls: set[str] = set()

    def copy(self) -> Allowance:
        """Another one of which as much is left."""
        other = copy(self)
        other._urls = set(self._urls)  # noqa: SLF001 - its own class
        return other

    def spend(self, work: int = 1) -> None:
        """One more distinct tag or reference, or what takes as long: some ten microseconds each.

        Raises:
            TooHeavyError: that was too much.
        """
        self._work -= work
        if self._work < 0:
            raise TooHeavyError

    def keeps(self, url: str) -> bool:
        """Whether a reference to this URL is kept; counts it if it is not."""
        if url in self._urls:
            return True
        if len(self._urls) >= self._links or self._chars < len(url):
            self.left_out += 1
            return False
        self._urls.add(url)
        self._chars -= len(url)
        return True

    def keeps_all(self, urls: Iterable[str]) -> bool:
        """Whether references to all of these URLs are kept; if not, nothing is counted."""
        new = set(urls) - self._urls
        chars = sum(map(len, new))
        if len(self._urls) + len(new) > self._links or self._chars < chars:
            return False
        self._urls |= new
        self._chars -= chars
        return True
