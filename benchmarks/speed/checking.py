"""Look at what a contender left: how many pages, and where the links of its copy lead."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import lxml.etree
import lxml.html

__all__ = ["Links", "links_of", "pages_of"]

_HTML = (".html", ".htm")
_LOOKED_AT = 200
_LINKS = {"a": "href", "area": "href", "link": "href", "img": "src", "script": "src", "iframe": "src"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """Where the links of some pages of a copy lead, those within their site.

    Args:
        pages: looked at.
        into: to a file of the copy.
        dangling: relative, to a file that is not there.
        outside: to the live site, though the copy has the page.
    """

    pages: int
    into: int
    dangling: int
    outside: int

    @property
    def share(self) -> float:
        """Of the links that could lead into the copy, how many do."""
        return self.into / max(self.into + self.dangling + self.outside, 1)


def pages_of(folder: Path) -> list[Path]:
    """Every HTML file below the host folders of a copy, in order; what lies beside them is the program's own."""
    return sorted(_files(folder))


def _files(folder: Path) -> Iterator[Path]:
    for host in folder.glob("127.*"):
        for where, _, names in os.walk(host):
            yield from (Path(where, name) for name in names if name.endswith(_HTML))


def links_of(pages: list[Path], folder: Path) -> Links:
    """Follow the links of up to 200 pages, spread evenly over the copy."""
    step = max(len(pages) // _LOOKED_AT, 1)
    chosen = pages[::step][:_LOOKED_AT]
    into = dangling = outside = 0
    for page in chosen:
        host = folder / page.relative_to(folder).parts[0]
        for link in _links(page):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                is_own = (parts.hostname or "") == host.name.partition("_")[0].partition(":")[0]
                outside += is_own and _is_there(host / unquote(parts.path).lstrip("/"))
            elif parts.path:
                # From the root it would lead to the root of the disk.
                is_there = not parts.path.startswith("/") and _is_there(page.parent / unquote(parts.path))
                into, dangling = into + is_there, dangling + (not is_there)
    return Links(pages=len(chosen), into=into, dangling=dangling, outside=outside)


def _is_there(path: Path) -> bool:
    return path.is_file() or (path / "index.html").is_file()


def _links(page: Path) -> Iterator[str]:
    try:
        tree = lxml.html.document_fromstring(page.read_bytes())
    except lxml.etree.ParserError:
        return
    for element in tree.iter(*_LINKS):
        value = (element.get(_LINKS[element.tag]) or "").strip()
        try:
            urlsplit(value)
        except ValueError:
            continue
        yield value
