"""Serve the documentation packages of Debian with its nginx, and know what of them can be reached.

What can be reached is worked out from the files on the disk with lxml and tinycss2, not with anything of
the crawler's.
"""

from __future__ import annotations

import os
import posixpath
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

import lxml.html
import tinycss2

from benchmarks.speed.nginx import NGINX, serve
from tests.system.running import complain_or_skip

__all__ = [
    "BUILDBOT",
    "POSTGRESQL",
    "PYTHON",
    "Asked",
    "Documentation",
    "Reachable",
    "ServedSite",
    "css_links",
    "reachable",
    "serve_documentation",
]

_ADDRESS = "127.0.0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Documentation:
    """A documentation package.

    Args:
        package: its name.
        folder: what of it is served.
        pages: how many HTML files wget finds from index.html.
    """

    package: str
    folder: Path
    pages: int


PYTHON = Documentation(
    package="python3.11-doc", folder=Path("/usr/share/doc/python3.11/html").resolve(), pages=526
)
POSTGRESQL = Documentation(
    package="postgresql-doc-15", folder=Path("/usr/share/doc/postgresql-doc-15/html").resolve(), pages=1169
)
BUILDBOT = Documentation(
    package="buildbot-doc", folder=Path("/usr/share/doc/buildbot/html").resolve(), pages=276
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A line of the server's log."""

    target: str
    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ServedSite:
    """A documentation package that is being served.

    Args:
        url: its root, with a slash at the end.
        folder: what is served.
        pages: see `Documentation`.
        log: the server's access log.
    """

    url: str
    folder: Path
    pages: int
    log: Path

    @property
    def host_folder(self) -> str:
        """The name of its folder in a mirror."""
        return urlsplit(self.url).netloc.replace(":", "_")

    def requests_served(self) -> int:
        """How many lines the log has."""
        return self.log.read_bytes().count(b"\n")

    def mark(self, name: str) -> int:
        """Ask for something that is not there; gives the log's length once that is written down.

        One worker process serves one event after the other: what was answered before is logged before.
        """
        try:
            with urllib.request.urlopen(f"{self.url}mark-{name}", timeout=10):
                pass
        except urllib.error.HTTPError as error:
            error.close()
        while f"/mark-{name}\n" not in self.log.read_text("ascii"):
            os.sched_yield()
        return self.requests_served()

    def asked(self, since: int = 0, until: int | None = None) -> list[Asked]:
        """The lines of the log from one length to another, without marks."""
        lines = self.log.read_text("ascii").splitlines()[since:until]
        fields = (line.split(" ", 2) for line in lines)
        asked = [Asked(place.removeprefix(_ADDRESS), int(status)) for status, _, place in fields]
        return [each for each in asked if not each.target.startswith("/mark-")]


@contextmanager
def serve_documentation(documentation: Documentation, folder: Path) -> Iterator[ServedSite]:
    """Serve a documentation package on a loopback port, with everything nginx writes in `folder`."""
    if not NGINX.is_file():
        complain_or_skip("nginx (package nginx-light)")
    if not (documentation.folder / "index.html").is_file():
        complain_or_skip(f"the documentation package {documentation.package}")
    inside = f"root {documentation.folder}; index index.html;"
    with serve(inside, addresses=(_ADDRESS,), folder=folder / "nginx") as server:
        yield ServedSite(
            url=server.urls[0], folder=documentation.folder, pages=documentation.pages, log=server.log
        )


@dataclass(frozen=True, slots=True)
class Reachable:
    """Files below a folder that links lead to, as paths relative to it."""

    pages: set[str] = field(default_factory=set)
    requisites: set[str] = field(default_factory=set)


def reachable(folder: Path) -> Reachable:
    """Walk from index.html by links: HTML files, and the pictures, scripts and style sheets they use."""
    found = Reachable()
    waiting = ["index.html"]
    while waiting:
        name = waiting.pop()
        if name in found.pages or not (folder / name).is_file():
            continue
        found.pages.add(name)
        links, requisites = _html_links(folder / name)
        waiting += [each for each in _resolve(name, links) if each.endswith(".html")]
        for each in _resolve(name, requisites):
            _add_requisite(folder, each, found.requisites)
    return found


def _add_requisite(folder: Path, name: str, found: set[str]) -> None:
    if name in found or not (folder / name).is_file():
        return
    found.add(name)
    if name.endswith(".css"):
        for each in _resolve(name, css_links((folder / name).read_text("utf-8"))):
            _add_requisite(folder, each, found)


def _html_links(file: Path) -> tuple[list[str], list[str]]:
    """The links and the requisites of a page."""
    tree = lxml.html.document_fromstring(file.read_bytes())
    links = [*_values(tree, "href", "a", "area"), *_values(tree, "src", "iframe", "frame")]
    requisites = _values(tree, "src", "img", "script")
    for link in tree.iter("link"):
        kinds = (link.get("rel") or "").lower().split()
        is_requisite = "stylesheet" in kinds or "icon" in kinds
        (requisites if is_requisite else links).append(link.get("href") or "")
    return links, requisites


def _values(tree: lxml.html.HtmlElement, attribute: str, *tags: str) -> list[str]:
    return [value for element in tree.iter(*tags) if (value := element.get(attribute))]


def css_links(text: str) -> list[str]:
    """Everything a style sheet, or the value of a style attribute, loads."""
    return list(_token_links(tinycss2.parse_component_value_list(text, skip_comments=True)))


def _token_links(tokens: Sequence[object]) -> Iterator[str]:
    is_import = False
    for token in tokens:
        kind = getattr(token, "type", "")
        if kind == "url" or (kind == "string" and is_import):
            yield token.value  # type: ignore[attr-defined]
        elif kind == "function" and token.lower_name == "url":  # type: ignore[attr-defined]
            yield from (each.value for each in token.arguments if each.type == "string")  # type: ignore[attr-defined]
        elif kind == "function":
            yield from _token_links(token.arguments)  # type: ignore[attr-defined]
        elif kind.endswith("block"):
            yield from _token_links(token.content)  # type: ignore[attr-defined]
        if kind != "whitespace":
            is_import = kind == "at-keyword" and token.lower_value == "import"  # type: ignore[attr-defined]


def _resolve(name: str, links: list[str]) -> Iterator[str]:
    """Files that relative links of the file `name` lead to."""
    for link in links:
        parts = urlsplit(link.strip())
        if not parts.scheme and not parts.netloc and parts.path:
            yield posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(parts.path)))
