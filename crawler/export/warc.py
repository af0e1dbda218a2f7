"""Write one WARC file: every segment of the crawl in a row, or the records of picked URLs and of what they need.

Records stand in it as they lie in the archive, byte for byte, each a gzip member.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import IO

from crawler.archive.copying import copy_exchanges, segment_chunks
from crawler.export.answers import UNENDED, believed_segments, reader_of
from crawler.export.dump import Dump
from crawler.version import USER_AGENT

__all__ = ["PICKED_NAME", "write_warc"]

PICKED_NAME = "data.warc.gz"
"""The name that a file of picked records tells of itself."""


async def write_warc(dump: Dump, file: IO[bytes]) -> tuple[str, ...]:
    """Write the file; gives what a person should know of it.

    Raises:
        UsageError: nothing of what is asked for lies in the archive.
        StorageError: the ledger or a segment cannot be read.
        OSError: the file cannot be written.
    """
    runs = await dump.runs()
    if dump.picked:
        async with reader_of(dump) as reader:
            captures = await reader.captures()
        copied = copy_exchanges(dump.output.archive, captures, PICKED_NAME, file.write, software=USER_AGENT)
        await asyncio.to_thread(deque, copied, 0)
    else:
        for name, size_bytes in (await believed_segments(dump)).items():
            chunks = segment_chunks(dump.output.archive / name, 0, size_bytes)
            await asyncio.to_thread(file.writelines, chunks)
    return () if runs[-1].ended_at is not None else (UNENDED,)
