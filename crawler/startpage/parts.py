"""Cut the list of pages into files that a browser opens at once, however many pages there are.

The first stretch stands on the front page itself; each further one is a page of its own, with a script beside it
that brings the same lines to the filter of the front page: a page opened from the file system may load a
script, and nothing else. No more than one stretch is held.
"""

from __future__ import annotations

import asyncio
import html
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from operator import attrgetter
from urllib.parse import quote

from crawler.startpage.row import Row
from crawler.startpage.template import fill

__all__ = ["FRONT", "Listed", "Site", "Write", "list_of", "list_rows", "place_of"]

FRONT = "index.html"
"""The front page, in the folder to which all names are relative."""

ROWS = 2000
"""Lines on one page."""

Write = Callable[[str, str], Awaitable[None]]
"""Takes the name of a file, `/`-separated, and its text."""


@dataclass(slots=True)
class Site:
    """A host that has lines.

    Args:
        place: where they begin, as the front page leads there.
        home: the file of its page with the shortest URL; "": it has no page.
        home_chars: the length of that URL.
        pages: lines with a file.
    """

    place: str
    home: str = ""
    home_chars: int = 0
    pages: int = 0

    def take(self, row: Row) -> None:
        """Count a line."""
        if row.is_missing:
            return
        self.pages += 1
        chars = len(row.url or row.title)
        if not self.home or chars < self.home_chars:
            self.home, self.home_chars = row.href, chars


@dataclass(slots=True, kw_only=True)
class Listed:
    """What was listed.

    Args:
        sites: by host, in order.
        first: the lines of the front page.
        parts: the further pages, each with its first and its last host.
        scripts: the lines of those, for the filter.
        rows: how many lines there are in all.
    """

    sites: dict[str, Site] = field(default_factory=dict)
    first: list[Row] = field(default_factory=list)
    parts: list[tuple[str, str, str]] = field(default_factory=list)
    scripts: list[str] = field(default_factory=list)
    rows: int = 0

    @property
    def pages(self) -> int:
        """Lines with a file."""
        return sum(site.pages for site in self.sites.values())


async def list_rows(rows: AsyncIterator[Row], stem: str, write: Write) -> Listed:
    """Write all pages but the front one; gives what that needs.

    Args:
        rows: by site.
        stem: what the names of the further files begin with, e.g. `pages/`.
        write: keeps a file.
    """
    listed = Listed()
    stretch: list[Row] = []
    number = 1
    async for row in rows:
        if len(stretch) == ROWS:
            await _end(listed, stretch, stem, number, write, has_more=True)
            number += 1
            stretch = []
        if row.site not in listed.sites:
            listed.sites[row.site] = Site(place_of(row.site, "" if number == 1 else f"{stem}{number}.html"))
        listed.sites[row.site].take(row)
        listed.rows += 1
        stretch.append(row)
    await _end(listed, stretch, stem, number, write, has_more=False)
    return listed


async def _end(
    listed: Listed, stretch: list[Row], stem: str, number: int, write: Write, *, has_more: bool
) -> None:
    if number == 1:
        listed.first = stretch
        return
    name, script = f"{stem}{number}.html", f"{stem}{number}.js"
    listed.parts.append((name, stretch[0].site, stretch[-1].site))
    listed.scripts.append(script)
    await write(script, await asyncio.to_thread(_script, stretch))
    await write(name, await asyncio.to_thread(_page, stretch, name, number, has_more=has_more))


def place_of(site: str, page: str = "") -> str:
    """The reference to where a host's lines begin on a page; on this one without a page."""
    return f"{page}#at-{quote(site, safe='')}"


def list_of(rows: Sequence[Row], up: str = "") -> str:
    """The lines as HTML, grouped by site, what is missing folded away.

    Args:
        rows: by site.
        up: how the page they are for reaches the folder of the front page.
    """
    return "\n".join(_section(site, list(group), up) for site, group in groupby(rows, attrgetter("site")))


def _section(site: str, rows: list[Row], up: str) -> str:
    name = html.escape(site)
    pages = "\n".join(_line(row, up) for row in rows if not row.is_missing)
    missing = "\n".join(_line(row, up) for row in rows if row.is_missing)
    return "\n".join(
        (
            f'<section id="at-{name}">\n<h3>{name}</h3>',
            *((f"<ul>\n{pages}\n</ul>",) if pages else ()),
            *(
                (f"<details>\n<summary>Not in the copy</summary>\n<ul>\n{missing}\n</ul>\n</details>",)
                if missing
                else ()
            ),
            "</section>",
        )
    )


def _line(row: Row, up: str) -> str:
    title = f"<bdi>{html.escape(row.title)}</bdi>"
    if row.href:
        rel = ' rel="noreferrer"' if row.is_missing else ""
        title = f'<a href="{html.escape(row.href if row.is_missing else up + row.href)}"{rel}>{title}</a>'
    url = f" <span>{html.escape(row.url)}</span>" if row.url else ""
    note = f" <em>{html.escape(row.note)}</em>" if row.note else ""
    return f"<li>{title}{url}{note}</li>"


def _script(rows: Iterable[Row]) -> str:
    """The lines for the filter: reference, title, address, note."""
    values = [(row.href, row.title, row.url, row.note) for row in rows]
    return f"listed({json.dumps(values, separators=(',', ':'))});\n"


def _page(rows: Sequence[Row], name: str, number: int, *, has_more: bool) -> str:
    up, here = "../" * name.count("/"), name.rpartition("/")[2]
    links = "\n".join(_ways(up, here, number, has_more=has_more))
    return fill("part.html", number=str(number), up=up, links=links, pages=list_of(rows, up))


def _ways(up: str, here: str, number: int, *, has_more: bool) -> Iterator[str]:
    """The links of a further page to its neighbours."""
    before, after = (here.replace(f"{number}.html", f"{other}.html") for other in (number - 1, number + 1))
    yield f'<a href="{up}{FRONT}">Start</a>'
    yield f'<a rel="prev" href="{f"{up}{FRONT}#pages" if number == 2 else before}">Previous</a>'
    if has_more:
        yield f'<a rel="next" href="{after}">Next</a>'
