"""Tell pages that have the content of another URL, and rows of them that go on for ever.

Every such page is kept, with its capture and its file. What can be endless is only where their links lead: the
same bytes hold the same references, so all but the relative ones that lead into deeper folders name URLs that
are known already. `docs/decisions/0012-traps.md` has the argument, and what is counted where.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from zlib import crc32

from crawler.frontier.protocol import Ledger
from crawler.media import is_html
from crawler.model import Candidate, Capture
from crawler.rendering import shown_digest
from crawler.scope import folder_of
from crawler.standing import Entry
from crawler.urls import identity

__all__ = ["NO_TWIN", "SHORT_ROW", "Duplicates", "Twin", "row_of", "stands_behind"]

SHORT_ROW, LONG_ROW = 3, 6
"""Pages in a row: the shorter ends where there are `_MANY` URLs with its bytes, the longer wherever it is met."""

_MANY = 20

_MAX_CONTENTS = 10_000
_MAX_STEPS = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Twin:
    """What is known of a page's content.

    Args:
        url: the first that was seen with it; "": no other was.
        floor: the folder below which its links lead down an endless row; "": there is none.
    """

    url: str = ""
    floor: str = ""


NO_TWIN = Twin()


class Duplicates:
    """The contents that were seen in this process, bounded; rows of them are looked up in the ledger.

    Args:
        ledger: tells which way pages were found; None: no row comes to an end.
    """

    def __init__(self, ledger: Ledger | None = None) -> None:
        self._ledger = ledger
        self._contents: OrderedDict[tuple[str, str], tuple[str, set[int]]] = OrderedDict()

    async def meet(self, candidate: Candidate, capture: Capture) -> Twin:
        """Take note of a good page; gives what is known of its content."""
        if not capture.size_bytes:
            return NO_TWIN
        first, seen = self._note(candidate, shown_digest(capture))
        if first == candidate.url:
            first = ""
        if self._ledger is None or len(seen) < SHORT_ROW:
            return Twin(url=first)
        row = await row_of(self._ledger, candidate, shown_digest(capture))
        is_endless = row >= (SHORT_ROW if len(seen) >= _MANY else LONG_ROW)
        return Twin(url=first, floor=folder_of(candidate.url) if is_endless else "")

    def _note(self, candidate: Candidate, digest: str) -> tuple[str, set[int]]:
        """The first URL with this content, and checksums of all; no more than decide."""
        content = candidate.host, digest
        known = self._contents.setdefault(content, (candidate.url, set()))
        self._contents.move_to_end(content)
        if len(self._contents) > _MAX_CONTENTS:
            self._contents.popitem(last=False)
        if len(known[1]) < _MANY:
            known[1].add(crc32(candidate.key.encode()))
        return known


async def row_of(ledger: Ledger, candidate: Candidate, digest: str) -> int:
    """How many pages in a row have these bytes, each found at the next and below it; this one counts, six are enough.

    Redirects and pages of the same bytes and folder are passed over between them. The ledger knows the way also where another process, or an earlier
    one, has gone it.
    """
    below, via, row = folder_of(candidate.url), candidate.via, 1
    for _ in range(_MAX_STEPS):
        entry = None if via is None or row == LONG_ROW else await ledger.entry(identity(via))
        if entry is None:
            break
        via = entry.candidate.via
        if entry.status is not None and 300 <= entry.status < 400 and entry.status != 304:
            continue
        above = folder_of(entry.candidate.url)
        if entry.good is None or shown_digest(entry.good) != digest or not below.startswith(above):
            break
        row += below != above
        below = above
    return row


async def stands_behind(ledger: Ledger, entry: Entry) -> bool:
    """Whether a page names another good page, which has the same bytes, as canonical (RFC 6596).

    Alone it is a hint, and often wrong: it leads to the front page or to another language. The other must name no
    third, so that two that name each other are both to be seen.
    """
    good = entry.good
    if good is None or good.canonical is None:
        return False
    other = await ledger.entry(identity(good.canonical))
    if other is None or other.good is None or other.candidate.is_requisite:
        return False
    return (
        shown_digest(other.good) == shown_digest(good)
        and other.good.canonical is None
        and other.good.mirror_path is not None
        and is_html(other.good.media_type)
    )
