"""Find pages by their words: bring the index up to what was captured, a batch at a time, and ask it."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from crawler.body import Spool
from crawler.browse.plaintext import text_lines
from crawler.browse.shelf import Shelf
from crawler.browse.textindex import Found, IndexedPage, TextIndex
from crawler.errors import StorageError
from crawler.frontier.browsing import Browsing
from crawler.links.encoding import decode
from crawler.model import Capture
from crawler.originals import Originals

__all__ = ["Answer", "Searching", "page_lines"]

_log = logging.getLogger(__name__)

_BATCH = 20
_LOOKED_AT = 200
_READ_BYTES = 2_000_000
_FIRST_SECONDS = 2.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a search gave.

    Args:
        found: a stretch of the pages, the best first.
        total: in how many pages the words stand.
        pages: that are in the index.
        is_whole: everything captured is in; else the same question will find more in a while.
    """

    found: tuple[Found, ...]
    total: int
    pages: int
    is_whole: bool


class Searching:
    """The search of one output. Use it as an async context manager.

    Args:
        shelf: lends connections.
        archive: `archive/` of the output.
        spool: where large bodies lie while they are read.
        path: of the index.
    """

    def __init__(self, shelf: Shelf, archive: Path, spool: Spool, path: Path) -> None:
        self._shelf = shelf
        self._archive = archive
        self._spool = spool
        self._index = TextIndex(path)
        self._path = path
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="search")
        self._catching_up: asyncio.Task[None] | None = None
        self._is_whole = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._catching_up is not None:
            self._catching_up.cancel()
            await asyncio.gather(self._catching_up, return_exceptions=True)
        await self._call(self._index.close)
        self._thread.shutdown()

    async def find(self, words: str, offset: int, limit: int) -> Answer:
        """Pages in which all words stand. What is not in the index yet is taken in first, for two seconds at most.

        Raises:
            StorageError: the index cannot be written or read.
        """
        if not self._path.parent.is_dir():
            return Answer(found=(), total=0, pages=0, is_whole=True)
        if self._catching_up is None or self._catching_up.done():
            self._catching_up = asyncio.create_task(self._catch_up())
        await asyncio.wait([self._catching_up], timeout=_FIRST_SECONDS)
        try:
            found = await self._call(lambda: self._index.find(words, offset, limit))
            total = await self._call(lambda: self._index.count(words))
            pages = await self._call(self._index.pages)
        except sqlite3.Error as error:
            raise StorageError(f"{self._path}: {error}; remove it, it is made anew") from error
        return Answer(found=tuple(found), total=total, pages=pages, is_whole=self._is_whole)

    async def _catch_up(self) -> None:
        """Take in what is new; a page that cannot be read is passed over."""
        self._is_whole = False
        try:
            while await self._take_in():
                pass
            await self._call(self._index.finish)
            self._is_whole = True
        except (StorageError, sqlite3.Error) as error:
            _log.warning("%s: pages are not taken in: %s", self._path, error)

    async def _take_in(self) -> bool:
        """Go on by one batch; gives whether there was anything to look at."""
        async with self._shelf.reader() as reader:
            source = await self._source(reader)
            reached = await self._call(lambda: self._index.reached(source))
            rows = await reader.pages(reached, _LOOKED_AT)
            known = [(capture.url, _version(capture)) for _, _, capture in rows]
            lacks = await self._call(lambda: self._index.lacks(known))
            pages: list[IndexedPage] = []
            left = _BATCH
            for (number, _, capture), is_lacking in zip(rows, lacks, strict=True):
                reached = number
                if is_lacking:
                    left -= 1
                    if (page := await self._read(reader, capture)) is not None:
                        pages.append(page)
                if not left:
                    break
        if rows:
            await self._call(lambda: self._index.put(pages, reached))
        return bool(rows)

    async def _source(self, reader: Browsing) -> str:
        """By what it is known whether the numbers are still those of the same database.

        A database that was rebuilt knows the second alone in which a run began.
        """
        runs = await reader.ledger.runs()
        return f"{runs[0].name} {runs[0].started_at!r}" if runs else ""

    async def _read(self, reader: Browsing, capture: Capture) -> IndexedPage | None:
        originals = Originals(self._archive, reader.ledger, self._spool)
        try:
            lines = await page_lines(capture, originals)
        except StorageError:
            return None
        return IndexedPage(
            url=capture.url, version=_version(capture), title=capture.title, text="\n".join(lines)
        )

    async def _call(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def _version(capture: Capture) -> str:
    """What tells a text from an earlier one of the same URL; a rebuilt database knows it, too."""
    return f"{int(capture.captured_at)} {capture.digest}"


async def page_lines(capture: Capture, originals: Originals) -> list[str]:
    """The lines of text of a captured page, or of another text; of binary content there are none.

    Raises:
        StorageError: the original is lost.
    """
    if not capture.charset:
        return []
    body = await originals.shown(capture)

    def read() -> list[str]:
        text = decode(body.head(_READ_BYTES), capture.charset)
        if "html" in capture.media_type or "svg" in capture.media_type:
            return text_lines(text)
        return [folded for line in text.splitlines() if (folded := " ".join(line.split()))]

    return await asyncio.to_thread(read)
