"""Write each page as a Markdown file with front matter: a folder ready for search and retrieval.

A file has the name of the page in the mirror, with `.md` at its end. Its front matter (YAML) holds what the page is and
where it comes from; below stands the main content, without navigation and the like (`crawler.readable`).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

from crawler.body import Spool
from crawler.clock import iso_utc
from crawler.confinement.works import MARKDOWN
from crawler.errors import DamageError, SiteError, StorageError, UsageError
from crawler.export.dump import Dump
from crawler.links.findings import MAX_READ_BYTES, Text
from crawler.media import is_html
from crawler.model import Capture
from crawler.originals import Originals
from crawler.paths import mirror_path
from crawler.quantities import show_count
from crawler.readable import is_readable_installed
from crawler.rendering import read_as
from crawler.standing import Entry
from crawler.study import Study

__all__ = ["markdown_path", "write_markdown"]

_AT_ONCE = 4
_ENDS = (".html", ".htm", ".xhtml")


async def write_markdown(dump: Dump, folder: Path) -> tuple[str, ...]:
    """A file a page; gives what a person should know.

    Raises:
        UsageError: trafilatura is not installed, or there are no pages.
        StorageError: the ledger cannot be read.
        OSError: the folder cannot be written.
    """
    if not is_readable_installed():
        raise UsageError("trafilatura is not installed; pip install 'crawler[markdown]'")
    async with Study() as study:
        making = _Making(dump, folder, study)
        room = asyncio.Semaphore(_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            async for entry in dump.entries():
                if entry.good is not None and _is_page(entry):
                    # Taken here: no more tasks than that are ever made.
                    await room.acquire()
                    group.create_task(making.add(entry.good)).add_done_callback(lambda _: room.release())
        return making.notes()


def markdown_path(capture: Capture) -> str:
    """Where the file of a page lies, `/`-separated; the same page always has the same name."""
    path = mirror_path(capture.url, capture.media_type)
    end = next((each for each in _ENDS if path.endswith(each)), "")
    return f"{path.removesuffix(end)}.md"


def _is_page(entry: Entry) -> bool:
    return entry.good is not None and is_html(entry.good.media_type) and not entry.candidate.is_requisite


class _Making:
    """A folder in the making.

    Args:
        dump: what is written.
        folder: empty.
        study: where pages are read.
    """

    def __init__(self, dump: Dump, folder: Path, study: Study) -> None:
        self._folder = folder
        self._study = study
        self._originals = Originals(dump.output.archive, dump.ledger, Spool())
        self._where = dump.output.folder
        self._files = self._empty = self._unread = 0
        self._first_unread = ""

    async def add(self, capture: Capture) -> None:
        """Write the file of one page; what cannot be read is counted."""
        try:
            made = await self._read(capture)
        except DamageError:
            raise
        except (SiteError, StorageError) as error:
            self._unread += 1
            self._first_unread = self._first_unread or f"{capture.url}: {error}"
            return
        if made is None:
            self._empty += 1
            return
        content, said = made
        path = self._folder / markdown_path(capture)
        await asyncio.to_thread(_put, path, _front_matter(capture, said) + content)
        self._files += 1

    def notes(self) -> tuple[str, ...]:
        """What was left out, and why.

        Raises:
            UsageError: nothing was written.
        """
        if not self._files:
            raise UsageError(f"no page of {self._where} has content to write; crawl some first")
        notes = []
        if self._empty:
            notes.append(f"{show_count(self._empty, 'page')} without content left out")
        if self._unread:
            notes.append(
                f"{show_count(self._unread, 'page')} could not be read, the first: {self._first_unread}"
            )
        return tuple(notes)

    async def _read(self, capture: Capture) -> tuple[str, Mapping[str, str]] | None:
        if capture.size_bytes > MAX_READ_BYTES:
            return None
        body = await self._originals.shown(capture)
        text = Text(url=capture.url, media_type=capture.media_type, content_type=read_as(capture))
        match await self._study.make(MARKDOWN, None, text, body):
            case [str(content), dict(said)]:
                return content, said
        return None


def _front_matter(capture: Capture, said: Mapping[str, str]) -> str:
    """YAML whose values are JSON texts: those are YAML, whatever stands in them."""
    fields = {
        "title": said.get("title") or capture.title,
        "url": capture.url,
        "captured_at": iso_utc(capture.captured_at),
        "digest": capture.digest,
        **{name: str(value) for name, value in said.items() if name != "title"},
    }
    lines = [f"{name}: {json.dumps(value, ensure_ascii=False)}\n" for name, value in fields.items() if value]
    return f"---\n{''.join(lines)}---\n\n"


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="replace", newline="\n")
