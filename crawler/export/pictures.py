"""Write the pictures of rendered pages: a PNG a page, named as the page is in the mirror."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from crawler.body import Body, Spool
from crawler.errors import DamageError, StorageError, UsageError
from crawler.export.dump import Dump
from crawler.originals import Originals
from crawler.paths import mirror_path
from crawler.quantities import show_count

__all__ = ["write_pictures"]


async def write_pictures(dump: Dump, folder: Path) -> tuple[str, ...]:
    """A file a page of which a picture was taken; gives what a person should know.

    Raises:
        UsageError: there are none.
        StorageError: the ledger cannot be read.
        OSError: the folder cannot be written.
    """
    originals = Originals(dump.output.archive, dump.ledger, Spool())
    written = lost = 0
    first = ""
    async for entry in dump.entries():
        if entry.good is None or not entry.good.rendering:
            continue
        try:
            picture = await originals.picture(entry.good)
        except DamageError:
            raise
        except StorageError as error:
            lost += 1
            first = first or str(error)
            continue
        if picture is not None:
            name = f"{mirror_path(entry.good.url, entry.good.media_type)}.png"
            await asyncio.to_thread(_put, folder / name, picture)
            written += 1
    if not written and not lost:
        raise UsageError(f"{dump.output.folder} holds no pictures; crawl with --render auto --screenshots")
    return (f"{show_count(lost, 'picture')} could not be read, the first: {first}",) if lost else ()


def _put(path: Path, picture: Body) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    if picture.path is not None:
        shutil.copyfile(picture.path, path)
    else:
        path.write_bytes(picture.read())
