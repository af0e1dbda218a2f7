"""Write the pages of a crawl as a sitemap (sitemaps.org 0.9), as search engines and crawlers read it.

What belongs in it: HTML pages that answered well when they were last asked, reached by links, and that do not want
to be known by another URL. A file holds at most 50,000; where there are more, `-O sitemap.xml` becomes an index, and the
pages stand in `sitemap-1.xml`, `sitemap-2.xml`, ... beside it, which the index expects at the root of the
site of the first page.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import ExitStack
from datetime import UTC
from email.utils import parsedate_to_datetime
from html import escape
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote, urljoin

from crawler.errors import UsageError
from crawler.export.destination import destination
from crawler.export.dump import Dump
from crawler.media import is_html
from crawler.model import Capture, State
from crawler.quantities import show_count
from crawler.standing import Entry

__all__ = ["MOST_URLS", "write_sitemap"]

MOST_URLS = 50_000
"""In one file, says sitemaps.org; no longer than 50 MB, which so many URLs of 1,000 characters are."""

_MOST_CHARS = 45_000_000
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SCHEMA = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'


async def write_sitemap(dump: Dump, file: IO[str], *, most_urls: int = MOST_URLS) -> tuple[str, ...]:
    """One file, or an index and its parts; gives what to know of them.

    Args:
        dump: what was crawled; where there is more than one file can hold, it must name a path.
        file: takes the sitemap, or the index.
        most_urls: in a file.

    Raises:
        UsageError: there are too many pages for standard output.
        StorageError: the ledger cannot be read, or a part cannot be written.
        OSError: the file cannot be written.
    """
    pages = chars = 0
    first = ""
    async for page in _pages(dump):
        first = first or page.url
        pages, chars = pages + 1, chars + len(_line(page))
    if pages <= most_urls and chars <= _MOST_CHARS:
        file.write(f"{_HEAD}<urlset {_SCHEMA}>\n")
        async for page in _pages(dump):
            file.write(_line(page))
        file.write("</urlset>\n")
        return ()
    if dump.path is None or not _is_file(dump.path):
        raise UsageError(
            f"{show_count(pages, 'page')} are more than one sitemap holds; add for example -O sitemap.xml"
        )
    parts = await _write_parts(dump, Path(dump.path), most_urls)
    file.write(f"{_HEAD}<sitemapindex {_SCHEMA}>\n")
    for name in parts:
        file.write(f"<sitemap><loc>{escape(urljoin(first, '/' + quote(name)))}</loc></sitemap>\n")
    file.write("</sitemapindex>\n")
    where = urljoin(first, "/")
    return (f"{show_count(pages, 'page')} in {len(parts)} parts; put them all at {where}",)


async def _write_parts(dump: Dump, path: Path, most_urls: int) -> list[str]:
    """Write the parts beside the index, each whole; gives their names."""
    names: list[str] = []
    with ExitStack() as open_part:
        part: IO[Any] | None = None
        urls = chars = 0
        async for page in _pages(dump):
            line = _line(page)
            if part is None or urls == most_urls or chars + len(line) > _MOST_CHARS:
                if part is not None:
                    part.write("</urlset>\n")
                    open_part.close()
                names.append(f"{path.stem}-{len(names) + 1}{path.suffix}")
                place = destination(str(path.with_name(names[-1])), is_binary=False)
                part = open_part.enter_context(place)
                part.write(f"{_HEAD}<urlset {_SCHEMA}>\n")
                urls = chars = 0
            part.write(line)
            urls, chars = urls + 1, chars + len(line)
        if part is not None:
            part.write("</urlset>\n")
    return names


async def _pages(dump: Dump) -> AsyncIterator[Capture]:
    async for entry in dump.entries():
        if _belongs(entry) and entry.good is not None:
            yield entry.good


def _belongs(entry: Entry) -> bool:
    good = entry.good
    if good is None or entry.state is not State.DONE or entry.candidate.is_requisite:
        return False
    return is_html(good.media_type) and good.canonical is None and not good.redirect_to


def _line(page: Capture) -> str:
    changed = _changed_on(page)
    told = f"<lastmod>{changed}</lastmod>" if changed else ""
    return f"<url><loc>{escape(page.url)}</loc>{told}</url>\n"


def _changed_on(page: Capture) -> str:
    """The day that the server tells; a day that nobody told would be believed."""
    try:
        told = parsedate_to_datetime(page.last_modified or "")
    except ValueError:
        return ""
    # An instant without a zone is UTC in HTTP, whoever wrote it.
    return (told if told.tzinfo is None else told.astimezone(UTC)).date().isoformat()


def _is_file(path: str) -> bool:
    place = Path(path)
    return place.is_file() or not place.exists()
