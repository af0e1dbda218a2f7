"""Write a WACZ file: the crawl's WARC segments with index and list of pages, for replay in a browser.

The layout is Webrecorder's (WACZ 1.1.1, specs.webrecorder.net/wacz/1.1.1):

```
archive/*.warc.gz                     the segments as they lie; of picked URLs one file
indexes/index.cdx.gz, index.idx       CDXJ lines in blocks of gzip, and where each block begins
pages/pages.jsonl                     the pages, with their titles
datapackage.json, -digest.json        what is in it, with sizes and digests
```

The same output gives the same bytes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import tempfile
import zlib
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import AsyncExitStack
from functools import partial
from itertools import islice
from typing import IO, Any

from crawler.archive.copying import copy_exchanges, segment_chunks
from crawler.archive.index import SortedLines, cdxj_line
from crawler.clock import iso_utc
from crawler.export.answers import UNENDED, believed_segments, reader_of
from crawler.export.dump import Dump
from crawler.export.package import Chunks, Package
from crawler.export.warc import PICKED_NAME
from crawler.media import is_html
from crawler.model import Capture
from crawler.standing import Run
from crawler.urls import identity
from crawler.version import USER_AGENT

__all__ = ["write_wacz"]

_VERSION = "1.1.1"
_INDEX, _BLOCKS = "index.cdx.gz", "index.idx"
_LINES_IN_BLOCK = 300
_GROUP = 1000
_IN_MEMORY_BYTES = 4_000_000
_COPIED_BYTES = 1 << 17


async def write_wacz(dump: Dump, file: IO[bytes]) -> tuple[str, ...]:
    """Write the file; gives what a person should know of it.

    Raises:
        UsageError: nothing of what is asked for lies in the archive.
        StorageError: the ledger or a segment cannot be read.
        OSError: the file cannot be written.
    """
    runs = await dump.runs()
    async with AsyncExitStack() as stack:
        lines = stack.enter_context(SortedLines())
        package = stack.enter_context(Package(file))
        await _Wacz(dump, runs[-1], lines, package).write()
    return () if runs[-1].ended_at is not None else (UNENDED,)


class _Wacz:
    """One WACZ file in the making.

    Args:
        dump: what goes in.
        run: the last of the crawl.
        lines: of the index.
        package: takes the members.
    """

    def __init__(self, dump: Dump, run: Run, lines: SortedLines, package: Package) -> None:
        self._dump = dump
        self._at = run.started_at if run.ended_at is None else run.ended_at
        self._lines = lines
        self._package = package
        self._resources: list[dict[str, Any]] = []

    async def write(self) -> None:
        """Write every member."""
        await (self._put_picked() if self._dump.picked else self._put_segments())
        await asyncio.to_thread(self._put_index)
        main = await self._put_pages()
        await asyncio.to_thread(self._put_datapackage, main)

    async def _put_segments(self) -> None:
        folder = self._dump.output.archive
        believed = await believed_segments(self._dump)
        for name, size_bytes in believed.items():
            chunks = partial(segment_chunks, folder / name, 0, size_bytes)
            await asyncio.to_thread(self._put, f"archive/{name}", chunks, is_packed=True)
        group: list[Capture] = []
        async for capture in self._dump.ledger.captures():
            group.append(capture)
            if len(group) == _GROUP:
                await asyncio.to_thread(self._lines.add, [cdxj_line(each) for each in group])
                group.clear()
        self._lines.add(cdxj_line(each) for each in group)

    async def _put_picked(self) -> None:
        async with reader_of(self._dump) as reader:
            captures = await reader.captures()
        await asyncio.to_thread(self._put_copies, captures)

    def _put_copies(self, captures: list[Capture]) -> None:
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
            copies = copy_exchanges(
                self._dump.output.archive, captures, PICKED_NAME, file.write, software=USER_AGENT
            )
            self._lines.add(cdxj_line(placed) for _, placed in copies)
            self._put(f"archive/{PICKED_NAME}", partial(_pieces, file), is_packed=True)

    def _put_index(self) -> None:
        """The lines in blocks, each a gzip member, and the first of every block with where that lies."""
        with (
            tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as index,
            tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as blocks,
        ):
            told = {"format": "cdxj-gzip-1.0", "filename": _INDEX}
            blocks.write(f"!meta 0 {json.dumps(told)}\n".encode())
            lines = self._lines.merged()
            while block := list(islice(lines, _LINES_IN_BLOCK)):
                packed = _gzipped("".join(block).encode())
                place = {
                    "offset": index.tell(),
                    "length": len(packed),
                    "digest": f"sha256:{hashlib.sha256(packed).hexdigest()}",
                    "filename": _INDEX,
                }
                key, stamp, _ = block[0].split(" ", 2)
                blocks.write(f"{key} {stamp} {json.dumps(place)}\n".encode())
                index.write(packed)
            self._put(f"indexes/{_INDEX}", partial(_pieces, index), is_packed=True)
            self._put(f"indexes/{_BLOCKS}", partial(_pieces, blocks))

    async def _put_pages(self) -> Capture | None:
        """The list of pages; gives the one to be shown first."""
        main = await self._first_seed()
        with tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES) as file:
            head = {"format": "json-pages-1.0", "id": "pages", "title": "All pages", "hasText": False}
            file.write(_json_line(head))
            async for page in self._pages():
                main = main or page
                file.write(_json_line(_page_values(page)))
            await asyncio.to_thread(self._put, "pages/pages.jsonl", partial(_pieces, file))
        return main

    async def _pages(self) -> AsyncIterator[Capture]:
        """The pages that go in, redirects followed, each once."""
        if not self._dump.picked:
            async for entry in self._dump.entries():
                if not entry.candidate.is_requisite and _is_page(entry.good):
                    assert entry.good is not None
                    yield entry.good
            return
        seen = set()
        for entry in self._dump.picked:
            key, good = await self._dump.ledger.good_copy(entry.candidate.key)
            if good is not None and _is_page(good) and key not in seen:
                seen.add(key)
                yield good

    async def _first_seed(self) -> Capture | None:
        """The page of the first seed that has one."""
        if self._dump.picked:
            return None
        async for seed in self._dump.ledger.seeds():
            _, good = await self._dump.ledger.good_copy(identity(seed.url))
            if _is_page(good):
                return good
        return None

    def _put_datapackage(self, main: Capture | None) -> None:
        values: dict[str, Any] = {
            "profile": "data-package",
            "wacz_version": _VERSION,
            "title": main.title or main.url if main is not None else self._dump.output.folder.name,
            "created": iso_utc(self._at),
            "software": USER_AGENT,
        }
        if main is not None:
            values |= {"mainPageUrl": main.url, "mainPageDate": iso_utc(main.captured_at)}
        # The list of what is in it does not tell of itself.
        told = (json.dumps(values | {"resources": self._resources}, indent=2) + "\n").encode()
        self._put("datapackage.json", lambda: [told])
        digest = {"path": "datapackage.json", "hash": f"sha256:{hashlib.sha256(told).hexdigest()}"}
        self._put("datapackage-digest.json", lambda: [_json_line(digest)])

    def _put(self, name: str, chunks: Chunks, *, is_packed: bool = False) -> None:
        """Add a member, and note its size and digest."""
        measured = _Measured(chunks)
        self._package.add(name, measured, self._at, is_packed=is_packed)
        self._resources.append(
            {
                "name": name.rpartition("/")[2],
                "path": name,
                "hash": f"sha256:{measured.digest}",
                "bytes": measured.size_bytes,
            }
        )


class _Measured:
    """Chunks of a member whose size and digest are known once they were read."""

    def __init__(self, chunks: Chunks) -> None:
        self._chunks = chunks
        self.digest = ""
        self.size_bytes = 0

    def __call__(self) -> Iterable[bytes]:
        """The chunks; the first reading of them is the one that counts."""
        return self._chunks() if self.digest else self._first()

    def _first(self) -> Iterator[bytes]:
        digest = hashlib.sha256()
        for chunk in self._chunks():
            digest.update(chunk)
            self.size_bytes += len(chunk)
            yield chunk
        self.digest = digest.hexdigest()


def _is_page(capture: Capture | None) -> bool:
    return capture is not None and capture.segment is not None and is_html(capture.media_type)


def _page_values(page: Capture) -> dict[str, Any]:
    at = iso_utc(page.captured_at)
    number = hashlib.sha256(f"{page.url} {at}".encode()).hexdigest()[:22]
    return {"id": number, "url": page.url, "title": page.title or page.url, "ts": at}


def _json_line(values: dict[str, Any]) -> bytes:
    return (json.dumps(values) + "\n").encode()


def _gzipped(data: bytes) -> bytes:
    compressor = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    """The whole of a temporary file, as often as it is asked for."""
    file.seek(0)
    while chunk := file.read(_COPIED_BYTES):
        yield chunk
