"""Write what is known of each URL as a JSON object, field by field as the contract names them."""

from __future__ import annotations

import json
from typing import IO, Any

from crawler.clock import iso_utc
from crawler.export.dump import Dump
from crawler.model import UNKNOWN_DEPTH
from crawler.standing import Entry

__all__ = ["entry_values", "jsonl_line", "write_jsonl"]


async def write_jsonl(dump: Dump, file: IO[str]) -> tuple[str, ...]:
    """A line an entry.

    Raises:
        StorageError: the ledger cannot be read.
        OSError: the file cannot be written.
    """
    async for entry in dump.entries():
        file.write(jsonl_line(entry) + "\n")
    return ()


def jsonl_line(entry: Entry) -> str:
    """One JSON object: the last good capture's fields, and the last attempt's."""
    return json.dumps(entry_values(entry))


def entry_values(entry: Entry) -> dict[str, Any]:
    """The fields of the contract, in its order."""
    candidate, good = entry.candidate, entry.good
    return {
        "url": candidate.url,
        "state": entry.state,
        "status": good.status if good else None,
        "media_type": good.media_type if good else None,
        "size_bytes": good.size_bytes if good else None,
        "digest": good.digest if good else None,
        "captured_at": iso_utc(good.captured_at) if good else None,
        "last_status": entry.status,
        "last_at": None if entry.last_at is None else iso_utc(entry.last_at),
        "reason": entry.reason,
        "depth": candidate.depth if candidate.depth < UNKNOWN_DEPTH else None,
        "via": candidate.via,
        "hops": candidate.hops,
        "mirror_path": good.mirror_path if good else None,
    }
