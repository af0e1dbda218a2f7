"""Put a dump into one portable file: unpacked anywhere, it is browsed from its `index.html`.

```
index.html pages/*     the start page, of what is in here
reports/RUN.json       of the last run
mirror/...             files that the ledger knows, in the order of their names
```

A file goes in as it lies while the mirror is settled. Where a crawl is at work, or was killed, and where
URLs were picked, pages are made anew from their originals: their links lead to what is in here, all others to
the live sites.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path
from typing import IO, BinaryIO

from crawler.body import Body, Spool
from crawler.errors import DamageError, SiteError, StorageError, UsageError
from crawler.export.dump import Dump
from crawler.export.excerpt import needed_by
from crawler.export.package import Package
from crawler.fates import SeedFates, read_fates
from crawler.frontier.ledger import SqliteLedger
from crawler.hindsight import traps_of
from crawler.links.reading import is_text_with_links
from crawler.media import media_class
from crawler.mirror.reading import open_below
from crawler.mirror.store import Mirror
from crawler.model import Capture
from crawler.originals import Originals
from crawler.quantities import show_count
from crawler.report import Report
from crawler.reprint import Press
from crawler.standing import Run
from crawler.startpage.front import About, write_start_page
from crawler.startpage.rows import rows_of
from crawler.study import Study

__all__ = ["write_zip"]

_CHUNK_BYTES = 1 << 18
_MAX_KNOWN = 50_000
# Images that compress well all the same.
_LOOSE = frozenset({"image/svg+xml", "image/bmp", "image/x-icon", "image/vnd.microsoft.icon", "image/tiff"})
_PACKERS = ("zip", "gzip", "x-gzip", "x-bzip2", "x-xz", "zstd", "epub+zip", "font-woff", "font-woff2")
_PACKED = frozenset({"font/woff", "font/woff2", *(f"application/{name}" for name in _PACKERS)})


async def write_zip(dump: Dump, file: IO[bytes]) -> tuple[str, ...]:
    """Write the portable file; gives what a person should know of it.

    Raises:
        UsageError: nothing of what is asked for lies in the mirror.
        StorageError: the ledger cannot be read.
        OSError: the file cannot be written.
    """
    runs = await dump.runs()
    async with Study() as study:
        originals = Originals(dump.output.archive, dump.ledger, Spool())
        press = Press(
            ledger=dump.ledger,
            originals=originals,
            study=study,
            stand_in=traps_of(runs[-1]).stand_in,
            mirror=Mirror(dump.output.mirror, dump.output.partial),
        )
        chosen = await needed_by(dump, press) if dump.picked else None
        with Package(file) as package:
            portable = _Portable(dump, runs, press, chosen, package)
            await portable.write()
        return tuple(await portable.notes())


async def _last_number(database: Path) -> int:
    """The number of the last run as things stand now."""
    ledger = await SqliteLedger.open(database)
    try:
        return (await ledger.runs())[-1].number
    finally:
        await ledger.close()


class _Portable:
    """One portable file in the making.

    Args:
        dump: what goes in.
        runs: of the crawl, oldest first.
        press: makes pages anew.
        chosen: mirror paths of what goes in; None: every file.
        package: takes the members.
    """

    def __init__(
        self, dump: Dump, runs: Sequence[Run], press: Press, chosen: frozenset[str] | None, package: Package
    ) -> None:
        self._dump = dump
        self._runs, self._run = runs, runs[-1]
        self._chosen = chosen
        self._package = package
        self._holds = lru_cache(_MAX_KNOWN)(self._goes_in)
        self._press = press.among(self._holds)
        self._is_anew = chosen is not None or self._run.ended_at is None
        self._at = self._run.started_at if self._run.ended_at is None else self._run.ended_at
        self._files = self._missing = self._unmade = 0

    async def write(self) -> None:
        """Write every member."""
        report = None if self._chosen is not None else self._last_report()
        await self._add_start_page("" if report is None else report[0])
        if report is not None:
            name, content = report
            self._package.add(name, lambda: [content], self._at)
        async for capture in self._dump.files():
            path = capture.mirror_path
            if path is not None and (self._chosen is None or path in self._chosen):
                await self._add_file(capture, path)
        if not self._files:
            raise UsageError(
                f"{self._dump.output.mirror} holds nothing of this crawl; crawl again with the mirror on"
            )

    async def notes(self) -> list[str]:
        """What a person should know, one line each."""
        found = []
        if self._run.ended_at is None:
            found.append(
                "the last run goes on or was interrupted; in it is what was stored when the export began"
            )
        elif await _last_number(self._dump.output.database) != self._run.number:
            found.append("a run began meanwhile; export again once it has ended, or links may lead nowhere")
        if self._missing:
            files = show_count(self._missing, "file")
            found.append(f"{files} of the mirror not found, or no regular file; crawler verify tells which")
        if self._unmade:
            found.append(
                f"{show_count(self._unmade, 'page')} could not be made anew without the original; as it lies in the"
                " mirror, some of its links may lead nowhere"
            )
        return found

    def _goes_in(self, path: str) -> bool:
        if self._chosen is not None and path not in self._chosen:
            return False
        file = open_below(self._dump.output.mirror, path)
        if file is not None:
            file.close()
        return file is not None

    def _last_report(self) -> tuple[str, bytes] | None:
        """Name and content of the last report there is."""
        folder = self._dump.output.reports
        for run in reversed(self._runs):
            file = open_below(folder, f"{run.name}.json")
            if file is not None:
                with file:
                    return f"{folder.name}/{run.name}.json", file.read()
        return None

    async def _add_start_page(self, report_file: str) -> None:
        run, ledger, is_whole = self._run, self._dump.ledger, self._chosen is None
        if run.ended_at is None:
            run = replace(run, counts=await ledger.counts())
        about = About(
            report=Report(
                run=run,
                seconds=self._at - run.started_at,
                fates=await read_fates(ledger, run) if is_whole else SeedFates(),
            ),
            hosts={host.host: host for host in await ledger.hosts()} if is_whole else {},
            report_file=report_file,
            is_excerpt=not is_whole,
        )
        hides_twins = traps_of(run).is_on("canonical")
        rows = rows_of(ledger, has_missing=is_whole, hides_twins=hides_twins, holds=self._holds)

        async def write(name: str, text: str) -> None:
            self._package.add(name, lambda: [text.encode()], self._at)

        await write_start_page(rows, about, f"{self._dump.output.pages.name}/", write)

    async def _add_file(self, capture: Capture, path: str) -> None:
        file = open_below(self._dump.output.mirror, path)
        if file is None:
            self._missing += 1
            return
        with file:
            is_packed = _is_packed(capture.media_type)
            anew = None if is_packed or not self._is_anew else await self._anew(capture)
            self._package.add(
                f"{self._dump.output.mirror.name}/{path}",
                partial(_chunks, file) if anew is None else anew.chunks,
                capture.captured_at,
                is_packed=is_packed,
            )
        self._files += 1

    async def _anew(self, capture: Capture) -> Body | None:
        """The file with its links led to what goes in; None: it has none, or they cannot be read."""
        try:
            reprint = await self._press.reprint(capture)
        except DamageError:
            raise
        except (SiteError, StorageError):
            self._unmade += is_text_with_links(capture.media_type)
            return None
        return None if reprint is None else reprint.body


def _chunks(file: BinaryIO) -> Iterator[bytes]:
    """The whole file, as often as it is asked for."""
    file.seek(0)
    while chunk := file.read(_CHUNK_BYTES):
        yield chunk


def _is_packed(media_type: str) -> bool:
    """Whether a body of this type is compressed in itself."""
    if media_type in _LOOSE:
        return False
    return media_class(media_type) in {"image", "media"} or media_type in _PACKED
