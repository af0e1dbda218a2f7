"""Choose pages of a site that are unlike each other, the same ones every time."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import lxml.html

__all__ = ["choose", "kinds_of_requisites", "requisites"]

_SEED = 20261127
_LINKED = {"stylesheet", "icon", "preload", "modulepreload", "manifest", "apple-touch-icon"}
_LOADING = ("src", "data", "poster", "srcset", "background", "data-src", "data-srcset")


def choose(files: Mapping[str, Path], front: str, count: int, longest_bytes: int) -> list[str]:
    """URLs of `count` pages: the front page, those that need what the others do not, and any.

    Pages that need something of another host are left out: there is no other host where tests run.

    Args:
        files: what is served, by URL.
        front: URL of the front page.
        count: how many.
        longest_bytes: a longer file is left out; it only takes time.
    """
    kinds: dict[str, frozenset[str]] = {}
    for url, file in sorted(files.items()):
        body = file.read_bytes()
        needs = requisites(body)
        is_whole = all(urlsplit(urljoin(url, each)).netloc == urlsplit(url).netloc for _, each in needs)
        if is_whole and len(body) <= longest_bytes:
            kinds[url] = kinds_of_requisites(needs)
    chosen = [front] if front in kinds else []
    met = set[str]().union(*(kinds[url] for url in chosen))
    while len(chosen) < count and (rest := [url for url in kinds if url not in chosen]):
        best = max(rest, key=lambda url: len(kinds[url] - met))
        if not kinds[best] - met:
            break
        chosen.append(best)
        met |= kinds[best]
    rest = [url for url in kinds if url not in chosen]
    more = min(len(rest), count - len(chosen))
    return chosen + random.Random(_SEED).sample(rest, more)


def requisites(body: bytes) -> list[tuple[str, str]]:
    """What a page needs: how it is named, and the reference."""
    return list(_requisites(lxml.html.document_fromstring(body)))


def kinds_of_requisites(needs: Collection[tuple[str, str]]) -> frozenset[str]:
    """The different ways in which things are needed, e.g. `img[src] svg`."""
    return frozenset(f"{name} {urlsplit(each).path.rpartition('.')[2][:8]}" for name, each in needs)


def _requisites(tree: lxml.html.HtmlElement) -> Iterator[tuple[str, str]]:
    for element in tree.iter(lxml.etree.Element):
        tag = element.tag
        for attribute in _LOADING:
            if value := element.get(attribute):
                yield f"{tag}[{attribute}]", value.split()[0]
        rels = set((element.get("rel") or "").lower().split())
        if tag == "link" and rels & _LINKED:
            yield f"link[{min(rels & _LINKED)}]", element.get("href") or ""
        if tag == "use":
            yield "use", element.get("href") or element.get("{http://www.w3.org/1999/xlink}href") or ""
        if tag == "style" or "url(" in (element.get("style") or ""):
            yield "style", ""
