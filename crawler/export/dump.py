"""Say what is to be exported: an output as its ledger knows it, or the URLs of it that were picked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from crawler.errors import UsageError
from crawler.frontier.ledger import SqliteLedger
from crawler.frontier.listing import Listing
from crawler.model import Capture
from crawler.output import Output
from crawler.standing import Entry, Run

__all__ = ["Dump", "Format"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dump:
    """What is to be exported.

    Args:
        output: the folder.
        ledger: of it; for a binary form it tells the same from the beginning of the export to its end.
        picked: these alone; none: everything.
        path: where to, as the user wrote it; None: standard output.
    """

    output: Output
    ledger: SqliteLedger
    picked: tuple[Entry, ...] = ()
    path: str | None = None

    async def runs(self) -> Sequence[Run]:
        """Every run of the crawl, the oldest first.

        Raises:
            UsageError: there is none.
        """
        runs = await self.ledger.runs()
        if not runs:
            raise UsageError(f"nothing was crawled into {self.output.folder} yet; run crawler crawl first")
        return runs

    async def entries(self) -> AsyncIterator[Entry]:
        """The entries, as they were picked or else the oldest first."""
        for entry in self.picked:
            yield entry
        if not self.picked:
            async for entry in self.ledger.entries():
                yield entry

    async def files(self) -> AsyncIterator[Capture]:
        """What has a file in the mirror, by its path; a file that several URLs share once, with the newest."""
        last = None
        async for entry in self.ledger.listed(Listing.FILES):
            assert entry.good is not None
            if entry.good.mirror_path != last:
                yield entry.good
            last = entry.good.mirror_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A form that what was crawled can be given.

    Args:
        summary: of it, for the help: a few words.
        is_binary: it goes into a file that is named, never to a terminal; else it is text, in UTF-8.
        is_folder: it goes into a folder that is named.
        write: into a file that is open for bytes, or for text, or into an empty folder (a `Path`). Gives what a person should know, one line each;
            raises UsageError where there is nothing to export, StorageError where what is stored cannot be
            read, OSError where the file cannot be written.
    """

    summary: str
    is_binary: bool
    write: Callable[[Dump, Any], Awaitable[tuple[str, ...]]]
    is_folder: bool = False
