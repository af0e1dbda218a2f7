"""Read from the ledger what a start page lists."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from crawler.duplicates import stands_behind
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.listing import Listing
from crawler.standing import Entry
from crawler.startpage.row import Row, row_of

__all__ = ["rows_of"]


async def rows_of(
    ledger: SqliteLedger, *, has_missing: bool, hides_twins: bool, holds: Callable[[str], bool] = bool
) -> AsyncIterator[Row]:
    """The lines of the list: the pages of each site, then what is missing of it.

    Args:
        ledger: of the output.
        has_missing: every URL is looked at for what is missing; else there are pages alone.
        hides_twins: leave out pages that stand behind another.
        holds: whether a file of the mirror is there; pages without it are left out.
    """
    lost = ledger.listed(Listing.MISSING) if has_missing else _nothing()
    missing = await anext(lost, None)
    async for entry in ledger.listed(Listing.PAGES):
        while missing is not None and missing.candidate.host < entry.candidate.host:
            yield row_of(missing)
            missing = await anext(lost, None)
        path = entry.good and entry.good.mirror_path
        if path and holds(path) and not (hides_twins and await stands_behind(ledger, entry)):
            yield row_of(entry)
    while missing is not None:
        yield row_of(missing)
        missing = await anext(lost, None)


async def _nothing() -> AsyncIterator[Entry]:
    return
    yield
