"""Write the items of a run as they land: `items/RUN.jsonl`, one JSON object a line.

Lines are written before the frontier is told of their page, so that none is lost to a kill; what a killed run wrote
and the frontier does not know is cut when the run is continued.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from crawler.clock import Clock, iso_utc
from crawler.errors import disk_error
from crawler.frontier.protocol import Ledger
from crawler.journal import Journal
from crawler.landing import Landed
from crawler.output import flush_file, flush_folder
from crawler.urls import identity

__all__ = ["ItemLog", "trim_items"]


class ItemLog:
    """The items of one run; the file is made with the first of them. Use it as a context manager.

    Args:
        path: of the file.
        clock: of the run.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._file: Journal | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is not None:
            self._file.__exit__(kind, error, trace)

    def note(self, group: Sequence[Landed]) -> None:
        """Write the items of what lands now.

        Raises:
            StorageError: the disk is full or failed.
        """
        lines = [item.line() for landed in group for item in landed.items]
        if not lines:
            return
        if self._file is None:
            try:
                self._path.parent.mkdir(exist_ok=True)
            except OSError as error:
                raise disk_error(self._path, error) from error
            self._file = Journal(self._path, self._clock).__enter__()
        self._file.write(lines)


async def trim_items(path: Path, ledger: Ledger) -> int:
    """Cut the items of answers that the ledger does not hold as good copies; gives how many lines.

    Args:
        path: of the file; it need not be there.
        ledger: what is finished.

    Raises:
        StorageError: the file cannot be read or written.
    """
    part = path.with_name(f"{path.name}.part")
    cut = 0
    try:
        if not await asyncio.to_thread(path.is_file):
            return 0
        with path.open("rb") as old, part.open("wb") as new:
            while lines := await asyncio.to_thread(old.readlines, 1 << 20):
                kept = [line for line in lines if await _is_believed(line, ledger)]
                cut += len(lines) - len(kept)
                await asyncio.to_thread(new.writelines, kept)
            await asyncio.to_thread(flush_file, new)
        part.replace(path)
        await asyncio.to_thread(flush_folder, path.parent)
    except OSError as error:
        raise disk_error(path, error) from error
    return cut


async def _is_believed(line: bytes, ledger: Ledger) -> bool:
    if not line.endswith(b"\n"):
        return False
    try:
        said = json.loads(line)
        url, at, digest = said["source_url"], said["captured_at"], said["digest"]
    except (ValueError, KeyError, TypeError):
        return False
    entry = await ledger.entry(identity(str(url)))
    good = None if entry is None else entry.good
    return good is not None and (iso_utc(good.captured_at), good.digest) == (at, digest)
