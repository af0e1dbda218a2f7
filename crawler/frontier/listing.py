"""Name the orders in which the ledger can be read from one end to the other."""

from __future__ import annotations

from enum import StrEnum

__all__ = ["Listing"]


class Listing(StrEnum):
    """Entries in an order of their own; the value is the statement that gives them.

    PAGES: mirrored HTML pages that a link led to, by host and URL. MISSING: what failed or was excluded and has
    no copy, likewise. FILES: what has a file in the mirror, by its path; of URLs that share one the newest first.
    """

    PAGES = "listed_pages"
    MISSING = "listed_missing"
    FILES = "listed_files"
