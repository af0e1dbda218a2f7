"""Look through a mirror with nothing of the project in it: where its links lead, and what they miss."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urljoin

from selectolax.lexbor import LexborHTMLParser

_ATTRIBUTES = ("href", "src", "data", "poster", "background", "longdesc", "xlink:href")
_LISTS = ("srcset", "imagesrcset")
_CSS = re.compile(r"""url\(\s*["']?([^"')]+?)["']?\s*\)|@import\s+["']([^"']+)["']""")
_REFRESH = re.compile(r"url\s*=\s*['\"]?([^'\"]+)", re.IGNORECASE)
_LIVE = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:|//")
_MARKUP = {".html", ".xhtml", ".svg", ".htm"}


@dataclass(frozen=True)
class Link:
    """A reference in a file of the mirror: relative ones with the file they lead to."""

    file: str
    text: str
    target: Path | None

    @property
    def is_dangling(self) -> bool:
        """It leads to a file that is not there."""
        return self.target is not None and not self.target.is_file()


def links_of(mirror: Path) -> list[Link]:
    """Every reference that could be followed in every page and stylesheet of a mirror."""
    return [link for path in sorted(mirror.rglob("*")) if path.is_file() for link in _links(mirror, path)]


def dangling(mirror: Path) -> list[Link]:
    """References to files that are not there."""
    return [link for link in links_of(mirror) if link.is_dangling]


def live(mirror: Path) -> dict[str, set[str]]:
    """Absolute URLs without fragment, and the files in which they stand."""
    found: dict[str, set[str]] = {}
    for link in links_of(mirror):
        if link.target is None and link.text.startswith("http"):
            found.setdefault(link.text.partition("#")[0], set()).add(link.file)
    return found


def leads(mirror: Path, file: str) -> list[str]:
    """The references of one file, as they stand there."""
    return [link.text for link in _links(mirror, mirror / file)]


def _links(mirror: Path, path: Path) -> Iterator[Link]:
    if path.suffix not in {*_MARKUP, ".css"}:
        return
    body = path.read_bytes()
    references = _in_css(body.decode("latin-1")) if path.suffix == ".css" else _in_markup(body)
    for reference in references:
        text = reference.strip()
        if not text or text.startswith("#"):
            continue
        target = None if _LIVE.match(text) else _file(path, text)
        yield Link(file=str(path.relative_to(mirror)), text=text, target=target)


def _file(path: Path, reference: str) -> Path:
    return Path(unquote(urljoin(f"{path.parent}/", reference).partition("#")[0].partition("?")[0]))


def _in_markup(body: bytes) -> Iterator[str]:
    tree = LexborHTMLParser(body)
    for node in tree.css("*"):
        attributes = node.attributes
        for name in _ATTRIBUTES:
            if (value := attributes.get(name)) and node.tag != "base":
                yield value
        for name in _LISTS:
            for part in (attributes.get(name) or "").split(","):
                if part.strip():
                    yield part.split()[0]
        yield from _in_css(attributes.get("style") or "")
        if node.tag == "style":
            yield from _in_css(node.text())
        if node.tag == "meta" and (attributes.get("http-equiv") or "").lower() == "refresh":
            yield from _REFRESH.findall(attributes.get("content") or "")


def _in_css(text: str) -> Iterable[str]:
    return [first or second for first, second in _CSS.findall(text)]
