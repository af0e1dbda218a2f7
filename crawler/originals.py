"""Give back the body of a capture, from the archive or, where that is off, from the database."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from crawler.archive.reader import read_body, read_head, read_picture, read_rendered
from crawler.body import SMALL_BYTES, Body, Spool
from crawler.coding import CodingError, decode_small, decoded
from crawler.errors import StorageError
from crawler.exchange import Head
from crawler.frontier.protocol import Ledger
from crawler.model import Capture

__all__ = ["Originals"]

# As a content coding, what the database holds is called "deflate".
_PACKED = ("deflate",)
_MAX_BODY_BYTES = 1 << 31


class Originals:
    """The stored bodies of one output.

    Args:
        folder: `archive/` of the output.
        ledger: the database's side.
        spool: where large ones lie while somebody holds them.
    """

    def __init__(self, folder: Path, ledger: Ledger, spool: Spool) -> None:
        self._folder = folder
        self._ledger = ledger
        self._spool = spool

    async def pack(self, body: Body) -> Body:
        """The form in which the database keeps a text.

        Raises:
            StorageError: the disk is full or failed.
        """
        if body.path is None:
            return Body.of(b"".join(_packed(body.chunks())))
        return await asyncio.to_thread(self._spool.keep, _packed(body.chunks()))

    async def read(self, capture: Capture) -> Body:
        """The content-decoded body.

        Raises:
            StorageError: the bytes are not there (any more).
        """
        if capture.segment is not None:
            return await asyncio.to_thread(read_body, self._folder, capture, self._spool)
        packed = await self._ledger.original(capture.digest)
        if packed is None:
            raise StorageError(
                f"{capture.url}: its original was not kept; crawl it again with the archive on"
            )
        try:
            body = await self._unpacked(packed)
        except CodingError as error:
            raise StorageError(f"{capture.url}: its original is damaged; crawl it again") from error
        if f"sha256:{body.digest}" != capture.digest:
            raise StorageError(f"{capture.url}: its original is damaged (other content); crawl it again")
        return body

    async def shown(self, capture: Capture) -> Body:
        """The text by which a page is read: as its scripts left it if it was rendered, else the body.

        Raises:
            StorageError: the bytes are not there (any more).
        """
        if not capture.rendering:
            return await self.read(capture)
        return await asyncio.to_thread(read_rendered, self._folder, capture, self._spool)

    async def picture(self, capture: Capture) -> Body | None:
        """The picture of a page that was rendered, PNG; None: none was taken.

        Raises:
            StorageError: the bytes are not there (any more).
        """
        return await asyncio.to_thread(read_picture, self._folder, capture, self._spool)

    async def head(self, capture: Capture) -> Head:
        """Status and headers as they were sent; without headers where the archive was off.

        Raises:
            StorageError: the record is not there (any more).
        """
        if capture.segment is None:
            return Head(status=capture.status)
        return await asyncio.to_thread(read_head, self._folder, capture)

    async def _unpacked(self, packed: bytes) -> Body:
        if not packed:
            raise CodingError("empty")
        if (quick := decode_small(packed, _PACKED, SMALL_BYTES)) is not None:
            return Body.of(quick)
        return await asyncio.to_thread(self._spool.keep, decoded((packed,), _PACKED, _MAX_BODY_BYTES))


def _packed(chunks: Iterable[bytes]) -> Iterator[bytes]:
    compressor = zlib.compressobj(6)
    for chunk in chunks:
        yield compressor.compress(chunk)
    yield compressor.flush()
