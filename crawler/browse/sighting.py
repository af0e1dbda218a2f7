"""Find what to show of a moment: the answer of then, or that of the page whose script is to read the query.

Pages that search in a browser (`search.html?q=word`) are captured without a query: nobody asked for every word
there is. What a form of such a page leads to was never captured, and is the page itself all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

from crawler.browse.replay import Moment
from crawler.frontier.browsing import Browsing
from crawler.model import Capture
from crawler.urls import identity

__all__ = ["CopiesAsOf", "Sighting", "sight"]

_MOST_REDIRECTS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sighting:
    """What is shown of a moment.

    Args:
        capture: the answer.
        is_exact: it is of the URL itself; else of the page without its query.
    """

    capture: Capture
    is_exact: bool


async def sight(reader: Browsing, moment: Moment, *, is_page: bool) -> Sighting | None:
    """What there is to show; None: nothing.

    Args:
        reader: of the captures.
        moment: what is wanted.
        is_page: it is wanted as a page; a script that asks for data is given no other than it asks for.

    Raises:
        StorageError: the database cannot be read.
    """
    capture = await reader.as_of(identity(moment.url), moment.at)
    if capture is not None:
        return Sighting(capture=capture, is_exact=True)
    page, mark, _ = moment.url.partition("?")
    if not (is_page and mark):
        return None
    capture = await reader.as_of(identity(page), moment.at)
    if capture is None or capture.redirect_to is not None or "html" not in capture.media_type:
        return None
    return Sighting(capture=capture, is_exact=False)


class CopiesAsOf:
    """The copies of an instant, for what brings what a page carries (`crawler.porter`).

    Args:
        reader: of the captures.
        at: the instant.
    """

    def __init__(self, reader: Browsing, at: float) -> None:
        self._reader = reader
        self._at = at

    async def good_copy(self, key: str) -> tuple[str, Capture | None]:
        """The key at the end of its redirects, and its copy of then; None: it has none.

        Raises:
            StorageError: the database cannot be read.
        """
        for _ in range(_MOST_REDIRECTS + 1):
            capture = await self._reader.as_of(key, self._at)
            if capture is None or capture.redirect_to is None:
                return key, capture
            key = identity(capture.redirect_to)
        return key, None
