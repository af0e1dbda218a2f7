"""Every page of real sites through `rewrite`, against lexbor: the same links, the same text, the same tree.

What lexbor finds is read from its trees with a table of this file's own; nothing here comes from the crawler but what
is tested.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser

from crawler.links.html import read_html
from crawler.rewrite import Edit, Rewritten, rewrite, undo
from tests.system.documentation import POSTGRESQL, PYTHON, css_links
from tests.system.running import complain_or_skip

pytestmark = pytest.mark.system

SITE = "http://docs.test/"
URLS = {
    **dict.fromkeys(("a", "area", "link"), ("href",)),
    **dict.fromkeys(("script", "embed", "input", "track", "frame", "iframe"), ("src",)),
    **dict.fromkeys(("audio", "source"), ("src",)),
    **dict.fromkeys(("blockquote", "del", "ins", "q"), ("cite",)),
    **dict.fromkeys(("body", "table", "td", "th"), ("background",)),
    **dict.fromkeys(("use", "image"), ("href", "xlink:href")),
    "img": ("src", "longdesc"),
    "video": ("src", "poster"),
    "form": ("action",),
    "button": ("formaction",),
    "object": ("data",),
}
SETS = {"img": "srcset", "source": "srcset", "link": "imagesrcset"}
REMOVED = ("integrity", "crossorigin", "ping")
_NAMES = {*(each for names in URLS.values() for each in names), *SETS.values(), *REMOVED, "style"}
# With a list of selectors lexbor gives an element as often as it matches; with one, once.
WATCHED = (
    f":is({', '.join(f'[{name}]' for name in sorted(_NAMES)).replace(':', chr(92) + ':')}, meta[content])"
)


class Change(NamedTuple):
    """An attribute that is not as it was; None: it is not there any more."""

    name: str
    was: str
    now: str | None


@pytest.fixture(
    scope="module",
    params=[pytest.param(PYTHON, id="python"), pytest.param(POSTGRESQL, id="postgresql")],
)
def folder(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param.folder
    if not (found / "index.html").is_file():
        complain_or_skip(f"the documentation package {request.param.package}")
    return found


def test_every_page_is_the_same_apart_from_its_links(folder: Path) -> None:
    pages = sorted(folder.rglob("*.html"))
    assert len(pages) > 500
    links = edits = 0
    for page in pages:
        body, url = page.read_bytes(), SITE + page.relative_to(folder).as_posix()
        document = read_html(body, url, "text/html")
        was = LexborHTMLParser(body)
        found = [(_plain(each.url), unquote(each.fragment)) for each in document.references()]
        resolved = (_resolved(each, url) for each in _links(was))
        assert found == [each for each in resolved if each is not None], page
        rewritten = rewrite(document, body, _elsewhere)
        assert undo(rewritten) == body, page
        now = LexborHTMLParser(rewritten.body)
        assert _text(now) == _text(was), page
        assert _changes(was, now) == [_change(rewritten, each) for each in rewritten.edits], page
        assert now.html == was.html, page
        links += len(found)
        edits += len(rewritten.edits)
    assert links > 20_000
    assert edits > 20_000


def _elsewhere(url: str) -> str | None:
    """What is below the site lies somewhere else; what is not becomes absolute."""
    return f"../'moved'/{url.removeprefix(SITE)}?a&b" if url.startswith(SITE) else None


def _links(tree: LexborHTMLParser) -> Iterator[str]:
    """Everything in a page that leads to a URL, in the order in which it stands there."""
    for node in tree.css(WATCHED):
        tag, attributes = node.tag or "", node.attributes
        for name, value in attributes.items():
            if not value:
                continue
            if name in URLS.get(tag, ()):
                yield value.strip()
            elif name == SETS.get(tag):
                yield from (part.split()[0] for part in value.split(", "))
            elif name == "style":
                yield from css_links(value)
            elif tag == "meta" and (attributes.get("http-equiv") or "").lower() == "refresh":
                yield value.partition("=")[2].strip("'\" ")


@lru_cache(maxsize=10_000)
def _resolved(link: str, url: str) -> tuple[str, str] | None:
    """The URL it leads to and the fragment; None: no link of the Web, or only to a place on this very page."""
    if link.startswith("#"):
        return None
    target, mark, fragment = urljoin(url, link).partition("#")
    return (_plain(target), mark + unquote(fragment)) if target.startswith("http") else None


@cache
def _plain(url: str) -> str:
    """However it is escaped, and with the slash that a host stands for."""
    parts = urlsplit(url)
    return unquote(parts._replace(path=parts.path or "/").geturl())


def _text(tree: LexborHTMLParser) -> str:
    assert tree.root is not None
    return tree.root.text(deep=True)


def _changes(was: LexborHTMLParser, now: LexborHTMLParser) -> list[Change]:
    """The attributes that differ, in order; in `now` they are put back, so that the rest can be compared."""
    changes: list[Change] = []
    before, after = was.css(WATCHED), now.css(WATCHED)
    assert len(before) == len(after)
    for old, new in zip(before, after, strict=True):
        there, here = old.attributes, new.attributes
        if there == here:
            continue
        for name, value in there.items():
            if name not in here:
                changes.append(Change(name, value or "", None))
                del old.attrs[name]
            elif here[name] != value:
                changes.append(Change(name, value or "", here[name]))
                new.attrs[name] = value
    return changes


def _change(rewritten: Rewritten, edit: Edit) -> Change:
    """What an edit says of the attribute that it stands in."""
    was, now = edit.was.decode(), rewritten.body[edit.start : edit.end].decode()
    if not now:
        name, _, value = was.partition("=")
        return Change(name.rstrip().lower(), html.unescape(value.strip("'\" ")), None)
    tag = rewritten.body[rewritten.body.rindex(b"<", 0, edit.start) : edit.start].decode()
    name = tag.rstrip("'\"= ").split()[-1].lower()
    return Change(name, html.unescape(was), html.unescape(now if tag[-1] in "'\"" else now[1:-1]))
