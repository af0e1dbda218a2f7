"""Choose the answers that go into a portable archive: whole segments, or picked URLs and what they need."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from crawler.body import Spool
from crawler.errors import DamageError, SiteError, StorageError, UsageError
from crawler.export.dump import Dump
from crawler.links.findings import MAX_READ_BYTES, Text
from crawler.links.reading import is_text_with_links
from crawler.model import Capture, Hop
from crawler.originals import Originals
from crawler.rendering import read_as
from crawler.study import Study
from crawler.urls import identity

__all__ = ["UNENDED", "Reader", "believed_segments", "reader_of"]

UNENDED = "the last run goes on or was interrupted; in it is what was stored when the export began"

# A page, five requisites in a row at most, and redirects between them.
_MAX_STEPS = 12


class Reader:
    """Finds what picked URLs need. Made by `reader_of`.

    Args:
        dump: with what was picked.
        originals: stored bodies.
        study: where texts are read.
    """

    def __init__(self, dump: Dump, originals: Originals, study: Study) -> None:
        self._dump = dump
        self._originals = originals
        self._study = study

    async def captures(self) -> list[Capture]:
        """Every capture of what was picked, of where it redirects to, and of what it needs; by where they lie.

        What is held grows with the URLs that were picked.

        Raises:
            UsageError: nothing of something that was picked lies in the archive.
            StorageError: the ledger cannot be read.
        """
        found: dict[str, list[Capture]] = {}
        new = [entry.candidate.key for entry in self._dump.picked]
        for step in range(_MAX_STEPS):
            wanted: list[str] = []
            for key in dict.fromkeys(new):
                if key in found:
                    continue
                found[key] = list(await self._dump.ledger.captures_of(key))
                if not found[key] and not step:
                    raise UsageError(
                        f"--url {key}: nothing of it lies in the archive; try crawler why '{key}'"
                    )
                wanted += await self._leads_to(found[key])
            new = wanted
        captures = [capture for each in found.values() for capture in each]
        return sorted(captures, key=lambda each: (each.segment or "", each.offset))

    async def _leads_to(self, captures: list[Capture]) -> list[str]:
        """Where the last of a URL's captures redirects to, and what its last good one needs."""
        keys = [identity(each.redirect_to) for each in captures[-1:] if each.redirect_to]
        good = next((each for each in reversed(captures) if each.is_good), None)
        if good is None or not is_text_with_links(good.media_type) or good.size_bytes > MAX_READ_BYTES:
            return keys
        # A page that was rendered needs its scripts, too, where it is replayed.
        readings = [dataclasses.replace(good, rendering="")] + [good] * bool(good.rendering)
        return [*keys, *[key for each in readings for key in await self._needed_by(each)]]

    async def _needed_by(self, good: Capture) -> list[str]:
        text = Text(url=good.url, media_type=good.media_type, content_type=read_as(good))
        try:
            body = await self._originals.shown(good)
            async with self._study.read(text, body) as reading:
                outlinks = reading.findings.outlinks
                return [identity(each.url) for each in outlinks if each.hop is Hop.EMBED]
        except DamageError:
            raise
        except (SiteError, StorageError):
            # What cannot be read is shown as it lies.
            return []


@asynccontextmanager
async def reader_of(dump: Dump) -> AsyncIterator[Reader]:
    """A reader of a dump."""
    async with Study() as study:
        yield Reader(dump, Originals(dump.output.archive, dump.ledger, Spool()), study)


async def believed_segments(dump: Dump) -> dict[str, int]:
    """How many bytes of each segment hold answers of this crawl, in the order in which they were begun.

    Raises:
        UsageError: there is none.
        StorageError: one of them is missing or cut.
    """
    believed = {name: size for name, size in sorted((await dump.ledger.segments()).items()) if size}
    if not believed:
        raise UsageError(
            f"{dump.output.archive} holds nothing of this crawl; crawl again with the archive on"
        )
    for name, size_bytes in believed.items():
        path = dump.output.archive / name
        if not path.is_file() or path.stat().st_size < size_bytes:
            raise StorageError(f"{path} is missing or cut; crawler verify tells what is lost")
    return believed
