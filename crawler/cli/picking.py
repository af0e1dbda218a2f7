"""Find the URLs that `--url` names in a ledger."""

from __future__ import annotations

from collections.abc import Sequence

from crawler.cli.lines import printable
from crawler.errors import UsageError
from crawler.frontier.ledger import SqliteLedger
from crawler.standing import Entry
from crawler.urls import canonicalize, identity

__all__ = ["picked_entries"]


async def picked_entries(ledger: SqliteLedger, urls: Sequence[str]) -> tuple[Entry, ...]:
    """What is known of each URL.

    Raises:
        UsageError: nothing is.
    """
    return tuple([await _entry(ledger, text) for text in urls])


async def _entry(ledger: SqliteLedger, text: str) -> Entry:
    url = canonicalize(text)
    entry = None if url is None else await ledger.entry(identity(url))
    if entry is None:
        shown = printable(text)
        raise UsageError(f"--url {shown}: this crawl does not know it; try crawler why '{shown}'")
    return entry
