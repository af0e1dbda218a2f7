"""Tell an export that lost its ground to a crawl's retention from one whose archive is damaged."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crawler.errors import StorageError
from crawler.export.dump import Dump
from crawler.frontier.ledger import SqliteLedger

__all__ = ["undisturbed"]


@asynccontextmanager
async def undisturbed(dump: Dump) -> AsyncIterator[None]:
    """Read a dump in this context: what cannot be read because old runs went meanwhile is told as that.

    What is needed of an old segment lies in another one before its file goes, so nothing is lost: who begins again
    finds it there.

    Raises:
        StorageError: something cannot be read.
    """
    before = await dump.ledger.segments()
    try:
        yield
    except StorageError as error:
        now = await SqliteLedger.open(dump.output.database)
        try:
            gone = before.keys() - {name for name, length in (await now.segments()).items() if length}
        finally:
            await now.close()
        if not gone:
            raise
        raise StorageError(
            f"a crawl let go of old runs of {dump.output.folder} while this was read; nothing is lost:"
            " run the same line again"
        ) from error
