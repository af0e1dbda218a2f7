"""Give back the body of a capture, from the archive or, where that is off, from the database."""

from __future__ import annotations

import asyncio
import zlib
from pathlib import Path

from crawler.archive.reader import read_body
from crawler.body import Body
from crawler.errors import StorageError
from crawler.frontier.protocol import Ledger
from crawler.model import Capture

__all__ = ["Originals", "pack_original"]


def pack_original(body: Body) -> bytes:
    """The form in which the database keeps a text."""
    return zlib.compress(body.read(), 6)


class Originals:
    """The stored bodies of one output.

    Args:
        folder: `archive/` of the output.
        ledger: the database's side.
    """

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self._folder = folder
        self._ledger = ledger

    async def read(self, capture: Capture) -> Body:
        """The content-decoded body.

        Raises:
            StorageError: the bytes are not there (any more).
        """
        if capture.segment is not None:
            return await asyncio.to_thread(read_body, self._folder, capture)
        packed = await self._ledger.original(capture.digest)
        if packed is None:
            raise StorageError(
                f"{capture.url}: its original was not kept; crawl it again with the archive on"
            )
        try:
            return Body.of(zlib.decompress(packed))
        except zlib.error as error:
            raise StorageError(f"{capture.url}: its original is damaged; crawl it again") from error
